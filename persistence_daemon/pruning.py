"""Which tasks are old enough to go, and what they hold: `stepwell prune` before it deletes anything. It only reads.

A task's age is told by the time of its end, and its order by seq: a clock that once stood wrong makes nothing old. So
what was recorded behind an event that is not old is not old either, whatever its own time says; of a time that lies in
the future nothing can be said. An imported task's end lies before its import, so its own time counts alone.
Called by prune_verb.py. The time comes in as an argument.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.task_state import FINAL_STATES, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

    from shared.paths import Home

_FAILED: Final = frozenset({TaskState.FAILED, TaskState.CRASHED})
_FIRST_YOUNG: Final = "SELECT min(seq) FROM transitions WHERE at >= ? AND at <= ?"
_ENDED: Final = (
    "SELECT t.session_id, t.final_status, t.ended_at, t.total_steps, t.task_description FROM tasks t"
    " JOIN transitions e ON e.session_id = t.session_id AND e.to_state = t.final_status"
    " WHERE t.ended_at < ? AND (e.seq < ? OR t.source <> '') ORDER BY t.created_seq"
)
_NO_SEQ: Final = (1 << 63) - 1


class Old(Struct, frozen=True, kw_only=True):
    """A task that may go, and what goes with it. `bytes`: its pictures', and its rows' by their share of the file."""

    session_id: str
    state: TaskState
    ended_at: str
    steps: int
    bytes: int
    task_description: str


def old_tasks(connection: apsw.Connection, home: Home, before: str, now: str, *, keep_failed: bool) -> Iterator[Old]:
    """Yield the tasks that ended before the time `before`, in the order in which they were queued.

    Both times are as events carry them. `keep_failed`: not those that failed or crashed.
    """
    first_young = connection.execute(_FIRST_YOUNG, (before, now)).get
    states = FINAL_STATES - (_FAILED if keep_failed else frozenset())
    step_bytes = _bytes_a_step(connection)
    for row in connection.execute(_ENDED, (before, _NO_SEQ if first_young is None else first_young)):
        session_id, state, steps = str(row[0]), TaskState(str(row[1])), int(str(row[3]))
        if state in states:
            pictures = sum(_bytes_in(folder / session_id) for folder in (home.screenshots, home.thumbs))
            yield Old(
                session_id=session_id,
                state=state,
                ended_at=str(row[2]),
                steps=steps,
                bytes=pictures + int(steps * step_bytes),
                task_description=str(row[4]),
            )


def _bytes_a_step(connection: apsw.Connection) -> float:
    pages = int(connection.pragma("page_count")) - int(connection.pragma("freelist_count"))
    steps = int(connection.execute("SELECT total(total_steps) FROM tasks").get)
    return pages * int(connection.pragma("page_size")) / steps if steps else 0.0


def _bytes_in(folder: Path) -> int:
    try:
        with os.scandir(folder) as found:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in found)
    except (FileNotFoundError, NotADirectoryError):
        return 0
