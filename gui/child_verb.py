"""A verb of another process, run beside the window: started at once, its output handed over when it has ended.

Nothing waits: QProcess reports by signals. For short verbs whose whole output is wanted at their end (`doctor`,
`verify`). Its owner is its parent, so it ends with the widget that asked for it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from shared.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Sequence

_OUTPUT_MAX: Final = 4 << 20  # bytes; more than any verb says, and what a broken one may fill
_LIMIT_MS: Final = 300_000  # verifying a large store takes minutes; a verb that hangs is ended


class ChildVerb(QObject):
    """Runs `python -P -m MODULE ARGUMENTS`, one at a time; `ended` tells the exit code (-1: none) and its output."""

    ended = Signal(int, bytes)

    def __init__(self, module: str, arguments: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._arguments = ["-P", "-m", module, *arguments]
        self._process = QProcess(self)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._limit = QTimer(self, singleShot=True, interval=_LIMIT_MS)
        self._limit.timeout.connect(self._process.kill)

    @property
    def is_running(self) -> bool:
        """Whether the verb is at work."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self) -> None:
        """Start it, unless it is at work."""
        if not self.is_running:
            self._limit.start()
            self._process.start(sys.executable, self._arguments)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._limit.stop()
        said = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        if said:
            get_logger().warning("a verb wrote to stderr", verb=self._arguments[2], text=said[-4000:])
        output = bytes(self._process.readAllStandardOutput().data())[:_OUTPUT_MAX]
        self.ended.emit(code if status == QProcess.ExitStatus.NormalExit else -1, output)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._limit.stop()
            get_logger().error("a verb could not be started", verb=self._arguments[2], why=self._process.errorString())
            self.ended.emit(-1, b"")
