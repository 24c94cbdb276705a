"""Draws a step in the list: its picture, number, action in words, what became of it, how long it took.

Draws only what is there: a picture that has not been loaded yet is a grey field. Used by step_list.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPalette, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme, words
from gui.action_words import said
from gui.marks import fitted
from gui.pages.run import says
from gui.pages.run.step_model import GAP_ROLE, ROW_ROLE
from gui.widgets.badge import paint_badge

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from shared.messages import StepRow

ROW_HEIGHT: Final = 64
_PAD: Final = 8
_THUMB_WIDTH: Final = 36


class StepDelegate(QStyledItemDelegate):
    """`thumbnail` gives a step's small picture, a null one when it is not loaded."""

    def __init__(self, thumbnail: Callable[[int], QPixmap]) -> None:
        super().__init__()
        self._thumbnail = thumbnail
        self._bold = theme.text_font(bold=True)
        self._small = theme.text_font(theme.POINTS - 1)
        self._badge = theme.text_font(theme.POINTS - 1.5, bold=True)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height that every row has."""
        return QSize(200, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rect: QRect = option.rect
        self._ground(painter, rect, option)
        row: StepRow | None = index.data(ROW_ROLE)
        number = index.row() + 1
        self._picture(painter, rect, number)
        text = rect.adjusted(2 * _PAD + _THUMB_WIDTH, _PAD, -_PAD, -_PAD)
        if row is None:
            self._not_here(painter, text, number, is_gap=bool(index.data(GAP_ROLE)))
        else:
            self._first_line(painter, text, row)
            self._second_line(painter, text, row)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, option.palette.color(QPalette.ColorRole.Highlight))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.colour("accent"))
        painter.setPen(theme.colour("line"))
        painter.drawLine(rect.left() + _PAD, rect.bottom(), rect.right() - _PAD, rect.bottom())

    def _picture(self, painter: QPainter, rect: QRect, number: int) -> None:
        room = QRectF(rect.left() + _PAD, rect.top() + 5, _THUMB_WIDTH, ROW_HEIGHT - 10)
        pixmap = self._thumbnail(number)
        place = room if pixmap.isNull() else fitted(pixmap.deviceIndependentSize(), room)
        path = QPainterPath()
        path.addRoundedRect(place, 4, 4)
        painter.fillPath(path, theme.colour("raised"))
        if not pixmap.isNull():
            painter.setClipPath(path)
            painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
            painter.setClipping(False)

    def _not_here(self, painter: QPainter, text: QRect, number: int, *, is_gap: bool) -> None:
        said = self.tr("Step %1 is not in the store") if is_gap else self.tr("Step %1 …")
        painter.setFont(self._small)
        painter.setPen(theme.colour("muted"))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, said.replace("%1", str(number)))

    def _first_line(self, painter: QPainter, text: QRect, row: StepRow) -> None:
        number = f"{row.step_num}"
        metrics = QFontMetrics(self._small)
        room = metrics.horizontalAdvance(number) + _PAD
        line = QRect(text.left(), text.top(), text.width(), text.height() // 2)
        painter.setFont(self._small)
        painter.setPen(theme.colour("muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, number)
        line.setLeft(line.left() + room)
        painter.setFont(self._bold)
        painter.setPen(theme.colour("text"))
        action = QFontMetrics(self._bold).elidedText(said(row), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, action)

    def _second_line(self, painter: QPainter, text: QRect, row: StepRow) -> None:
        top = text.top() + text.height() // 2
        word = words.outcome_word(row.outcome)
        metrics = QFontMetrics(self._badge)
        badge = QRectF(text.left(), top + 3, metrics.horizontalAdvance(word) + 16, metrics.height() + 4)
        painter.setFont(self._badge)
        paint_badge(painter, badge, word, words.outcome_kind(row.outcome))
        rest = QRectF(QPointF(badge.right() + _PAD, badge.top()), QPointF(text.right(), badge.bottom()))
        painter.setFont(self._small)
        painter.setPen(theme.colour("muted"))
        parts = [
            words.short_seconds(row.execution_time),
            words.clock(row.started_at, with_date=False),
            *says.remarks(row),
        ]
        line = " · ".join(part for part in parts if part)
        cut = QFontMetrics(self._small).elidedText(line, Qt.TextElideMode.ElideRight, int(rest.width()))
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, cut)
