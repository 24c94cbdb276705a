"""Asks whether a model's endpoint answers, in a child process (`python -P -m worker model`), and says so in words.

The profile and a typed key go to the child's stdin, never into its arguments. Nothing here waits. Owned by whoever
shows the answer: the list of profiles, the dialog of one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, QProcess, QTimer, Signal

if TYPE_CHECKING:
    from pathlib import Path

    from shared.settings import ModelProfile

COMMAND: Final = (sys.executable, "-P", "-m", "worker", "model")
_PATIENCE_MS: Final = 15_000  # the child itself gives up after five seconds
_FOUND: Final = 300


class ModelCheck(QObject):
    """`told` comes once for each `ask`: a sentence, and whether the endpoint answers."""

    told = Signal(str, bool)

    def __init__(self, home: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._home = home
        self._url = ""
        self._process: QProcess | None = None
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(self._too_late)
        self.destroyed.connect(self._timer.stop)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is waited for."""
        return self._process is not None

    def ask(self, name: str, profile: ModelProfile, api_key: str) -> None:
        """Begin; a question that is still open is given up."""
        self.cancel()
        self._url = profile.base_url
        asked = {"name": name, "profile": msgspec.to_builtins(profile), "api_key": api_key}
        process = QProcess(self)
        self._process = process
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._could_not)
        process.start(COMMAND[0], [*COMMAND[1:], "--home", str(self._home)])
        process.write(msgspec.json.encode(asked))
        process.closeWriteChannel()
        self._timer.start()

    def cancel(self) -> None:
        """Give the question up; nothing is told."""
        process, self._process = self._process, None
        self._timer.stop()
        if process is not None:
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._could_not)
            process.finished.connect(process.deleteLater)
            process.kill()

    def _finished(self, _code: int, _status: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        self._timer.stop()
        if process is None:
            return
        said = bytes(process.readAllStandardOutput().data())
        process.deleteLater()
        try:
            check = msgspec.json.decode(said)
            ok, found = check["ok"] is True, str(check["found"])
        except (msgspec.DecodeError, KeyError, TypeError):
            self.told.emit(self.tr("The check itself failed; see `stepwell doctor`."), False)
            return
        found = found.removeprefix(self._url).strip()[:_FOUND]
        told = self.tr("The endpoint is there: %1") if ok else self.tr("It cannot be used: %1")
        self.told.emit(told.replace("%1", found), ok)

    def _could_not(self, _error: QProcess.ProcessError) -> None:
        if self._process is not None and self._process.state() == QProcess.ProcessState.NotRunning:
            self.cancel()
            self.told.emit(self.tr("The check could not be started."), False)

    def _too_late(self) -> None:
        self.cancel()
        self.told.emit(self.tr("No answer in time."), False)
