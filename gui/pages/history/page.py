"""The page HISTORY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.desk import Desk


class HistoryPage(QWidget):
    """The page HISTORY."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
