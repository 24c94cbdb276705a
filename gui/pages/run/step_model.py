"""The steps of a run as a Qt model: a row for each number, filled when its page has come.

The rows come from a RunReader; row 0 is step 1. Nothing is copied: the model asks the reader's pages. Used by
step_list.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from gui.action_words import said
from gui.pages.run import says

if TYPE_CHECKING:
    from gui.pages.run.reader import RunReader

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE: Final = Qt.ItemDataRole.UserRole  # the StepRow, or None
GAP_ROLE: Final = Qt.ItemDataRole.UserRole + 1  # whether it is known that there is no such step


class StepModel(QAbstractListModel):
    """See the head of this file."""

    def __init__(self, reader: RunReader) -> None:
        super().__init__()
        self._reader = reader
        self._count = reader.pages.count
        reader.grown.connect(self._grown)
        reader.rows_read.connect(self._read)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many steps the run has."""
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a step's row, its action in words, or a sentence about it."""
        if not index.isValid() or index.row() >= self._count:
            return None
        number = index.row() + 1
        if role == GAP_ROLE:
            return self._reader.pages.is_gap(number)
        if role not in (ROW_ROLE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self._reader.row(number)
        if role == ROW_ROLE:
            return row
        if row is None:
            return self.tr("Step %1").replace("%1", str(number))
        return says.spoken(row) if role == Qt.ItemDataRole.AccessibleTextRole else said(row)

    def _grown(self, count: int) -> None:
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()

    def _read(self, first: int, last: int) -> None:
        last = min(last, self._count)
        if first <= last:
            self.dataChanged.emit(self.index(first - 1), self.index(last - 1))
