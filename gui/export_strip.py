"""The strip that shows exports while they run and what came of them: progress, Cancel, Open folder. Never modal.

At the lower edge of the window; hidden while there is nothing to show. A line for each export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import SPACE, button, column, restyle, row

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.export_job import ExportJob, ExportJobs

_SHARES = 1000


class ExportStrip(QWidget):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._exports = desk.exports
        self._lines: dict[ExportJob, ExportLine] = {}
        self._column = column(self, margin=0, space=4)
        desk.exports.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        jobs = self._exports.jobs
        for job in [old for old in self._lines if old not in jobs]:
            self._lines.pop(job).deleteLater()
        for job in jobs:
            if job not in self._lines:
                self._lines[job] = ExportLine(self._exports, job)
                self._column.addWidget(self._lines[job])
            self._lines[job].show_job()
        self._column.setContentsMargins(*([SPACE] * 4 if jobs else [0] * 4))
        self.setVisible(bool(jobs))


class ExportLine(QFrame):
    """One export."""

    def __init__(self, exports: ExportJobs, job: ExportJob) -> None:
        super().__init__()
        self._exports = exports
        self._job = job
        self._said = ElidedLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, _SHARES)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName(self.tr("Progress of the export"))
        self.cancel = button(self.tr("Cancel"), tip=self.tr("End this export; nothing half-done remains"))
        self.cancel.clicked.connect(job.cancel)
        self.open = button(self.tr("Open folder"))
        self.open.clicked.connect(self._open)
        self.away = button("✕", "quiet", name=self.tr("Close this line"))
        self.away.clicked.connect(self._dismiss)
        layout = row(self, self._said, self.bar, self.open, self.cancel, self.away, margin=SPACE)
        layout.setStretch(0, 1)

    @property
    def text(self) -> str:
        """What the line says."""
        return self._said.text()

    def show_job(self) -> None:
        """Show how it stands."""
        job = self._job
        restyle(self, "look", "banner-bad" if job.state == "failed" else "banner-info")
        self._said.setText(self._sentence())
        self._said.setToolTip("\n".join([self._sentence(), *job.warnings]))
        self.bar.setValue(int(job.part * _SHARES))
        self.bar.setVisible(not job.is_over)
        self.cancel.setVisible(not job.is_over)
        self.cancel.setEnabled(job.state == "running")
        self.open.setVisible(job.state == "done")
        self.away.setVisible(job.is_over)

    def _sentence(self) -> str:
        job = self._job
        name = job.target.name
        texts = {
            "running": self.tr("Exporting %1: step %2 of %3")
            if job.total
            else self.tr("Exporting %1: reading the steps…"),
            "cancelling": self.tr("Cancelling the export of %1…"),
            "cancelled": self.tr("The export of %1 was cancelled; nothing half-done remains."),
            "failed": self.tr("%1 was not exported: %4"),
            "done": self.tr("Exported to %5"),
        }
        told = texts[job.state].replace("%2", str(job.done)).replace("%3", str(job.total))
        if job.state == "running" and job.runs > 1:
            told += " · " + self.tr("run %1 of %2").replace("%1", str(max(1, job.run))).replace("%2", str(job.runs))
        if job.state == "done" and job.warnings:
            told += " · " + self.tr("%n warning(s)", "", len(job.warnings))
        where = job.target if job.runs > 1 else job.path or job.target
        return told.replace("%1", name).replace("%4", job.told).replace("%5", str(where))

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._job.folder)))

    def _dismiss(self) -> None:
        self._exports.dismiss(self._job)
