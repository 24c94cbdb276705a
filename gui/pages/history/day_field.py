"""A day that may be open: a button that shows it, a calendar below it. QDateEdit cannot be empty, so this is ours."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QDate, QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QDialog, QWidget

from gui import theme
from gui.pages.history.task_filter import day
from gui.widgets.looks import SPACE, button, column, row

_FORMAT: Final = "yyyy-MM-dd"


class DayField(QWidget):
    """`day` is `YYYY-MM-DD` or ''. `changed` comes when a person chose another."""

    changed = Signal()

    def __init__(self, name: str, chosen: str) -> None:
        super().__init__()
        self._name = name
        self.day = chosen if day(chosen) else ""
        self.button = button("")
        self.button.setMinimumWidth(self.button.fontMetrics().horizontalAdvance(f"{name}: 2026-00-00") + 30)
        self.button.clicked.connect(self._pop_up)
        row(self, self.button)
        self._show()

    def choose(self, text: str) -> None:
        """Take a day, or none."""
        if text != self.day:
            self.day = text
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        told = self.day or self.tr("any day")
        self.button.setText(f"{self._name}: {told}")
        self.button.setAccessibleName(f"{self._name}: {told}")
        self.button.setToolTip(self.tr("Choose a day in a calendar"))

    def _pop_up(self) -> None:
        popup = DayPopup(self.day, self)
        popup.chosen.connect(self.choose)
        popup.move(self.button.mapToGlobal(QPoint(0, self.button.height() + 4)))
        popup.show()


class DayPopup(QDialog):
    """The calendar; Escape or a click beside it leaves things as they were."""

    chosen = Signal(str)

    def __init__(self, now: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(self.tr("Calendar"))
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.calendar.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        weekend = QTextCharFormat()
        weekend.setForeground(theme.colour("muted"))  # Qt's own is red, which here means that something is wrong
        for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.calendar.setWeekdayTextFormat(weekday, weekend)
        if now:
            self.calendar.setSelectedDate(QDate.fromString(now, _FORMAT))
        self.calendar.clicked.connect(self._take)
        self.calendar.activated.connect(self._take)
        none = button(self.tr("Any day"), "quiet")
        none.clicked.connect(self._take_none)
        column(self, self.calendar, none, margin=SPACE)
        self.calendar.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Close when the window is left."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow() and self.isVisible():
            self.close()

    def _take(self, chosen: QDate) -> None:
        self.chosen.emit(chosen.toString(_FORMAT))
        self.close()

    def _take_none(self) -> None:
        self.chosen.emit("")
        self.close()
