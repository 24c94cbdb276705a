"""The line that shows a list being written, with Cancel; hidden otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QFrame

from gui.widgets.looks import SPACE, button, label, row

if TYPE_CHECKING:
    from gui.pages.history.list_export import ListExport


class ListExportLine(QFrame):
    """Follows one export at a time; a new one cancels the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "banner-info")
        self._export: ListExport | None = None
        self._said = label("")
        self.cancel = button(self.tr("Cancel"), tip=self.tr("Nothing of the file remains"))
        self.cancel.clicked.connect(self._cancel)
        row(self, self._said, None, self.cancel, margin=SPACE)
        self.hide()

    def follow(self, export: ListExport) -> None:
        """Show how an export gets on, until it ends."""
        self._cancel()
        self._export = export
        export.progress.connect(self._show)
        export.finished.connect(self._over)
        self._show(export.count)
        self.show()

    def _show(self, count: int) -> None:
        told = self.tr("Writing the list: %1 tasks so far…")
        self._said.setText(told.replace("%1", QLocale().toString(count)))

    def _over(self, _sentence: str, _is_error: bool) -> None:
        self._export = None
        self.hide()

    def _cancel(self) -> None:
        if self._export is not None:
            self._export.cancel()
