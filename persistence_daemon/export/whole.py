"""A run's rows whole. The views of queries.py shorten texts that would not fit one frame; an export shortens nothing.

Called by run.py in read transactions. Must not write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from persistence_daemon import queries, rows
from shared.messages import NoteRow, StepRow, TaskRow, TransitionRow

if TYPE_CHECKING:
    import apsw


class WholeTask(Struct, frozen=True, kw_only=True):
    """A task with what lies beside its steps, and where the store stood."""

    task: TaskRow
    transitions: tuple[TransitionRow, ...]
    notes: tuple[NoteRow, ...]
    timeline: str
    seq: int


class WholeSteps(Struct, frozen=True, kw_only=True):
    """Some steps by rising number, and where the store stood. `more`: there may be others after them."""

    items: tuple[StepRow, ...]
    more: bool
    timeline: str
    seq: int


def read_task(store: apsw.Connection, session_id: str) -> WholeTask:
    """Return a task by its whole id; BadInputError UNKNOWN_TASK."""
    task = queries.task_row(store, session_id)
    transitions = store.execute(
        f"SELECT {rows.TRANSITION_COLUMNS} FROM transitions WHERE session_id = ? ORDER BY seq",  # noqa: S608
        (session_id,),
    )
    notes = store.execute(f"SELECT {rows.NOTE_COLUMNS} FROM notes WHERE session_id = ? ORDER BY seq", (session_id,))  # noqa: S608
    at = queries.where(store)
    return WholeTask(
        task=task,
        transitions=tuple(rows.make(TransitionRow, row) for row in transitions),
        notes=tuple(rows.make(NoteRow, row) for row in notes),
        timeline=at.timeline,
        seq=at.seq,
    )


def read_steps(store: apsw.Connection, session_id: str, after: int, limit: int) -> WholeSteps:
    """Return at most `limit` steps after a number; BadInputError UNKNOWN_TASK when the task is gone by now."""
    queries.task_row(store, session_id)
    found = store.execute(
        f"SELECT {rows.STEP_COLUMNS} FROM steps WHERE session_id = ? AND step_num > ? ORDER BY step_num LIMIT ?",  # noqa: S608
        (session_id, after, limit),
    )
    items = tuple(rows.make(StepRow, row) for row in found)
    at = queries.where(store)
    return WholeSteps(items=items, more=len(items) == limit, timeline=at.timeline, seq=at.seq)
