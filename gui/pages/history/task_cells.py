"""What stands in the cells of the list of tasks. Functions of a row; they hold no state."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QLocale

from gui import words
from shared.messages import Label, Verdict
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.fleet import Fleet
    from shared.messages import TaskRow

translate = QCoreApplication.translate

SHORT_ID = 8


class Column(IntEnum):
    """The columns, in order."""

    QUEUED = 0
    STATE = 1
    TASK = 2
    DEVICE = 3
    MODEL = 4
    STEPS = 5
    DURATION = 6
    TOKENS = 7
    LABEL = 8
    ID = 9


NUMBERS = frozenset({Column.STEPS, Column.DURATION, Column.TOKENS})


def heading(column: Column) -> str:
    """Return a column's heading; that of the time says how the list is sorted."""
    return {
        Column.ID: translate("history", "ID"),
        Column.STATE: translate("history", "Result"),
        Column.TASK: translate("history", "Task"),
        Column.DEVICE: translate("history", "Phone"),
        Column.MODEL: translate("history", "Model"),
        Column.STEPS: translate("history", "Steps"),
        Column.DURATION: translate("history", "Duration"),
        Column.TOKENS: translate("history", "Tokens"),
        Column.QUEUED: translate("history", "Newest first ↓"),
        Column.LABEL: translate("history", "Judged"),
    }[column]


def cell(row: TaskRow, column: Column, fleet: Fleet) -> str:
    """Return the text of a cell."""
    return _TEXTS[column](row, fleet)


def verdict(row: TaskRow) -> str:
    """Return who says that a task succeeded; '' when nobody does."""
    return words.verdict_word(row.verdict) if _is_judged(row) else ""


def short_verdict(row: TaskRow) -> str:
    """Return the same in one word, for a narrow cell."""
    if row.verdict is None or not _is_judged(row):
        return ""
    said = {
        Verdict.REPORTED: translate("history", "reported"),
        Verdict.CHECKED: translate("history", "checked"),
        Verdict.RIGHT: translate("history", "judged right"),
        Verdict.WRONG: translate("history", "judged wrong"),
    }
    return said[row.verdict]


def label_word(label: Label | None) -> str:
    """Return a person's judgement."""
    if label is None:
        return ""
    return translate("history", "✓ right") if label is Label.RIGHT else translate("history", "✗ wrong")


def number(value: int) -> str:
    """Return a whole number as the language writes it; nothing for none."""
    return QLocale().toString(value) if value else ""


def _is_judged(row: TaskRow) -> bool:
    return row.final_status is TaskState.SUCCESS or row.user_label is not None


def _result(row: TaskRow) -> str:
    return " · ".join(part for part in (words.state_word(row.final_status), verdict(row)) if part)


_TEXTS: Final[dict[Column, Callable[[TaskRow, Fleet], str]]] = {
    Column.QUEUED: lambda row, _fleet: words.clock(row.timestamp),
    Column.STATE: lambda row, _fleet: _result(row),
    Column.TASK: lambda row, _fleet: words.one_line(row.task_description),
    Column.DEVICE: lambda row, fleet: fleet.name_of(row.device_id),
    Column.MODEL: lambda row, _fleet: row.model_name or row.model,
    Column.STEPS: lambda row, _fleet: number(row.total_steps),
    Column.DURATION: lambda row, _fleet: words.seconds(row.total_time),
    Column.TOKENS: lambda row, _fleet: number(row.prompt_tokens + row.completion_tokens),
    Column.LABEL: lambda row, _fleet: label_word(row.user_label),
    Column.ID: lambda row, _fleet: row.session_id[:SHORT_ID],
}
