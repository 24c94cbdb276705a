"""An older task in our form: its state, its times, what was another way there. Pure; called by plan.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.importing import old_times, old_words
from persistence_daemon.importing.originals import Original, text_of
from persistence_daemon.importing.tables import Value
from persistence_daemon.times import as_event_time, as_timestamp
from shared.messages import TaskImported, Verdict
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from persistence_daemon.importing.old_steps import OldStep

_COLUMNS: Final = frozenset(
    [
        "session_id",
        "user_id",
        "timestamp",
        "task_description",
        "final_status",
        "total_steps",
        "total_time",
        "error_message",
        "device_id",
        "base_url",
        "model_name",
        "updated_at",
    ]
)
_NO_TEXT: Final = "(no text was recorded)"
_MADE_TEXT: Final = "(a task that is not in the older store: only its steps were found)"


class Origin(Struct, frozen=True):
    """Where an import comes from. `latest`: nothing in it can be later; `offset` None: this machine's time zone."""

    source: str
    offset: timezone | None
    latest: datetime


class OldTask(Struct, frozen=True):
    """A task as it stands in the older store: its row, with what only its backup says. `made`: there is neither."""

    session_id: str  # as it stands here
    named: str | None  # as it stands there
    values: Mapping[str, Value]
    bad_texts: tuple[str, ...]
    made: bool


class _Times(Struct, frozen=True):
    queued: datetime
    known: bool
    ended: datetime


def combined(row: Mapping[str, Value], backup: Mapping[str, Value] | None) -> dict[str, Value]:
    """Return a task's values: the row's, and where it says nothing, its backup's."""
    found = dict(row)
    for name, value in (backup or {}).items():
        if found.get(name) in (None, ""):
            found[name] = value
    return found


def as_event(task: OldTask, steps: Sequence[OldStep], origin: Origin) -> tuple[TaskImported, Original]:
    """Return a task as the store takes it in, and what was repaired."""
    values, original = task.values, Original(task.bad_texts)
    word = text_of(values.get("final_status"))
    state = old_words.state_of(word, has_steps=bool(steps))
    if state.reason:
        original.keep("final_status", word)
    total_time = original.seconds(values, "total_time")
    times = _times(values, steps, origin, total_time, original)
    updated = _updated_at(values, original)
    body = TaskImported(
        session_id=task.session_id,
        user_id=original.line(values, "user_id"),
        timestamp=as_timestamp(times.queued),
        task_description=_description(task, original),
        final_status=state.state,
        reason=f"imported from {origin.source}" + (f"; {state.reason}" if state.reason else ""),
        total_time=total_time,
        error_message=text_of(values.get("error_message")) or None,
        device_id=original.line(values, "device_id") or None,
        base_url=original.line(values, "base_url"),
        model_name=original.line(values, "model_name"),
        updated_at=as_timestamp(updated or times.ended),
        verdict=Verdict.REPORTED if state.state is TaskState.SUCCESS else None,
        started_at=as_event_time(times.queued) if times.known and (steps or word != TaskState.CREATED) else None,
        ended_at=as_event_time(times.ended),
        source=origin.source,
        original="",
    )
    _note_identity(task, original)
    _note_total(values, len(steps), original)
    original.keep_other_columns(values, _COLUMNS)
    return body, original


def time_of(values: Mapping[str, Value], origin: Origin) -> datetime | None:
    """Return when a task was queued, None when its row does not say."""
    text = text_of(values.get("timestamp"))
    return None if text is None else old_times.parse(text, origin.offset)


def guessed_time(values: Mapping[str, Value], steps: Sequence[OldStep], origin: Origin) -> datetime:
    """Return the best guess: the first screenshot's name, when the row was last written, the file's own time."""
    named = [time for step in steps if (time := old_times.in_file_name(step.picture, origin.offset))]
    updated = old_times.parse_utc(text_of(values.get("updated_at")) or "")
    return min(named, default=updated or origin.latest)


def _times(
    values: Mapping[str, Value],
    steps: Sequence[OldStep],
    origin: Origin,
    total_time: float | None,
    original: Original,
) -> _Times:
    original.keep("timestamp", text_of(values.get("timestamp")))
    queued = time_of(values, origin)
    if queued is None:
        original.repaired("tasks without a time got one from a screenshot's name, their last change or the file")
        guess = guessed_time(values, steps, origin)
        return _Times(guess, known=False, ended=guess)
    lasted = total_time
    if lasted is None:
        lasted = sum(old_words.seconds_of(step.values.get("execution_time")) or 0.0 for step in steps)
    try:
        return _Times(queued, known=True, ended=queued + timedelta(seconds=lasted))
    except OverflowError:
        return _Times(queued, known=True, ended=queued)


def _updated_at(values: Mapping[str, Value], original: Original) -> datetime | None:
    text = text_of(values.get("updated_at"))
    found = None if text is None else old_times.parse_utc(text)
    if text is not None:
        original.keep("updated_at", text)
        if found is None:
            original.repaired("updated_at that is no time is not known")
    return found


def _description(task: OldTask, original: Original) -> str:
    text = text_of(task.values.get("task_description")) or ""
    if task.made:
        return text or _MADE_TEXT
    if not text:
        original.repaired("tasks without a text are called so")
    return text or _NO_TEXT


def _note_identity(task: OldTask, original: Original) -> None:
    if task.made:
        original.repaired("steps of unknown tasks got a task made for them")
    if task.named is None:
        original.repaired("rows without a session_id got one")
    elif task.named != task.session_id:
        original.keep("session_id", task.named)
        original.repaired("ids with other characters than letters, digits, - and _, or over 64, got one made of them")


def _note_total(values: Mapping[str, Value], counted: int, original: Original) -> None:
    said = values.get("total_steps")
    if said is not None and old_words.whole_of(said) != counted:
        original.keep("total_steps", said)
