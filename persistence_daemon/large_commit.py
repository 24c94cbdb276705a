"""Many events in one commit, however many: all are there, or none, whatever is killed when.

Their lines are written to a file of the event log of its own, which has no name yet; when it is durable it takes its
name, and only then comes the COMMIT. Killed before, nothing was in the log; killed after, the next start rolls the
log forward, which brings all of it. Called by importing/verb.py, with nothing else at work on the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.apply import Applier
from persistence_daemon.event_log import NewLogFile
from persistence_daemon.troubles import RolledBackError
from shared.faultpoints import reach
from shared.messages import Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from persistence_daemon.batch import Store
    from shared.messages import EventBody

_PER_FLUSH: Final = 1000  # events between two looks at the transaction; what is remembered of tasks is written then


def commit_whole(store: Store, folder: Path, bodies: Iterable[EventBody], at: str, by: str) -> int:
    """Commit `bodies` as events of the time `at`, the log in `folder`; return the newest seq.

    `bodies` is read within the transaction; whatever it raises ends it, and nothing of it remains. Raises apsw.Error
    and OSError when the store or the log does not take it. The store is behind afterwards: close it.
    """
    file = NewLogFile(folder, store.seq + 1, store.timeline)
    applier = Applier(store.connection)
    seq = store.seq
    try:
        store.connection.execute("BEGIN IMMEDIATE")
        for body in bodies:
            seq += 1
            event = Event(seq=seq, timeline=store.timeline, at=at, by=by, body=body)
            applier.apply(event)
            file.add(event)
            if seq % _PER_FLUSH == 0:
                applier.flush()
                _still_open(store)
        applier.finish(seq, store.timeline)
        reach("import.written")
        _still_open(store)
        file.take_name()
        reach("import.named")
        store.connection.execute("COMMIT")
    except BaseException:
        try:
            if store.connection.in_transaction:
                store.connection.execute("ROLLBACK")
        finally:
            file.remove()
        raise
    reach("import.committed")
    return seq


def _still_open(store: Store) -> None:
    if not store.connection.in_transaction:
        raise RolledBackError("SQLite has rolled the transaction back")
