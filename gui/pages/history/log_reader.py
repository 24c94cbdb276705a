"""Reads the log files beside the window's thread: first their ends, then what is added, a few times a second.

Each reading is a job of Qt's global thread pool, one at a time, so that nothing has to be waited for when the window
is built anew. What was read is handed on in small batches, one a turn of the event loop. Called by logs_tab.py.
"""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
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
    lines = Signal(object)  # list[Line]


class _Files:
    """The open files, used by one job at a time and ended by the window's thread, which must not wait for the job."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._follower: LogFollower | None = None
        self._lock = threading.Lock()
        self._ended = False

    def read(self) -> list[Line]:
        """Return what was written since the last call; at the first one the ends of all files. May raise OSError."""
        with self._lock:
            if self._follower is not None:
                lines = self._follower.poll()
            else:
                self._follower = LogFollower(self._folder)
                lines = self._follower.tail(LINES_MAX)
        if self._ended:
            self.end()
        return lines

    def end(self) -> None:
        """Close the files: now, or when the job that reads them has done so."""
        self._ended = True
        if self._lock.acquire(blocking=False):
            if self._follower is not None:
                self._follower.close()
            self._lock.release()


class _Job(QRunnable):
    """Reads once."""

    def __init__(self, files: _Files, read: _Read) -> None:
        super().__init__()
        self._files = files
        self._read = read

    def run(self) -> None:
        """Read; files that cannot be read are tried again at the next look."""
        lines: list[Line] = []
        try:
            lines = self._files.read()
        except OSError as error:
            get_logger().warning("the logs could not be read", error=str(error))
        self._read.lines.emit(lines)


class LogReader(QObject):
    """`lines` carries a batch. It reads from `go_on` until `rest`."""

    lines = Signal(object)  # list[Line]

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._files = _Files(folder)
        self.destroyed.connect(partial(self._files.end))  # a bound method would not keep the files
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
            QThreadPool.globalInstance().start(_Job(self._files, self._read))

    def _take(self, lines: list[Line]) -> None:
        self._busy = False
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
