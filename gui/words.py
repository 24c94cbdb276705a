"""The words that a person reads for states, outcomes, verdicts, times: one place, both languages.

Those for actions are in action_words.py. Functions of what the store says; they hold no state. `words` is their context
in the catalogues.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from gui.refusals import meaning
from shared.errors import ErrorCode
from shared.messages import Outcome, Verdict
from shared.task_state import TaskState

if TYPE_CHECKING:
    from shared.messages import ErrorInfo, TaskRow

translate = QCoreApplication.translate  # by this name lupdate finds the texts

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
# As worker/errors.py's Unanswered says it; a test holds the two together.
_ASKED_OF_PERSON: Final = re.compile(r"the agent asked a person to (.*); nobody answered within \S+ s", re.DOTALL)


def state_word(state: TaskState) -> str:
    """Return a task's state in a word."""
    words = {
        TaskState.CREATED: translate("words", "waiting"),
        TaskState.RUNNING: translate("words", "running"),
        TaskState.STOPPING: translate("words", "stopping"),
        TaskState.STOPPED: translate("words", "stopped"),
        TaskState.SUCCESS: translate("words", "success"),
        TaskState.FAILED: translate("words", "failed"),
        TaskState.CRASHED: translate("words", "crashed"),
    }
    return words[state]


def state_kind(state: TaskState) -> str:
    """Return the colour family of a state: ok, bad, warn, live or idle."""
    kinds = {
        TaskState.SUCCESS: "ok",
        TaskState.FAILED: "bad",
        TaskState.CRASHED: "bad",
        TaskState.STOPPED: "warn",
        TaskState.STOPPING: "warn",
        TaskState.RUNNING: "live",
    }
    return kinds.get(state, "idle")


def outcome_word(outcome: Outcome | None) -> str:
    """Return what became of a step in words; None: it is open."""
    words = {
        None: translate("words", "open"),
        Outcome.DONE: translate("words", "done"),
        Outcome.FAILED: translate("words", "failed"),
        Outcome.NOT_EXECUTED: translate("words", "not executed"),
        Outcome.UNKNOWN: translate("words", "may have happened"),
    }
    return words[outcome]


def outcome_kind(outcome: Outcome | None) -> str:
    """Return the colour family of an outcome."""
    kinds = {None: "live", Outcome.DONE: "ok", Outcome.FAILED: "bad", Outcome.UNKNOWN: "bad"}
    return kinds.get(outcome, "warn")


def verdict_word(verdict: Verdict | None) -> str:
    """Return who says that a task succeeded, or ''."""
    words = {
        None: "",
        Verdict.REPORTED: translate("words", "reported by the agent"),
        Verdict.CHECKED: translate("words", "checked on the screen"),
        Verdict.RIGHT: translate("words", "judged right"),
        Verdict.WRONG: translate("words", "judged wrong"),
    }
    return words[verdict]


def how_it_ended(task: TaskRow) -> str:
    """Return state, verdict and reason of a task on one line."""
    parts = [state_word(task.final_status), verdict_word(task.verdict), task.error_message or ""]
    return " · ".join(part for part in parts if part)


def asked_of_person(reason: str) -> str:
    """Return what a task's agent asked of a person when the task ended for that, else ''; `reason` is the ending's."""
    asked = _ASKED_OF_PERSON.fullmatch(reason)
    return asked.group(1) if asked else ""


def steps_word(count: int) -> str:
    """Return `3 steps` in the language's plural."""
    return _Counted().steps(count)


def decoded(text: str) -> Any:
    """Return the JSON value in an `action` column; None when it is empty or not JSON."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def one_line(text: str, limit: int = 300) -> str:
    """Return a text on one line, cut to `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def seconds(value: float | None) -> str:
    """Return a duration: `0.8 s`, `3 min 20 s`, `2 h 5 min`; '' when it is not known."""
    if value is None:
        return ""
    if value < _MINUTE:
        return translate("words", "%1 s").replace("%1", QLocale().toString(value, "f", 1))
    if value < _HOUR:
        return (
            translate("words", "%1 min %2 s")
            .replace("%1", str(int(value // _MINUTE)))
            .replace("%2", str(int(value % _MINUTE)))
        )
    hours, minutes = int(value // _HOUR), int(value % _HOUR // _MINUTE)
    return translate("words", "%1 h %2 min").replace("%1", str(hours)).replace("%2", str(minutes))


def short_seconds(value: float | None) -> str:
    """Return a duration, in milliseconds when it is short; '' when it is not known."""
    if value is None or value >= 1:
        return seconds(value)
    return translate("words", "%1 ms").replace("%1", str(round(value * 1000)))


def parsed_time(text: str | None) -> datetime | None:
    """Return a time of the store (`YYYY-MM-DD HH:MM:SS` or ISO 8601, UTC) as an aware datetime, or None."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def clock(text: str | None, *, with_date: bool = True) -> str:
    """Return a time of the store in this machine's zone, for people."""
    found = parsed_time(text)
    if found is None:
        return ""
    local = found.astimezone()
    return local.strftime("%Y-%m-%d %H:%M:%S" if with_date else "%H:%M:%S")


def ago(text: str | None, now: datetime) -> str:
    """Return how long ago a time of the store was: `4 s ago`, `2 min ago`."""
    found = parsed_time(text)
    if found is None:
        return ""
    passed = max(0, int((now - found).total_seconds()))
    for unit, template in (
        (_DAY, translate("words", "%1 d ago")),
        (_HOUR, translate("words", "%1 h ago")),
        (_MINUTE, translate("words", "%1 min ago")),
    ):
        if passed >= unit:
            return template.replace("%1", str(passed // unit))
    return translate("words", "%1 s ago").replace("%1", str(passed))


def refusal(error: ErrorInfo) -> str:
    """Return a refusal in a sentence: what happened and what can be done. One without words is told by its code."""
    known = {
        ErrorCode.STORE_AWAY: translate("words", "the store does not answer at the moment; not confirmed"),
        ErrorCode.NOT_RUNNING: translate("words", "that process does not run at the moment"),
        ErrorCode.STORE_FULL: translate("words", "the store's disk is full: make space, then try again"),
    }
    if error.code in known:
        return known[error.code]
    told = f"{error.message} ({error.detail})" if error.detail else error.message
    if not told:
        return meaning(error.code)
    is_chinese = QLocale().language() == QLocale.Language.Chinese
    return f"{meaning(error.code)}（{told}）" if is_chinese else told  # the processes speak English


class _Counted(QObject):
    """Texts with plural forms: lupdate takes them for such in `tr` only, not in `translate`."""

    def steps(self, count: int) -> str:
        return self.tr("%n step(s)", "", count)
