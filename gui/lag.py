"""How late the window's event loop is: measured all the time, told in the log.

A timer that should fire every 10 ms; by how much it is late is how long a click would have waited. Cheap enough to
run always, so that a stall on a person's machine can be read in `stepwell logs gui`.
"""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

from shared.logs import get_logger

_EVERY_MS: Final = 10
_TELL_AFTER: Final = 1000  # samples: each ten seconds


class LagMeter(QObject):
    """Measures, and logs p50, p99 and the worst of each ten seconds, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._late_ms: list[float] = []
        self._last = time.monotonic()
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
            )

    def _tick(self) -> None:
        now = time.monotonic()
        self._late_ms.append(max(0.0, (now - self._last) * 1000 - _EVERY_MS))
        self._last = now
        if len(self._late_ms) >= _TELL_AFTER:
            self.tell()
