"""Draws a mark on a screen that is already drawn: a ring where it touches, a path where it swipes, a bubble it types.

Sizes are of the window, not of the phone: a mark is as large on a small picture as on a large one. A dark edge lies
below every line, so that a mark is seen on any screen. Used by screen_view.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from gui import theme, words
from gui.marks import Kind, Mark, arrow_head, placed

if TYPE_CHECKING:
    from collections.abc import Callable

_RING: Final = 15.0
_POINT: Final = 4.0
_LINE: Final = 3.0
_HEAD: Final = 13.0
_NUMBER: Final = 10.0
_EDGE: Final = QColor(0, 0, 0, 150)
_PAD: Final = 10.0


def paint_mark(painter: QPainter, mark: Mark, picture: QSize, drawn: QRectF) -> None:
    """Draw `mark` on a picture of the size `picture` that is drawn at `drawn`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if mark.kind is Kind.TEXT:
        _bubble(painter, mark.text, drawn)
    elif mark.kind is Kind.SWIPE and mark.start and mark.end:
        _swipe(painter, placed(mark.start, picture, drawn), placed(mark.end, picture, drawn))
    elif mark.start is not None:
        _TOUCHES[mark.kind](painter, placed(mark.start, picture, drawn))
    painter.restore()


def _tap(painter: QPainter, at: QPointF) -> None:
    _ring(painter, at, _RING)
    _ripple(painter, at)
    _dot(painter, at)


def _double_tap(painter: QPainter, at: QPointF) -> None:
    _ring(painter, at, _RING)
    _ring(painter, at, _RING * 0.6)
    _ripple(painter, at)
    _dot(painter, at)


def _long_press(painter: QPainter, at: QPointF) -> None:
    """Draw a ring with the hands of a clock beside it."""
    _ring(painter, at, _RING)
    _dot(painter, at)
    clock = QRectF(at.x() + _RING * 0.8, at.y() - _RING * 1.9, 18, 18)
    painter.setPen(QPen(theme.colour("mark"), 2))
    painter.setBrush(QColor(255, 255, 255, 235))
    painter.drawEllipse(clock)
    painter.drawLine(clock.center(), clock.center() - QPointF(0, 6))
    painter.drawLine(clock.center(), clock.center() + QPointF(4, 0))


def _swipe(painter: QPainter, start: QPointF, end: QPointF) -> None:
    """Draw the path with its head, its ends numbered in their order."""
    tip, left, right = arrow_head(start, end, _HEAD)
    neck = (left + right) / 2
    for colour, width in ((_EDGE, _LINE + 3), (theme.colour("mark"), _LINE)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(theme.colour("mark"))
        painter.drawLine(start, neck)
        painter.drawPolygon(QPolygonF([tip, left, right]))
    _number(painter, start, "1")
    _number(painter, end + (end - neck) * 1.1, "2")


def _bubble(painter: QPainter, text: str, drawn: QRectF) -> None:
    """Draw what is typed above the lower edge, where keyboards are."""
    painter.setFont(theme.text_font(theme.POINTS + 1, bold=True))
    metrics = QFontMetricsF(painter.font())
    said = words.one_line(text) or "“”"
    room = max(40.0, drawn.width() - 6 * _PAD)
    cut = metrics.elidedText(said, Qt.TextElideMode.ElideRight, room)
    width = metrics.horizontalAdvance(cut) + 2 * _PAD
    bubble = QRectF(drawn.center().x() - width / 2, drawn.bottom() - drawn.height() * 0.3, width, metrics.height() + 14)
    painter.setPen(QPen(_EDGE, 1))
    painter.setBrush(theme.colour("mark"))
    painter.drawRoundedRect(bubble, 8, 8)
    painter.setPen(QColor("white"))
    painter.drawText(bubble, Qt.AlignmentFlag.AlignCenter, cut)


def _ring(painter: QPainter, at: QPointF, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_EDGE, _LINE + 2), (theme.colour("mark"), _LINE)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(at, radius, radius)


def _ripple(painter: QPainter, at: QPointF) -> None:
    colour = theme.colour("mark")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for factor, alpha in ((1.5, 150), (2.0, 80)):
        colour.setAlpha(alpha)
        painter.setPen(QPen(colour, 2))
        painter.drawEllipse(at, _RING * factor, _RING * factor)


def _dot(painter: QPainter, at: QPointF) -> None:
    painter.setPen(QPen(_EDGE, 1))
    painter.setBrush(theme.colour("mark"))
    painter.drawEllipse(at, _POINT, _POINT)


def _number(painter: QPainter, at: QPointF, number: str) -> None:
    painter.setPen(QPen(QColor("white"), 2))
    painter.setBrush(theme.colour("mark"))
    painter.drawEllipse(at, _NUMBER, _NUMBER)
    painter.setPen(QColor("white"))
    painter.setFont(theme.text_font(theme.POINTS - 1, bold=True))
    place = QRectF(at.x() - _NUMBER, at.y() - _NUMBER, 2 * _NUMBER, 2 * _NUMBER)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number)


_TOUCHES: Final[dict[Kind, Callable[[QPainter, QPointF], None]]] = {
    Kind.TAP: _tap,
    Kind.DOUBLE_TAP: _double_tap,
    Kind.LONG_PRESS: _long_press,
}
