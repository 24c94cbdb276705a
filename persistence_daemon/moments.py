"""What ran at a time: the newest task that had begun by then, and its newest step that had.

Called on read-only connections by views.py. Must not write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.queries import where
from persistence_daemon.times import as_event_time, moment
from shared.errors import BadInputError
from shared.messages import FindMoment, Moment

if TYPE_CHECKING:
    import apsw


_NUMBER_MAX: Final = (1 << 31) - 1  # of steps


def find_moment(connection: apsw.Connection, request: FindMoment) -> Moment:
    """Return the task and the step at a moment; both None before the first one began."""
    at = as_event_time(moment(request.at))
    stands = where(connection)
    row = connection.execute(
        "SELECT session_id, ended_at FROM tasks WHERE started_at <= ?"
        " ORDER BY started_at DESC, created_seq DESC LIMIT 1",
        (at,),
    ).fetchone()
    if row is None:
        return Moment(session_id=None, step_num=None, running=False, timeline=stands.timeline, seq=stands.seq)
    session_id, ended_at = str(row[0]), row[1]
    return Moment(
        session_id=session_id,
        step_num=_newest_step(connection, session_id, at),
        running=ended_at is None or str(ended_at) > at,
        timeline=stands.timeline,
        seq=stands.seq,
    )


def _newest_step(connection: apsw.Connection, session_id: str, at: str) -> int | None:
    """Find the newest step that had begun by `at`, by halving: steps begin one after the other, and may be 100,000.

    Numbers that an imported task lacks say nothing against it.
    """
    last = "SELECT max(step_num) FROM steps WHERE session_id = ? AND step_num <= ?"
    begun, later = (
        0,
        (connection.execute(last, (session_id, _NUMBER_MAX)).get or 0) + 1,
    )  # step `begun` had begun (0: none needs to have), step `later` had not
    while later - begun > 1:
        middle = (begun + later) // 2
        started_at = connection.execute(
            "SELECT started_at FROM steps WHERE session_id = ? AND step_num = ?", (session_id, middle)
        ).get
        if _had_begun(started_at, at):
            begun = middle
        else:
            later = middle
    found: int | None = connection.execute(last, (session_id, begun)).get
    return found


def _had_begun(started_at: str | None, at: str) -> bool:
    """Compare a step's own time, which is its agent's word; one that is no time says nothing against it."""
    try:
        return started_at is None or as_event_time(moment(started_at)) <= at
    except BadInputError:
        return True
