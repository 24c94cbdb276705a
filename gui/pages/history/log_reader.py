"""Reads the log files beside the window's thread: first their ends, then what is added, a few times a second.

Each reading is a job of Qt's global thread pool, one at a time, so that nothing has to be waited for when the window
is built anew. What was read is handed on in small batches, one a turn of the event loop. Called by logs_tab.py.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from gui.pages.history.log_model import LINES_MAX
from shared.log_files import Line, LogFollower
from shared.logs import get_logger

if TYPE_CHECKING:
    from pathlib import Path

_LOOK_MS: Final = 300
_HAND_OVER_MS: Final = 15
_BATCH: Final = 400  # lines that the model takes in a few milliseconds


class _Read(QObject):
    lines = Signal(object, object)  # the follower (None: there is none), and a list of lines


class _Job(QRunnable):
    """Reads once; the first one also makes the follower."""

    def __init__(self, folder: Path, follower: LogFollower | None, read: _Read) -> None:
        super().__init__()
        self._folder = folder
        self._follower = follower
        self._read = read

    def run(self) -> None:
        """Read; files that cannot be read are tried again at the next look."""
        lines: list[Line] = []
        try:
            if self._follower is None:
                self._follower = LogFollower(self._folder)
                lines = self._follower.tail(LINES_MAX)
            else:
                lines = self._follower.poll()
        except OSError as error:
            get_logger().warning("the logs could not be read", error=str(error))
        self._read.lines.emit(self._follower, lines)


class LogReader(QObject):
    """`lines` carries a batch. It reads from `go_on` until `rest`."""

    lines = Signal(object)  # list[Line]

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = folder
        self._follower: LogFollower | None = None
        self._waiting: deque[Line] = deque()
        self._busy = False
        self._read = _Read()
        self._read.lines.connect(self._take)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._start)
        self._hand_over = QTimer(self, interval=_HAND_OVER_MS)
        self._hand_over.timeout.connect(self._give)

    def go_on(self) -> None:
        """Read now, and then again and again."""
        self._look.start()
        self._start()

    def rest(self) -> None:
        """Read no more until `go_on`."""
        self._look.stop()

    def _start(self) -> None:
        if not self._busy and not self._waiting:
            self._busy = True
            QThreadPool.globalInstance().start(_Job(self._folder, self._follower, self._read))

    def _take(self, follower: LogFollower | None, lines: list[Line]) -> None:
        self._follower, self._busy = follower, False
        self._waiting.extend(lines)
        if self._waiting:
            self._hand_over.start()

    def _give(self) -> None:
        batch = list(islice(self._waiting, _BATCH))
        for _ in batch:
            self._waiting.popleft()
        if not self._waiting:
            self._hand_over.stop()
        if batch:
            self.lines.emit(batch)
