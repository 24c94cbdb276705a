"""A grid that flows: as many columns as the width has room for, all of one width. Used by the tiles of PHONES."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from gui.widgets.looks import MARGIN


class FlowGrid(QLayout):
    """Tiles of at least `least` and at most `most` pixels' width."""

    def __init__(self, owner: QWidget, least: int, most: int) -> None:
        super().__init__(owner)
        self._items: list[QLayoutItem] = []
        self._least = least
        self._most = most
        self.setContentsMargins(0, 0, 0, 0)

    @property
    def columns(self) -> int:
        """How many columns there are at the present width."""
        return self._columns(self.geometry().width())

    def addItem(self, item: QLayoutItem) -> None:
        """Add a tile at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return the number of tiles."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # Qt wants None beyond the end
        """Return a tile's item."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take a tile out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Take no more room than the tiles need."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Say that the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows at a width."""
        rows = -(-len(self._items) // self._columns(width))
        return max(0, rows * (self._height() + MARGIN) - MARGIN)

    def sizeHint(self) -> QSize:
        """Return the size of one column."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the size of one tile."""
        return QSize(self._least, self._height())

    def setGeometry(self, rect: QRect) -> None:
        """Put each tile in its place."""
        super().setGeometry(rect)
        columns = self._columns(rect.width())
        width = min(self._most, (rect.width() - (columns - 1) * MARGIN) // columns)
        height = self._height()
        for number, item in enumerate(self._items):
            row, column = divmod(number, columns)
            x, y = rect.x() + column * (width + MARGIN), rect.y() + row * (height + MARGIN)
            item.setGeometry(QRect(x, y, width, height))

    def _columns(self, width: int) -> int:
        return max(1, (width + MARGIN) // (self._least + MARGIN))

    def _height(self) -> int:
        return max((item.sizeHint().height() for item in self._items), default=0)
