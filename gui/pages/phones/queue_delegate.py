"""How a waiting task is drawn: its text, below it what it waits for, and at the right a cross that cancels it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme
from gui.pages.phones.queue_model import HELD_ROLE, ID_ROLE, WAITS_ROLE

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel

    Index = QModelIndex | QPersistentModelIndex

_PAD: Final = 8
_CROSS: Final = 28


class QueueDelegate(QStyledItemDelegate):
    """`cancel` names the task whose cross was clicked."""

    cancel = Signal(str)

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the room of two lines."""
        return QSize(160, 2 * option.fontMetrics.height() + 2 * _PAD + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        rect: QRect = option.rect
        state = option.state
        metrics = option.fontMetrics
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.colour("selected"))
        inner = rect.adjusted(_PAD, _PAD, -_PAD - _CROSS, -_PAD)
        first = QRect(inner.left(), inner.top(), inner.width(), metrics.height())
        second = first.translated(0, metrics.height() + 2)
        for line, role, colour in (
            (first, int(Qt.ItemDataRole.DisplayRole), "text"),
            (second, WAITS_ROLE, "text" if index.data(HELD_ROLE) else "muted"),
        ):
            painter.setPen(theme.colour(colour))
            cut = metrics.elidedText(str(index.data(role)), Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), cut)
        painter.setPen(theme.colour("muted"))
        painter.drawText(_cross(rect), int(Qt.AlignmentFlag.AlignCenter), "✕")

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """Cancel where the cross is clicked."""
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            rect: QRect = option.rect
            if _cross(rect).contains(event.position().toPoint()):
                self.cancel.emit(str(index.data(ID_ROLE)))
                return True
        return super().editorEvent(event, model, option, index)


def _cross(rect: QRect) -> QRect:
    return QRect(rect.right() - _CROSS - _PAD // 2, rect.top(), _CROSS, rect.height())
