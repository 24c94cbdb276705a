"""A word on a coloured ground: a state, an outcome. Colour is never the only sign: the word stands there too."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

_PAD_X = 9
_PAD_Y = 3


class Badge(QWidget):
    """`kind` is a colour family: ok, warn, bad, live, idle."""

    def __init__(self, text: str = "", kind: str = "idle") -> None:
        super().__init__()
        self._text = ""
        self._kind = "idle"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.text_font(theme.POINTS - 1, bold=True))
        self.say(text, kind)

    @property
    def text(self) -> str:
        """The word."""
        return self._text

    def say(self, text: str, kind: str) -> None:
        """Show another word."""
        if (text, kind) == (self._text, self._kind):
            return
        self._text, self._kind = text, kind
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the word's size and a little room."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2 * _PAD_X, metrics.height() + 2 * _PAD_Y)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground and the word."""
        if not self._text:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_badge(painter, QRectF(self.rect()), self._text, self._kind)


def first_line_at(badge: Badge, text: QWidget) -> int:
    """Return how far below a badge's top a text beside it begins, so that its first line is level with the word."""
    text.ensurePolished()  # the style sheet may give it another font
    return max(0, (badge.sizeHint().height() - text.fontMetrics().height()) // 2)


def paint_badge(painter: QPainter, rect: QRectF, text: str, kind: str) -> None:
    """Draw a badge into `rect` with the painter's font; lists use this in their delegates."""
    soft = theme.colour(f"{kind}_soft")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(soft)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setPen(theme.colour("text" if kind == "idle" else kind))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
