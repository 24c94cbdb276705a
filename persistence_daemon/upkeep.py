"""What the store needs done beside its work, in portions between the batches.

What was deleted is taken away (sweeper.py; the pictures go in a thread of their own, eraser.py); free space is given
back when somebody asks for it, or when there is much of it and nobody works (vacuum.py); SQLite's statistics are kept
fresh. The loop calls `look` at each turn, asks `due_at` how long it may wait, and calls `run` when it is time. A
portion takes some milliseconds, looks meanwhile whether a request waits, and ends then; while there is work for others
they are rare. Called by server.py, on its thread; must not answer requests or sort out errors.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from persistence_daemon.eraser import Eraser, not_erased
from persistence_daemon.sweeper import Sweeper
from persistence_daemon.vacuum import Vacuum
from shared.messages import Tidiness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw

    from persistence_daemon.commits import Checkpoints
    from persistence_daemon.eraser import Deleted
    from shared.paths import Home

_PORTION_S: Final = 0.006  # of writing; with its fsync it holds a request up for less than 20 ms
_LEAST_S: Final = 0.002  # also while requests wait, or a busy store would never be swept
_BUSY_REST_S: Final = 0.1  # between portions while there is other work: one acknowledgement in ten or so meets one
_PICTURES_S: Final = 0.05  # between looks whether the pictures are gone by now
_LOOK_S: Final = 1.0  # between looks whether there is much to give back
_ASKED_S: Final = 5.0  # whoever asks for a vacuum asks again all the while; when he has gone it ends
_QUIET_S: Final = 10.0  # nobody worked for so long: what can wait is done
_PUT_OFF_S: Final = 30.0  # after a portion that a full disk or a lock did not let through
_OPTIMIZE_S: Final = 6 * 3600.0  # between looks at SQLite's statistics, which change with the store's size only


class Upkeep:
    """The upkeep of one open store. `requests_wait` tells whether a request is to be read."""

    def __init__(
        self, home: Home, connection: apsw.Connection, checkpoints: Checkpoints, requests_wait: Callable[[], bool]
    ) -> None:
        left = not_erased(connection)
        self._requests_wait = requests_wait
        self._eraser = Eraser(home, left)
        self._sweeper = Sweeper(connection, left)
        self._vacuum = Vacuum(connection, checkpoints)
        self._vacuums = False
        self._asked_until = -math.inf
        self._worked_at = time.monotonic()
        self._next = self._next_look = 0.0
        self._optimize_at = -math.inf

    def deleted(self, deleted: Sequence[Deleted]) -> None:
        """Let what was deleted be taken away, in the order of its events."""
        if deleted:
            self._eraser.erase(deleted)
            self._sweeper.add(deleted)

    def ask(self, now: float, *, vacuum: bool) -> Tidiness:
        """Return how much there is left to do; `vacuum`: let free space be given back, while it is asked for."""
        if vacuum:
            self._asked_until = now + _ASKED_S
            self._next_look = now
        return Tidiness(
            deleted_left=len(self._sweeper),
            free_bytes=self._vacuum.free_pages() * self._vacuum.page_bytes,
            size_bytes=self._vacuum.pages() * self._vacuum.page_bytes,
        )

    def look(self, now: float, *, busy: bool) -> None:
        """See what there is to do; `busy`: the store has just done something for others."""
        if busy:
            self._worked_at = now
        if now >= self._next_look:
            self._next_look = now + _LOOK_S
            asked = now < self._asked_until and self._vacuum.free_pages() > 0
            self._vacuums = asked or (self.is_quiet(now) and (self._vacuums or self._vacuum.is_worth_it()))

    def is_quiet(self, now: float) -> bool:
        """Tell whether nobody has asked for work for a while."""
        return now >= self._worked_at + _QUIET_S

    def put_off(self, now: float) -> None:
        """Leave the store alone for a while: it did not take a portion."""
        self._next = now + _PUT_OFF_S

    def due_at(self) -> float:
        """Return when (monotonic seconds) `run` is to be called; infinity when there is nothing to do."""
        if self._vacuums or self._sweeper.has_work(self._eraser.erased_seq):
            return self._next
        statistics = max(self._next, self._optimize_at, self._worked_at + _QUIET_S)
        return min(statistics, self._next + _PICTURES_S) if len(self._sweeper) else statistics

    def run(self) -> None:
        """Do a portion; apsw.Error when the store did not take it, and then nothing of it was done."""
        begin = time.monotonic()
        if self._sweeper.has_work(self._eraser.erased_seq):
            self._sweeper.portion(self._eraser.erased_seq, lambda: self._may_go_on(begin))
        elif self._vacuums:
            self._vacuum.portion(lambda: self._may_go_on(begin))
            self._vacuums = self._vacuum.free_pages() > 0
        elif self.is_quiet(begin) and begin >= self._optimize_at:
            self._vacuum.optimize()
            self._optimize_at = begin + _OPTIMIZE_S
        end = time.monotonic()
        rest = _BUSY_REST_S if end < self._worked_at + _BUSY_REST_S else end - begin  # half of the time is the disk's
        self._next = end + rest

    def close(self) -> None:
        """End the thread; what is left is the next start's."""
        self._eraser.close()

    def _may_go_on(self, begin: float) -> bool:
        took = time.monotonic() - begin
        return took < _LEAST_S or (took < _PORTION_S and not self._requests_wait())
