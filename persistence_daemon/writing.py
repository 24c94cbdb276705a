"""The store as the daemon's loop writes to it: what it means for the loop that a commit cannot be made.

FULL and BUSY are an answer, and hold up what follows (holdup.py); on a full disk the reserve is given up (shortage.py).
Anything worse ends the process at once, without closing the store. Called by server.py, on its thread; must not know
sockets or what is written.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import apsw

from persistence_daemon.batch import Committed, StoreBroken, StoreUnavailable, as_store_error
from persistence_daemon.commits import Checkpoints, CommitTimes
from persistence_daemon.holdup import Holdup
from persistence_daemon.shortage import Shortage, end_running
from persistence_daemon.soundness import leave_doubt
from persistence_daemon.times import now_text
from persistence_daemon.troubles import Trouble, trouble_of
from shared.errors import ErrorCode
from shared.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from persistence_daemon.batch import Store, Work
    from persistence_daemon.reserve import Reserve
    from persistence_daemon.transaction import Transaction

BROKEN_EXIT: Final = 74  # the store's file or disk failed; the next start verifies from disk

T = TypeVar("T")


class Writing:
    """One open store, with whether it takes something now. `times` and `checkpoints` tell how its commits go."""

    def __init__(self, store: Store, reserve: Reserve) -> None:
        self.store = store
        self.holdup = Holdup()
        self.shortage = Shortage(reserve)
        self.times = CommitTimes()
        self.checkpoints = Checkpoints(store.connection)
        self._full: StoreUnavailable | None = None  # what the disk was found full with

    def run(self, works: Sequence[Work]) -> Committed | StoreUnavailable:
        """Commit a batch; FULL and BUSY are the answer, and hold up the batches that follow."""
        begin = time.monotonic()
        committed = self._tried(lambda: self.store.run(works, now_text()))
        if isinstance(committed, Committed) and committed.events:
            self.times.add(time.monotonic() - begin)
            self._healed()
        return committed

    def emit(self, make: Callable[[Transaction], None], at: str) -> Committed | StoreUnavailable:
        """Commit what the daemon itself has to say."""
        return self._tried(lambda: self.store.emit(make, at))

    def look_for_space(self, now: float) -> None:
        """See whether a store that took nothing takes something again, when no request is there to show it."""
        if not self.holdup.sentence or not self.holdup.is_due(now) or self.still_full() is not None:
            return
        if self._tried(self.store.try_out) is None:
            self._healed()

    def still_full(self) -> StoreUnavailable | None:
        """Return why nothing that begins something is stored; None when it may be tried."""
        if self._full is None or self.shortage.is_over():
            return None
        self._held_up(self._full)
        return self._full

    def end_what_waits(self, now: float) -> Committed | StoreUnavailable | None:
        """End the tasks that run when the disk has been full for too long; None when it has not."""
        if not self.shortage.must_end_tasks(now):
            return None
        committed = self.emit(end_running, now_text())
        if isinstance(committed, Committed):
            self.shortage.ended_tasks()
        return committed

    def keep_up(self, portion: Callable[[], None]) -> StoreUnavailable | None:
        """Do a portion of upkeep; return why the store did not take it, which holds nothing else up."""
        try:
            portion()
        except apsw.Error as error:
            failed = as_store_error(error, trouble_of(error) or Trouble.FATAL)
            if not isinstance(failed, StoreUnavailable):
                self.broken(failed)
            return failed
        return None

    def checkpoint(self) -> None:
        """Move the WAL's pages into the file, as far as readers allow."""
        try:
            self.checkpoints.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the file may not be trusted any more
            self.broken(error)

    def broken(self, error: Exception) -> NoReturn:
        """End at once, without closing the store: closing would write into a file that cannot be trusted."""
        get_logger().critical("the store cannot be trusted any more; the daemon ends", error=repr(error))
        leave_doubt(self.store.root)
        os._exit(BROKEN_EXIT)

    def _tried(self, act: Callable[[], T]) -> T | StoreUnavailable:
        try:
            return act()
        except StoreUnavailable as error:
            self._held_up(error)
            return error
        except StoreBroken as error:
            self.broken(error)

    def _held_up(self, error: StoreUnavailable) -> None:
        now, log = time.monotonic(), get_logger()
        if not self.holdup.sentence:
            log.error("nothing can be stored now; it is tried again", error=error.message)
        self.holdup.failed(now, f"nothing can be stored now: {error.message}; {error.remedy}")
        if error.code is ErrorCode.STORE_FULL and self.shortage.begin(now):
            self._full = error
            log.warning("the reserve was given up: only what ends something is stored until there is space")
            self.checkpoint()  # the WAL, which cannot grow, is written from its beginning again

    def _healed(self) -> None:
        if self.shortage.is_on:
            return  # what was stored came out of the reserve
        if self.holdup.sentence:
            get_logger().info("the store takes records again")
        self.holdup.healed()
