"""Who is dead: a worker is, exactly when the daemon can take its outbox lock.

Asked every second, and at start, for every unfinished task's owner and for everybody who left something in the outbox
folder. The lock is kept until what the worker left is committed and removed, so that nobody of that name can come
between. Called by server.py. Must not write to the store: it hands estates to the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from persistence_daemon.outbox import Estate, known_workers, read_estate, remove_estate
from shared.errors import BadInputError
from shared.identity import Identity
from shared.logs import get_logger
from shared.posix import FileLock, LockHeldError, lock_holder

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

    from shared.paths import Home


class Dead(Struct, frozen=True):
    """A dead worker's estate, and its lock, which we hold."""

    estate: Estate
    lock: FileLock


def find_dead(home: Home, connection: apsw.Connection, present: Iterable[Identity] = ()) -> list[Dead]:
    """Return the workers that died, their locks taken; `present` are those that said Hello.

    OSError when the outbox folder cannot be read.
    """
    owners = {
        Identity(str(name), str(incarnation))
        for name, incarnation in connection.execute(
            "SELECT claimed_by, incarnation FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING')"
        )
    }
    found = []
    for worker in sorted(owners | known_workers(home) | set(present), key=str):
        try:
            lock = FileLock.take(home.outbox_lock(worker))
        except LockHeldError:
            continue  # it lives
        except (BadInputError, OSError) as error:  # rubbish in its place, or no space for the file of a lock
            get_logger().warning("a worker's lock cannot be asked for", worker=str(worker), error=str(error))
            continue
        found.append(Dead(read_estate(home, worker), lock))
    return found


def close_estate(home: Home, dead: Dead) -> None:
    """Remove what a dead worker left, then its lock; its end is committed."""
    remove_estate(home, dead.estate.worker)
    dead.lock.unlink_and_release()


def is_alive(home: Home, worker: Identity) -> bool:
    """Tell whether a worker incarnation holds its lock."""
    return lock_holder(home.outbox_lock(worker)) is not None
