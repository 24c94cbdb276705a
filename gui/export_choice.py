"""Where an export shall go: a small dialog (folder or .zip), then the desktop's own file dialog. Nothing waits.

Made by whoever wants runs exported (HISTORY, RUN): `ExportChoice(desk, ids, parent).open()`. What it begins is in
`desk.exports`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QRadioButton, QWidget

from gui.widgets.looks import MARGIN, SPACE, button, column, label, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gui.desk import Desk

_SHORT_ID = 8


class ExportChoice(QDialog):
    """See the head of this file."""

    def __init__(self, desk: Desk, session_ids: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._ids = list(session_ids)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export %n run(s)", "", len(self._ids)))
        what = self.tr(
            "A report that opens in any browser, the steps as JSON lines, and the pictures. Keys are masked."
        )
        self.folder = QRadioButton(self.tr("A folder") if len(self._ids) == 1 else self.tr("A folder for each run"))
        self.zip = QRadioButton(self.tr("A .zip file") if len(self._ids) == 1 else self.tr("A .zip file for each run"))
        self.folder.setChecked(True)
        said = label(what, "muted", wrap=True)
        said.setMinimumWidth(380)
        self.go_on = button(self.tr("Choose where…"), "primary")
        self.go_on.setDefault(True)
        cancel = button(self.tr("Cancel"))
        self.go_on.clicked.connect(self._choose)
        cancel.clicked.connect(self.close)
        buttons = row(None, None, cancel, self.go_on)
        column(self, said, self.folder, self.zip, buttons, margin=MARGIN, space=SPACE + 4)

    def take(self, chosen: str) -> None:
        """Begin the export to what was chosen: the folder around it, or the name of a .zip."""
        single_zip = self.zip.isChecked() and len(self._ids) == 1
        target = Path(chosen) if single_zip else Path(chosen) / _free_name(Path(chosen), self._name())
        if single_zip and target.suffix.lower() != ".zip":
            target = target.with_name(f"{target.name}.zip")
        self._desk.exports.start(
            self._ids,
            target,
            as_zip=self.zip.isChecked(),
            overwrite=single_zip,  # the file dialog has asked
            language=self._desk.language,
        )
        self.close()

    def _choose(self) -> None:
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self.windowTitle(), place)
        if self.zip.isChecked() and len(self._ids) == 1:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setNameFilter("ZIP (*.zip)")
            dialog.setDefaultSuffix("zip")
            dialog.selectFile(f"{self._name()}.zip")
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def _name(self) -> str:
        if len(self._ids) == 1:
            return f"stepwell-{self._ids[0][:_SHORT_ID]}"
        return f"stepwell-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _free_name(folder: Path, name: str) -> str:
    """Return `name`, or `name-2` and so on when there is such a thing already: nothing of a person is overwritten."""
    found, number = name, 1
    while (folder / found).exists():
        number += 1
        found = f"{name}-{number}"
    return found
