"""The event log into the store: at start what a crash kept from the store, in a rebuild everything since the backup.

Applies by seq, with the code that live writing uses; what one import brought is committed at once, as it was. A line
that cannot be applied is kept in `set_aside` under its own seq and shown; it is never a reason not to start. Called by
start.py and by check.py's replay. Must not touch files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw
from msgspec import Struct

from persistence_daemon.apply_devices import NotApplicable
from persistence_daemon.apply_imported import OF_AN_IMPORT
from shared.errors import ErrorCode
from shared.messages import ImportEnded, RecordSetAside
from shared.wire import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from persistence_daemon.apply import Applier
    from persistence_daemon.log_reader import Line
    from shared.messages import Event

_PER_COMMIT: Final = 2000  # events; a crash in between only means that the rest is rolled forward again
_POISON: Final = (apsw.ConstraintError, apsw.TooBigError, apsw.MismatchError, NotApplicable)


class RolledForward(Struct):
    """What was done: the seq reached, how many events were applied, and sentences on what was wrong."""

    seq: int
    timeline: str
    applied: int = 0
    problems: list[str] = []


def roll_forward(connection: apsw.Connection, applier: Applier, lines: Iterable[Line]) -> RolledForward:
    """Apply every event of `lines` behind the store's seq, and commit; apsw.Error when the store itself fails."""
    timeline, seq = connection.execute("SELECT timeline, seq FROM meta").get
    done = RolledForward(seq, timeline)
    pending = 0
    for line in lines:
        if line.event is None:
            done.problems.append(f"{line.path.name}: the line at byte {line.start} {line.why}")
            continue
        if line.event.seq <= done.seq:
            continue
        if pending == 0:
            connection.execute("BEGIN IMMEDIATE")
        _apply_one(connection, applier, line, line.event, done)
        pending += 1
        if pending >= _PER_COMMIT and not holds_together(line.event):
            _commit(connection, applier, done)
            pending = 0
    if pending:
        _commit(connection, applier, done)
    return done


def holds_together(event: Event) -> bool:
    """Tell whether what follows must become visible together with `event`."""
    return isinstance(event.body, OF_AN_IMPORT) and not isinstance(event.body, ImportEnded)


def _apply_one(connection: apsw.Connection, applier: Applier, line: Line, event: Event, done: RolledForward) -> None:
    if event.seq != done.seq + 1:
        done.problems.append(f"{line.path.name}: events {done.seq + 1} to {event.seq - 1} are missing")
    connection.execute("SAVEPOINT one")
    try:
        applier.apply(event)
        applier.flush()
    except _POISON as error:
        connection.execute("ROLLBACK TO one")
        applier.forget()
        done.problems.append(f"{line.path.name}: event {event.seq} could not be applied and was set aside: {error}")
        applier.set_aside(event.seq, event.at, _kept(line, event, error))
    connection.execute("RELEASE one")
    done.seq, done.timeline = event.seq, event.timeline
    done.applied += 1


def _kept(line: Line, event: Event, error: Exception) -> RecordSetAside:
    return RecordSetAside(
        session_id=None,
        kind=f"Event {type(event.body).__name__}",
        code=ErrorCode.SET_ASIDE,
        message=f"this line of the event log could not be applied: {error}",
        raw=line.raw.decode("utf-8", "replace"),
        sender=event.by,
        incarnation=digest_of(event)[:16],
    )


def _commit(connection: apsw.Connection, applier: Applier, done: RolledForward) -> None:
    applier.finish(done.seq, done.timeline)
    connection.execute("COMMIT")
