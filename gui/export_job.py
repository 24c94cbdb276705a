"""Exports of runs, each a child process of the window: it reads the store beside the daemon and writes the files.

The child is `python -P -m persistence_daemon export`; the lines that it prints stand at the head of
`persistence_daemon/export/verb.py`. Nothing here waits: QProcess reports by signals. One object for the window
(`desk.exports`), so that an export goes on while pages are built anew. Shown by export_strip.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QProcess, Signal

from shared.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.paths import Home
    from shared.settings import Language

_KILL_AFTER_MS: Final = 3000  # a cancelled export removes what it wrote; then it has had its time
_LINE_BYTES: Final = 1 << 20  # a line longer than this is none of ours
COMMAND: Final = (sys.executable, "-P", "-m", "persistence_daemon", "export")


class ExportJob(QObject):
    """One export. `state` is running, cancelling, done, failed or cancelled; `told` is the reason of a failure.

    `done` of `total` steps of run `run` of `runs`; `warnings` are sentences; `path` is what was written.
    """

    changed = Signal()

    def __init__(self, command: Sequence[str], target: Path, count: int, parent: QObject) -> None:
        super().__init__(parent)
        self.target = target
        self.path: Path | None = None
        self.state = "running"
        self.told = ""
        self.run, self.runs = 0, count
        self.done, self.total = 0, 0
        self.steps = 0
        self.warnings: list[str] = []
        self._part = b""
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._could_not)
        self._process.start(command[0], list(command[1:]))

    @property
    def is_over(self) -> bool:
        """Whether nothing runs any more."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def part(self) -> float:
        """How much of it is done, 0 to 1."""
        of_run = self.done / self.total if self.total else 0.0
        return min(1.0, (max(0, self.run - 1) + of_run) / max(1, self.runs))

    @property
    def folder(self) -> Path:
        """The folder in which the result lies."""
        found = self.path or self.target
        return found.parent if self.runs > 1 or found.suffix == ".zip" else found

    def cancel(self) -> None:
        """Ask the child to end; it takes away what it has written of the run under way."""
        if self.is_over:
            return
        self.state = "cancelling"
        self._process.terminate()
        self.startTimer(_KILL_AFTER_MS)
        self.changed.emit()

    def kill(self) -> None:
        """End the child at once: the window ends."""
        self._process.finished.disconnect(self._finished)
        self._process.errorOccurred.disconnect(self._could_not)
        self._process.kill()
        self._process.waitForFinished(_KILL_AFTER_MS)
        self.state = "cancelled"

    def timerEvent(self, _event: object) -> None:
        """End a child that did not end when it was asked to."""
        if not self.is_over:
            self._process.kill()

    def _read(self) -> None:
        *lines, self._part = (self._part + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        self._part = self._part[-_LINE_BYTES:]
        for line in lines:
            self._take(line)
        self.changed.emit()

    def _read_errors(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        if text:
            get_logger().warning("an export wrote to stderr", text=text[-4000:])

    def _take(self, line: bytes) -> None:
        try:
            said: Any = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            get_logger().warning("an export said what is no JSON object", line=line[:200].decode("utf-8", "replace"))
            return
        kind = said.get("kind")
        if kind == "progress":
            self.run, self.runs = _whole(said, "run"), max(1, _whole(said, "runs"))
            self.done, self.total = _whole(said, "done"), _whole(said, "total")
        elif kind == "exported":
            self.path = Path(str(said.get("path", self.target)))
        elif kind == "warning":
            self.warnings.append(str(said.get("message", "")))
        elif kind == "result":
            self.steps, self.runs = _whole(said, "steps"), _whole(said, "runs")
        elif kind == "error":
            self.told = ": ".join(filter(None, (str(said.get("message", "")), str(said.get("remedy", "")))))

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        if self.state == "cancelling":
            self.state = "cancelled"
        elif code == 0 and status == QProcess.ExitStatus.NormalExit:
            self.state = "done"
        else:
            self.state = "failed"
            self.told = self.told or self.tr("the export ended before it was done (code %1)").replace("%1", str(code))
        self.changed.emit()

    def _could_not(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.state = "failed"
            self.told = self._process.errorString()
            self.changed.emit()


class ExportJobs(QObject):
    """All exports of this window, the newest last. `changed` comes when one was added, moved on or went away."""

    changed = Signal()

    def __init__(self, home: Home, command: Sequence[str] = COMMAND) -> None:
        super().__init__()
        self._home = home
        self._command = command
        self.jobs: list[ExportJob] = []

    def start(
        self, session_ids: Sequence[str], target: Path, *, as_zip: bool, overwrite: bool, language: Language
    ) -> ExportJob:
        """Export one run to `target` (a .zip when its name ends so), or several into the folder `target`."""
        command = [*self._command, "--home", str(self._home.root), "--to", str(target), "--language", language]
        command += ["--zip"] if as_zip else []
        command += ["--overwrite"] if overwrite else []
        job = ExportJob([*command, "--", *session_ids], target, len(session_ids), self)
        job.changed.connect(self.changed)
        self.jobs.append(job)
        self.changed.emit()
        return job

    def dismiss(self, job: ExportJob) -> None:
        """Show an export no longer, once it is over."""
        if job.is_over and job in self.jobs:
            self.jobs.remove(job)
            job.deleteLater()
            self.changed.emit()

    def close(self) -> None:
        """End what still runs; a run that is not whole leaves nothing that looks whole."""
        for job in self.jobs:
            if not job.is_over:
                job.kill()


def _whole(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) and value >= 0 else 0
