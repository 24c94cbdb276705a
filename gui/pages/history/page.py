"""The page HISTORY: everything that is stored, to be found, judged, exported and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui.pages.history.data_storage import DataStorageWidget
from gui.widgets.looks import SPACE, column

if TYPE_CHECKING:
    from gui.desk import Desk


class HistoryPage(QWidget):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.storage = DataStorageWidget(desk)
        self.storage.currentChanged.connect(self._let_keys_work)
        self._let_keys_work()
        column(self, self.storage, margin=SPACE)

    def _let_keys_work(self) -> None:
        self.setFocusProxy(self.storage.content)
