"""A status light: a name and a dot whose form also differs (full, ring, cross), so that colour is not the only sign."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

_DOT = 9
_GAP = 6


class StatusLight(QWidget):
    """`show_state` says how it is (ok, warn, bad, idle) and why, in the tool tip and to screen readers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._kind = "idle"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state("idle", "")

    def show_state(self, kind: str, why: str) -> None:
        """Show how it is."""
        self._kind = kind
        self.setToolTip(why)
        self.setAccessibleName(f"{self._name}: {why or kind}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for name and dot."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._name) + _GAP + _DOT + 4, metrics.height() + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name and dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("muted"))
        middle = self.height() / 2
        painter.drawText(0, int(middle + self.fontMetrics().ascent() / 2 - 1), self._name)
        dot = QRectF(self.width() - _DOT - 2, middle - _DOT / 2, _DOT, _DOT)
        colour = theme.colour("muted" if self._kind == "idle" else self._kind)
        painter.setPen(QPen(colour, 2))
        if self._kind == "bad":
            painter.drawLine(dot.topLeft(), dot.bottomRight())
            painter.drawLine(QPointF(dot.left(), dot.bottom()), QPointF(dot.right(), dot.top()))
            return
        if self._kind == "ok":
            painter.setBrush(colour)
        painter.drawEllipse(dot)
