"""Stepwell's sign: steps that go down to a drop of water, drawn in any size. Used for the window and the tray."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QLinearGradient, QPainter, QPixmap, QPolygonF

_SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256)
_TOP: Final = "#2f74ea"
_BOTTOM: Final = "#153f92"
_STEPS: Final = "#ffffff"
_WATER: Final = "#7fd4ff"
# The outline of three steps that go down to the right, in a square of side 1.
_OUTLINE: Final = (
    (0.18, 0.24), (0.38, 0.24), (0.38, 0.42), (0.56, 0.42), (0.56, 0.60), (0.74, 0.60), (0.74, 0.80), (0.18, 0.80),
)  # fmt: skip


def app_icon(*, attention: bool = False) -> QIcon:
    """Return the icon; with `attention` it has a dot that says that a person is needed."""
    icon = QIcon()
    for size in _SIZES:
        icon.addPixmap(_drawn(size, attention=attention))
    return icon


def _drawn(size: int, *, attention: bool) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.scale(size, size)
    ground = QLinearGradient(0, 0, 0, 1)
    ground.setColorAt(0, QColor(_TOP))
    ground.setColorAt(1, QColor(_BOTTOM))
    painter.setBrush(QBrush(ground))
    painter.drawRoundedRect(QRectF(0.02, 0.02, 0.96, 0.96), 0.22, 0.22)
    painter.setBrush(QColor(_STEPS))
    painter.drawPolygon(QPolygonF([QPointF(*point) for point in _OUTLINE]))
    painter.setBrush(QColor(_WATER))
    painter.drawEllipse(QPointF(0.70, 0.33), 0.105, 0.105)
    if attention:
        painter.setBrush(QColor("#e5484d"))
        painter.drawEllipse(QPointF(0.82, 0.18), 0.17, 0.17)
    painter.end()
    return pixmap
