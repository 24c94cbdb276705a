"""A phone's newest picture in a tile, in a frame of a phone's form; a plain ground while there is none."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

WIDTH = 90
HEIGHT = 184
_RADIUS = 8


class Thumb(QWidget):
    """See the head of this file."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Newest screen"))

    def show_picture(self, pixmap: QPixmap) -> None:
        """Show another picture; a null one is no picture."""
        self._pixmap = pixmap
        self.update()

    def wanted_height(self) -> int:
        """Return the height in which the picture is asked for, in device pixels."""
        return int(HEIGHT * self.devicePixelRatioF())

    def sizeHint(self) -> QSize:
        """Return the room of a phone's screen."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture as large as it fits, and its frame."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if not self._pixmap.isNull():
            size = self._pixmap.deviceIndependentSize().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            room = QRectF(room.center().x() - size.width() / 2, room.top(), size.width(), size.height())
        form = QPainterPath()
        form.addRoundedRect(room, _RADIUS, _RADIUS)
        painter.fillPath(form, theme.colour("idle_soft"))
        if self._pixmap.isNull():
            painter.setPen(theme.colour("muted"))
            told = self.tr("no picture yet")
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), told)
        else:
            painter.setClipPath(form)
            painter.drawPixmap(room, self._pixmap, QRectF(self._pixmap.rect()))
            painter.setClipping(False)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawPath(form)
