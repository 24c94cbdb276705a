"""Whether a silent process is at work on its disk: then it is slow, not hung."""

from __future__ import annotations

import psutil


class DiskUse:
    """Remembers what was read and written last time, a pid at a time."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int]] = {}

    def is_used(self, pid: int) -> bool:
        """Tell whether the process read or wrote since it was asked about last, or waits for its disk now."""
        try:
            process = psutil.Process(pid)
            counters = process.io_counters()
            waits = process.status() == psutil.STATUS_DISK_SLEEP
        except psutil.Error:
            return False
        now = (
            counters.read_bytes,
            counters.write_bytes,
        )  # of the disk; the counts would include sockets and pipes
        before = self._seen.get(pid)
        self._seen = {pid: now}
        return waits or (before is not None and before != now)
