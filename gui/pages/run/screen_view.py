"""The phone's screen at a step, with the action marked on it. Draws pictures that are ready; loads them elsewhere.

The picture comes scaled to the room it has (in steps, so that a moving edge does not load it anew at each pixel), or
at its own size for 100 %. What was shown last stays until the next one is there: nothing flickers. Used by
screen_pane.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.marks import fitted
from gui.pages.run.mark_painter import paint_mark

if TYPE_CHECKING:
    from gui.marks import Mark
    from gui.pictures import Pictures

_STEP: Final = 128  # device pixels between the heights at which pictures are asked for
_SETTLE_MS: Final = 120  # after the last change of size
_ROUND: Final = 10.0


class ScreenView(QWidget):
    """`show_picture` takes a path in the home, None with the reason why there is none."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self._pictures = pictures
        self._path: str | None = None
        self._missing = ""
        self._mark: Mark | None = None
        self._wanted: tuple[str | None, int] = (None, 0)
        self._pixmap = QPixmap()
        self._own_size = QSize()
        self._shown_path: str | None = None
        self._full_size = False
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._load)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 200)

    @property
    def shown_path(self) -> str | None:
        """The path of the picture that is on the screen now, None while there is none."""
        return self._shown_path

    @property
    def mark(self) -> Mark | None:
        """The mark that is drawn on it."""
        return self._mark

    def show_picture(self, path: str | None, missing: str, mark: Mark | None) -> None:
        """Show another picture, when it is loaded; `missing` is said when there is none."""
        self._missing = missing
        self._mark = mark
        self._path = path
        self._load()
        self.update()

    def show_full_size(self, full_size: bool) -> None:
        """Show one pixel of the phone as one of the display, or (False) the whole screen."""
        self._full_size = full_size
        self._resize_to_picture()
        self._load()
        self.update()

    def drawn_at(self) -> QRectF:
        """Return where the picture is drawn."""
        room = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        if self._full_size:
            size = QRectF(QPointF(), self._own_size.toSizeF() / self.devicePixelRatioF())
            size.moveCenter(QRectF(self.rect()).center())
            return size
        return fitted(self._own_size, room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for a picture of the new size, once the size rests."""
        super().resizeEvent(event)
        if not self._full_size:
            self._settle.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the screen and the mark."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if self._pixmap.isNull():
            self._paint_missing(painter)
        else:
            self._paint_screen(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _ROUND, _ROUND)

    def _paint_screen(self, painter: QPainter) -> None:
        place = self.drawn_at()
        frame = QPainterPath()
        frame.addRoundedRect(place, _ROUND, _ROUND)
        painter.setClipPath(frame)
        painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))
        painter.setClipping(False)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawPath(frame)
        if self._mark is not None and self._shown_path == self._path:
            paint_mark(painter, self._mark, self._own_size, place)

    def _paint_missing(self, painter: QPainter) -> None:
        place = fitted(QSize(9, 19), QRectF(self.rect()).adjusted(4, 4, -4, -4))
        painter.setPen(QPen(theme.colour("line"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(place, _ROUND, _ROUND)
        painter.setPen(theme.colour("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(place.adjusted(12, 12, -12, -12), int(flags), self._missing)

    def _load(self) -> None:
        if not self._path:
            self._wanted = (None, 0)
            self._take(None, QPixmap())
            return
        height = 0 if self._full_size else self._height()
        if (self._path, height) != self._wanted or self._pixmap.isNull():
            self._wanted = (self._path, height)
            self._pictures.get(self._path, height, partial(self._loaded, self._wanted))

    def _height(self) -> int:
        """Return the height to ask for: what is drawn, rounded up."""
        pixels = int(self.height() * self.devicePixelRatioF())
        return max(_STEP, -(-pixels // _STEP) * _STEP)

    def _loaded(self, wanted: tuple[str | None, int], pixmap: QPixmap) -> None:
        if wanted == self._wanted:
            self._take(wanted[0], pixmap)

    def _take(self, path: str | None, pixmap: QPixmap) -> None:
        self._pixmap = pixmap
        self._shown_path = None if pixmap.isNull() else path
        self._own_size = self._pictures.size_of(path) if path and not pixmap.isNull() else QSize()
        if pixmap.isNull() and path:
            self._missing = self.tr("This picture is in the store's records but could not be read.")
        self._resize_to_picture()
        self.update()

    def _resize_to_picture(self) -> None:
        if self._full_size and self._own_size.isValid():
            size = (self._own_size.toSizeF() / self.devicePixelRatioF()).toSize()
            self.setMinimumSize(size)
        else:
            self.setMinimumSize(160, 200)
