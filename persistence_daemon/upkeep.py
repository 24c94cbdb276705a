"""What the store needs done beside its work, in portions between the batches: what was deleted is taken away.

The loop asks `due_at` how long it may wait and calls `run` when it is time. A portion takes some milliseconds, looks
meanwhile whether a request waits, and ends then; while there is work for others, portions are rare. The pictures go in
a thread of their own (eraser.py). Called by server.py, on its thread; must not answer requests or sort out errors.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from persistence_daemon.eraser import Eraser, not_erased
from persistence_daemon.sweeper import Sweeper
from shared.messages import Tidiness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw

    from persistence_daemon.eraser import Deleted
    from shared.paths import Home

_PORTION_S: Final = 0.006  # of writing; with its fsync it holds a request up for less than 20 ms
_LEAST_S: Final = 0.002  # also while requests wait, or a busy store would never be swept
_BUSY_REST_S: Final = 0.1  # between portions while there is other work: one acknowledgement in ten or so meets one
_LOOK_S: Final = 0.05  # whether the pictures are gone by now


class Upkeep:
    """The upkeep of one open store. `requests_wait` tells whether a request is to be read."""

    def __init__(self, home: Home, connection: apsw.Connection, requests_wait: Callable[[], bool]) -> None:
        left = not_erased(connection)
        self._connection = connection
        self._requests_wait = requests_wait
        self._eraser = Eraser(home, left)
        self._sweeper = Sweeper(connection, left)
        self._next = 0.0
        self._busy_until = 0.0

    def deleted(self, deleted: Sequence[Deleted]) -> None:
        """Let what was deleted be taken away, in the order of its events."""
        if deleted:
            self._eraser.erase(deleted)
            self._sweeper.add(deleted)

    def worked(self, now: float) -> None:
        """Note that the store did something for others at `now`: portions become rare for a moment."""
        self._busy_until = now + _BUSY_REST_S

    def due_at(self) -> float:
        """Return when (monotonic seconds) `run` is to be called; infinity when there is nothing to do."""
        if self._sweeper.has_work(self._eraser.erased_seq):
            return self._next
        return self._next + _LOOK_S if len(self._sweeper) else math.inf

    def run(self) -> None:
        """Do a portion; apsw.Error when the store did not take it, and then nothing of it was done."""
        begin = time.monotonic()
        if self._sweeper.has_work(self._eraser.erased_seq):
            self._sweeper.portion(self._eraser.erased_seq, lambda: self._may_go_on(begin))
        end = time.monotonic()
        self._next = end + (_BUSY_REST_S if end < self._busy_until else end - begin)  # half of the time is the disk's

    def tell(self) -> Tidiness:
        """Return how much there is left to do."""
        pages, free = self._connection.pragma("page_count"), self._connection.pragma("freelist_count")
        page_bytes = int(self._connection.pragma("page_size"))
        return Tidiness(
            deleted_left=len(self._sweeper), free_bytes=int(free) * page_bytes, size_bytes=int(pages) * page_bytes
        )

    def close(self) -> None:
        """End the thread; what is left is the next start's."""
        self._eraser.close()

    def _may_go_on(self, begin: float) -> bool:
        took = time.monotonic() - begin
        return took < _LEAST_S or (took < _PORTION_S and not self._requests_wait())
