"""How late the window's event loop is: measured all the time, told in the log.

A timer that should fire every 10 ms; by how much it is late is how long a click would have waited. Beside it stands
what the window's own thread computed in between: a stall beyond that is of other processes, or of the screen. Cheap
enough to run always, so that a stall on a person's machine can be read in `stepwell logs gui`.
"""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

from shared.logs import get_logger

_EVERY_MS: Final = 10
_TELL_AFTER: Final = 1000  # samples: each ten seconds


class LagMeter(QObject):
    """Measures, and logs p50, p99 and the worst of each ten seconds, in milliseconds.

    `cpu_max_ms` is the most CPU that the window's own thread took between two ticks.
    """

    def __init__(self) -> None:
        super().__init__()
        self._late_ms: list[float] = []
        self._cpu_max_ms = 0.0
        self._last, self._last_cpu = time.monotonic(), time.thread_time()
        self._timer = QTimer(self, interval=_EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def tell(self) -> None:
        """Log what was measured since the last time, and begin anew."""
        late = sorted(self._late_ms)
        self._late_ms.clear()
        if late:
            get_logger().info(
                "event loop lag",
                samples=len(late),
                p50_ms=round(late[len(late) // 2], 2),
                p99_ms=round(late[len(late) * 99 // 100], 2),
                max_ms=round(late[-1], 2),
                cpu_max_ms=round(self._cpu_max_ms, 2),
            )
        self._cpu_max_ms = 0.0

    def _tick(self) -> None:
        now, cpu = time.monotonic(), time.thread_time()
        self._late_ms.append(max(0.0, (now - self._last) * 1000 - _EVERY_MS))
        self._cpu_max_ms = max(self._cpu_max_ms, (cpu - self._last_cpu) * 1000)
        self._last, self._last_cpu = now, cpu
        if len(self._late_ms) >= _TELL_AFTER:
            self.tell()
