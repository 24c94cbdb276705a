"""Many events in one commit, however many: all are there, or none, whatever is killed when.

Their lines are written to a file of the event log of its own, which has no name yet; when it is durable it takes its
name, and only then comes the COMMIT. Killed before, nothing was in the log; killed after, the next start rolls the
log forward, which brings all of it. Called by importing/verb.py, with nothing else at work on the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

from persistence_daemon.apply import Applier
from persistence_daemon.event_log import NewLogFile
from persistence_daemon.troubles import RolledBackError, Trouble, trouble_of
from shared.errors import ErrorCode, StoreError
from shared.faultpoints import reach
from shared.messages import Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from persistence_daemon.batch import Store
    from shared.messages import EventBody

_PER_FLUSH: Final = 1000  # events between two looks at the transaction; what is remembered of tasks is written then


class Undecided(StoreError):  # noqa: N818 - the name of a fact
    """The disk failed in the COMMIT: the next start has all of it. Exit without closing the store; keep everything."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            ErrorCode.INTERNAL,
            f"the disk failed while all of it was committed ({error}); whether it is there shows at the next start",
            remedy="look at the disk, then at the store: stepwell verify --deep",
        )


def commit_whole(store: Store, folder: Path, bodies: Iterable[EventBody], at: str, by: str) -> int:
    """Commit `bodies` as events of the time `at`, the log in `folder`; return the newest seq.

    `bodies` is read within the transaction; whatever it raises ends it, and nothing of it remains. So it is when the
    store or the log does not take it (apsw.Error, OSError), but for Undecided. Close the store then: it is behind.
    """
    file = NewLogFile(folder, store.seq + 1, store.timeline)
    try:
        store.connection.execute("BEGIN IMMEDIATE")
        seq = _write(store, file, bodies, at, by)
        reach("import.written")
        _still_open(store)
        file.take_name()
        reach("import.named")
        _commit(store)
    except Undecided:
        raise
    except BaseException:
        _undo(store, file)
        raise
    reach("import.committed")
    return seq


def _write(store: Store, file: NewLogFile, bodies: Iterable[EventBody], at: str, by: str) -> int:
    applier, seq = Applier(store.connection), store.seq
    for body in bodies:
        seq += 1
        event = Event(seq=seq, timeline=store.timeline, at=at, by=by, body=body)
        applier.apply(event)
        file.add(event)
        if seq % _PER_FLUSH == 0:
            applier.flush()
            _still_open(store)
    applier.finish(seq, store.timeline)
    return seq


def _commit(store: Store) -> None:
    """Commit; Undecided unless SQLite says for sure that nothing was: a sync that failed may have written all of it."""
    try:
        store.connection.execute("COMMIT")
    except apsw.Error as error:
        if trouble_of(error) not in (Trouble.FULL, Trouble.BUSY):
            raise Undecided(error) from error
        raise


def _undo(store: Store, file: NewLogFile) -> None:
    """Take everything back; Undecided when the log's file cannot be: the next start would bring all of it."""
    try:
        if store.connection.in_transaction:
            store.connection.execute("ROLLBACK")
    finally:
        try:
            file.remove()
        except OSError as error:
            raise Undecided(error) from error


def _still_open(store: Store) -> None:
    if not store.connection.in_transaction:
        raise RolledBackError("SQLite has rolled the transaction back")
