"""Events of an import small enough for a line of the event log: what is longer continues in further events. Pure.

A line has at most 4 MiB, and a character takes up to six bytes of it as JSON. Called by plan.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from persistence_daemon.apply_imported import LONG_STEP_TEXTS, LONG_TASK_TEXTS
from shared.messages import LegacyRowImported, StepImported, TaskImported, TextImported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messages import EventBody

FIRST_MAX: Final = 1 << 16  # characters of each text of a row's own event
PART_MAX: Final = 1 << 19  # and of the only one of an event that continues it
_FIELD_OF: Final = {"user_correction": "correction"}  # where a field is not called as its column


def in_parts(body: TaskImported | StepImported) -> Iterator[EventBody]:
    """Yield a task or a step, then what of its texts did not fit."""
    step_num, columns = (None, LONG_TASK_TEXTS) if isinstance(body, TaskImported) else (body.step_num, LONG_STEP_TEXTS)
    fields = {column: _FIELD_OF.get(column, column) for column in columns}
    texts = {column: getattr(body, field) or "" for column, field in fields.items()}
    long = {column: text for column, text in texts.items() if len(text) > FIRST_MAX}
    short: dict[str, Any] = {fields[column]: text[:FIRST_MAX] for column, text in long.items()}
    yield structs.replace(body, **short) if short else body
    for column, text in long.items():
        for part in _cut(text[FIRST_MAX:]):
            yield TextImported(session_id=body.session_id, step_num=step_num, column=column, text=part)


def row_in_parts(source: str, table: str, json: str) -> Iterator[EventBody]:
    """Yield a row of another table, in as many events as it needs."""
    for number, part in enumerate(_cut(json)):
        yield LegacyRowImported(source=source, table=table, json=part, continues=number > 0)


def _cut(text: str) -> Iterator[str]:
    for start in range(0, len(text), PART_MAX):
        yield text[start : start + PART_MAX]
