"""Tasks by day as stacked bars, drawn: one part a result, each with a colour and a pattern. Hover or arrow keys tell.

QtCharts is no part of PySide6-Essentials. The same numbers stand in the table below the chart, for those who do not
see it. Called by statistics_tab.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.pages.history.figures import SERIES, Bar, nice_top

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent

_LINES: Final = 4
_GAP: Final = 0.28  # of a bar's room
_WIDEST: Final = 46.0
_PATTERNS: Final = {"stripes": Qt.BrushStyle.BDiagPattern, "dots": Qt.BrushStyle.Dense5Pattern}


class ResultChart(QWidget):
    """`show_bars` takes what is drawn; `names` are the results' words for the tool tip."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._names = names
        self._bars: Sequence[Bar] = ()
        self.marked: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)
        self.setAccessibleName(self.tr("Tasks by day, stacked by result; the table below has the same numbers"))

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Draw these."""
        self._bars = bars
        self.marked = None
        self.setAccessibleDescription("")
        self.update()

    def told(self, number: int) -> str:
        """Return a bar in words."""
        bar = self._bars[number]
        locale = QLocale()
        lines = [
            f"{self._names[name]}: {locale.toString(count)}"
            for (name, _kind, _pattern), count in zip(SERIES, bar.counts, strict=True)
            if count
        ]
        total = self.tr("%n task(s)", "", bar.total)
        return "\n".join([f"{bar.name} · {total}", *lines])

    def sizeHint(self) -> QSize:
        """Return a size that reads well."""
        return QSize(640, 240)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the numbers of the bar below the pointer."""
        area = self._area()
        room = area.width() / max(1, len(self._bars))
        number = int((event.position().x() - area.left()) // room)
        inside = 0 <= number < len(self._bars) and area.left() <= event.position().x()
        self._mark(number if inside else None, event.globalPosition().toPoint())

    def leaveEvent(self, _event: object) -> None:
        """Mark none any more."""
        self._mark(None, QPoint())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark none any more."""
        super().focusOutEvent(event)
        self._mark(None, QPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the bars by the cursor keys, and tell each."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._bars:
            super().keyPressEvent(event)
            return
        last = len(self._bars) - 1
        number = last if self.marked is None else min(last, max(0, self.marked + step))
        bar = self._place(number, self._area())
        self._mark(number, self.mapToGlobal(QPoint(int(bar.center().x()), int(bar.center().y()))))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the axis, the bars, the days below."""
        painter = QPainter(self)
        area = self._area()
        top = self._top()
        self._paint_axis(painter, area, top)
        for number, bar in enumerate(self._bars):
            self._paint_bar(painter, self._place(number, area), bar, top)
        self._paint_names(painter, area)

    def _mark(self, number: int | None, at: QPoint) -> None:
        if number != self.marked:
            self.marked = number
            self.update()
        if number is None:
            QToolTip.hideText()
        else:
            self.setAccessibleDescription(self.told(number))
            QToolTip.showText(at, self.told(number), self)

    def _area(self) -> QRectF:
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance(QLocale().toString(self._top())) + 8
        return QRectF(self.rect()).adjusted(left, metrics.height(), -8, -metrics.height() - 10)

    def _top(self) -> int:
        return nice_top(max((bar.total for bar in self._bars), default=1))

    def _place(self, number: int, area: QRectF) -> QRectF:
        room = area.width() / max(1, len(self._bars))
        wide = min(_WIDEST, max(1.0, room * (1 - _GAP)))
        return QRectF(area.left() + room * (number + 0.5) - wide / 2, area.top(), wide, area.height())

    def _paint_axis(self, painter: QPainter, area: QRectF, top: int) -> None:
        height = self.fontMetrics().height()
        for line in range(_LINES + 1):
            y = round(area.bottom() - area.height() * line / _LINES)
            painter.setPen(theme.colour("line"))
            painter.drawLine(int(area.left()), y, int(area.right()), y)
            painter.setPen(theme.colour("muted"))
            text = QLocale().toString(top * line // _LINES)
            place = QRectF(0, y - height / 2, area.left() - 8, height)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_bar(self, painter: QPainter, place: QRectF, bar: Bar, top: int) -> None:
        if bar is self._marked_bar():
            painter.fillRect(place.adjusted(-3, 0, 3, 0), theme.colour("raised"))
        bottom = place.bottom()
        for (_name, kind, pattern), count in zip(SERIES, bar.counts, strict=True):
            if count:
                high = place.height() * count / top
                paint_part(painter, QRectF(place.left(), bottom - high, place.width(), high), kind, pattern)
                bottom -= high

    def _marked_bar(self) -> Bar | None:
        return None if self.marked is None else self._bars[self.marked]

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        """Write as many days below as there is room for."""
        if not self._bars:
            return
        metrics = self.fontMetrics()
        wide = metrics.horizontalAdvance("2026-00-00") + 16
        every = max(1, round(wide * len(self._bars) / area.width() + 0.5))
        painter.setPen(theme.colour("muted"))
        for number in range(0, len(self._bars), every):
            middle = self._place(number, area).center().x()
            left = min(max(0.0, middle - wide / 2), self.width() - wide)
            place = QRectF(left, area.bottom() + 6, wide, metrics.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), self._bars[number].name)


def paint_part(painter: QPainter, rect: QRectF, kind: str, pattern: str) -> None:
    """Draw a part of a bar in its colour and pattern; the legend draws its signs by it too."""
    colour = theme.colour(kind)
    if pattern in _PATTERNS:
        soft = QColor(colour)
        soft.setAlpha(60)
        painter.fillRect(rect, soft)
        painter.fillRect(rect, QBrush(colour, _PATTERNS[pattern]))
    else:
        painter.fillRect(rect, colour)
