"""How the store's commits go: their times for the status, and when a checkpoint of our own is due.

The checkpoint inside a COMMIT is what the slowest acknowledgements are made of, so SQLite's is off; ours runs when
nobody waits. But while the WAL's file grows, each fdatasync has to put its new size on disk as well, which takes twice
the time of writing over what is there; so when somebody always waits it runs too, once so many commits share its
price, and at the latest when the WAL has grown so large that it must. Called by server.py.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import apsw

from persistence_daemon.connection import CHECKPOINT_COMMITS, CHECKPOINT_LATEST_PAGES, CHECKPOINT_PAGES
from persistence_daemon.troubles import Trouble, trouble_of

_REMEMBERED: Final = 1000


class CommitTimes:
    """The durations of the last commits."""

    def __init__(self) -> None:
        self._ms: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, seconds: float) -> None:
        """Take in how long one commit took."""
        self._ms.append(seconds * 1000)

    def percentile(self, percent: int) -> float | None:
        """Return that percentile in ms, None before the first commit."""
        if not self._ms:
            return None
        ordered = sorted(self._ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Checkpoints:
    """Counts the WAL's pages by SQLite's own hook, and moves them into the file when it is time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._pages = 0
        self._commits = 0
        connection.set_wal_hook(self._saw)

    def is_due(self, *, idle: bool, quiet: bool) -> bool:
        """Tell whether a checkpoint is worth its time now; `quiet`: nobody has worked for a while."""
        if quiet:
            return self._pages > 0
        worthwhile = self._pages >= CHECKPOINT_PAGES and (idle or self._commits >= CHECKPOINT_COMMITS)
        return worthwhile or self._pages >= CHECKPOINT_LATEST_PAGES

    def want(self) -> None:
        """Let the next idle moment do one."""
        self._pages = max(self._pages, CHECKPOINT_PAGES)

    def run(self) -> None:
        """Checkpoint as far as readers allow, without waiting for them; apsw.Error when the disk fails."""
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            if trouble_of(error) not in (Trouble.BUSY, Trouble.FULL):
                raise
        self._pages = self._commits = 0

    def _saw(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        self._commits += 1
        return apsw.SQLITE_OK
