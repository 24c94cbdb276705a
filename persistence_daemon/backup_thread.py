"""The backups that the daemon takes by itself, one at a time, in a thread beside the loop.

Called by server.py: `begin` when there is a reason, `look` at each quiet turn. A backup that fails is told in the log
and tried again at the next look; nothing else depends on it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from persistence_daemon.backup import take_backup
from persistence_daemon.log_thinning import thin_log
from persistence_daemon.schedule import Schedule, thin
from persistence_daemon.times import now_text
from shared.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.paths import Home

_GIB: Final = 1 << 30


class BackupThread:
    """Takes the home's own backups. `sync_log` makes the event log durable: before that no backup is listed.

    `budget_gib` tells how much space all of them may take, as the settings say it at the moment.
    """

    def __init__(self, home: Home, sync_log: Callable[[], None], budget_gib: Callable[[], float]) -> None:
        self._home = home
        self._sync_log = sync_log
        self._budget_gib = budget_gib
        self._schedule = Schedule(home, time.monotonic())
        self._thread: threading.Thread | None = None

    def look(self, timeline: str, seq: int) -> None:
        """Begin the hourly backup when it is due, of a store that stands at `seq` of `timeline`."""
        if self._schedule.is_due(time.monotonic(), timeline, seq):
            self.begin("hourly")

    def begin(self, reason: str) -> None:
        """Begin a backup, unless one is under way."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._take, args=(reason,), daemon=True)
            self._thread.start()

    def _take(self, reason: str) -> None:
        log = get_logger()
        try:
            taken = take_backup(self._home, reason, now_text(), self._sync_log)
            log.info("a backup was taken", name=taken.name, reason=reason)
            log.info("backups were thinned", removed=thin(self._home, int(self._budget_gib() * _GIB)))
            log.info("the event log was thinned", removed=thin_log(self._home, taken.timeline))
        except Exception:
            log.exception("a backup could not be taken, or what is older not be thinned")
