"""One transaction as validation sees it: the rows with its own changes in them, and `emit`, which adds to them.

`emit` numbers an event, applies it at once (so that the next record is validated against what this one changed) and
keeps it for the event log. Nothing here begins, commits, or touches a file: batch.py does. Time comes in as `at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from persistence_daemon.troubles import RolledBackError
from shared.messages import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from persistence_daemon.apply import Applier
    from persistence_daemon.facts import TaskFacts
    from shared.identity import Identity
    from shared.messages import EventBody


@dataclass(frozen=True)
class Policy:
    """What validation must know that does not stand in the store.

    `resume_queue`: neither a crash nor an unknown outcome holds a device's queue (two crashes in a row always do).
    `is_alive`: whether that incarnation of a worker still holds its lock; a claim of a dead one is not answered.
    """

    daemon: Identity
    resume_queue: bool
    is_alive: Callable[[Identity], bool]


class Transaction:
    """A transaction under way. `seq` is the newest number given out."""

    def __init__(
        self, connection: apsw.Connection, applier: Applier, policy: Policy, timeline: str, seq: int, at: str
    ) -> None:
        self.connection = connection
        self.policy = policy
        self.timeline = timeline
        self.seq = seq
        self.at = at
        self.events: list[Event] = []
        self._applier = applier

    def emit(self, body: EventBody, by: str) -> int:
        """Add an event, caused by the sender `by`, to the store and to the batch; return its seq."""
        self.still_open()
        seq = self.seq + 1
        event = Event(seq=seq, timeline=self.timeline, at=self.at, by=by, body=body)
        self._applier.apply(event)
        self.seq = seq
        self.events.append(event)
        return seq

    def still_open(self) -> None:
        """Raise RolledBackError when SQLite has ended the transaction by itself: what came next would commit alone."""
        if not self.connection.in_transaction:
            raise RolledBackError("SQLite has rolled the transaction back")

    def task(self, session_id: str) -> TaskFacts | None:
        """Return the task as it stands within this transaction, or None."""
        return self._applier.tasks.get(session_id)

    def row(self, sql: str, bindings: tuple[str | int | bytes | None, ...]) -> tuple[object, ...] | None:
        """Return the first row of a query on what is not kept in facts; `flush` before asking of `tasks`."""
        self._applier.steps.flush()
        return self.connection.execute(sql, bindings).fetchone()

    def flush(self) -> None:
        """Write what was put off, so that SQL sees it."""
        self._applier.flush()
