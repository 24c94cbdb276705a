"""When the daemon takes a backup by itself, and what it removes then: hourly, when something changed, while idle.

Called by server.py: `is_due` from its loop, `thin` from the thread that took the backup.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from persistence_daemon.backup import listed_backups, write_list
from persistence_daemon.thinning import thinned
from shared.posix import FileLock, LockHeldError
from shared.settings import BACKUP_EVERY_S, BACKUP_LOOK_S

if TYPE_CHECKING:
    from shared.paths import Home


class Schedule:
    """Looks each `BACKUP_LOOK_S` whether the newest backup is an hour old and the store has gone on since."""

    def __init__(self, home: Home, now: float) -> None:
        self._home = home
        self._next_look = now + BACKUP_LOOK_S

    def is_due(self, now: float, timeline: str, seq: int) -> bool:
        """Tell whether a backup is to be taken at `now` (monotonic seconds) of a store that stands at `seq`."""
        if now < self._next_look:
            return False
        self._next_look = now + BACKUP_LOOK_S
        backups = listed_backups(self._home)
        if not backups:
            return True
        newest = backups[-1]
        age_s = (datetime.now(UTC) - datetime.fromisoformat(newest.at)).total_seconds()
        is_recent = 0 <= age_s < BACKUP_EVERY_S  # of one from the future nothing can be said
        return (newest.timeline, newest.seq) != (timeline, seq) and not is_recent


def thin(home: Home, budget_bytes: int) -> list[str]:
    """Remove the home's backups that need not stay, from the list first; return their names.

    While another process takes a backup nothing is removed: the list is its to write.
    """
    try:
        lock = FileLock.take(home.lock("backup"))
    except LockHeldError:
        return []
    try:
        return _thin(home, budget_bytes)
    finally:
        lock.release()


def _thin(home: Home, budget_bytes: int) -> list[str]:
    backups = listed_backups(home)
    stay = thinned(backups, budget_bytes)
    gone = [backup.name for backup in backups if backup not in stay]
    if gone:
        write_list(home.backups, stay)
        for name in gone:
            (home.backups / name).unlink(missing_ok=True)
    return gone
