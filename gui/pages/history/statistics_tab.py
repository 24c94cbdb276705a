"""The tab Statistics: tasks by day as a chart, the same as tables by phone, model and day, and how fast commits are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHeaderView, QSizePolicy, QStackedWidget, QTableView, QTabWidget, QWidget

from gui import theme, words
from gui.pages.history.figures import SERIES, bars_of
from gui.pages.history.figures_model import FiguresModel
from gui.pages.history.result_chart import ResultChart, paint_part
from gui.widgets.empty import EmptyState
from gui.widgets.looks import MARGIN, SPACE, button, column, frame, label, row
from shared.messages import GetStatistics, Role, StateChanged, Statistics, TaskCreated, TaskDeleted

if TYPE_CHECKING:
    from datetime import date

    from PySide6.QtGui import QHideEvent, QShowEvent

    from gui.desk import Desk
    from shared.messages import ErrorInfo, Event

_RANGES: Final = (7, 30, 90, 0)  # days; 0: all
_SETTLE_MS: Final = 1500  # figures need not follow each event
_WAIT_S: Final = 20.0  # a million tasks are counted in some seconds


class StatisticsTab(QWidget):
    """See the head of this file. Reads when it is shown, and again when something changed meanwhile."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._ticket: int | None = None
        self._since: date | None = None
        self._names = self._result_names()
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self.read)
        self._build()
        desk.link.news.connect(self._heard)
        desk.link.resync.connect(self._later)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the figures."""
        super().showEvent(event)
        self.read()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def read(self) -> None:
        """Ask for the figures of the chosen days."""
        days = self._desk.state.now.history.days
        self._since = datetime.now(UTC).date() - timedelta(days=days - 1) if days else None
        since = f"{self._since}T00:00:00Z" if self._since else ""
        self._desk.link.forget(self._ticket)
        self.said.setText(self.tr("counting…"))
        question = GetStatistics(since=since)
        self._ticket = self._desk.link.ask(Role.DAEMON, question, Statistics, self._show, self._failed, _WAIT_S)

    def _build(self) -> None:
        self._ranges = QButtonGroup(self)
        self.range_buttons = {days: button(self._range_name(days)) for days in _RANGES}
        for days, one in self.range_buttons.items():
            one.setCheckable(True)
            one.setChecked(days == self._desk.state.now.history.days)
            one.clicked.connect(partial(self._choose, days))
            self._ranges.addButton(one)
        self.said = label("", "muted")
        self.latency = label("", "muted")
        self.latency.setToolTip(self.tr("How long the last commits took; 99 of 100 were faster than p99"))
        self.unit = label("", "muted")
        self.chart = ResultChart(self._names)
        self._legend = [_Sign(kind, pattern, self._names[name]) for name, kind, pattern in SERIES]
        card = frame("card")
        heading = row(None, label(self.tr("Tasks by result"), "heading"), self.unit, None)
        layout = column(card, heading, self.chart, row(None, *self._legend, None, space=12), margin=MARGIN)
        layout.setStretch(1, 1)
        self.models = {
            "device": FiguresModel(self.tr("Phone"), self._names, self._device_name),
            "model": FiguresModel(self.tr("Model"), self._names, self._model_name),
            "day": FiguresModel(self.tr("Day (UTC)"), self._names, str),
        }
        self.tables = QTabWidget()
        self.tables.setDocumentMode(True)
        self.tables.tabBar().setDrawBase(False)
        titles = {"device": self.tr("By phone"), "model": self.tr("By model"), "day": self.tr("By day")}
        for name, model in self.models.items():
            self.tables.addTab(_table(model, titles[name]), titles[name])
        full = QWidget()
        layout = column(full, card, self.tables, space=SPACE)
        layout.setStretch(0, 3)
        layout.setStretch(1, 2)
        self.nothing = EmptyState(
            self.tr("No tasks in these days"),
            self.tr("Choose more days above; what is counted are the tasks by the day on which they were queued."),
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(full)
        self.stack.addWidget(self.nothing)
        top = row(None, *self.range_buttons.values(), self.said, None, self.latency)
        layout = column(self, top, self.stack, margin=SPACE)
        layout.setStretch(1, 1)

    def _result_names(self) -> dict[str, str]:
        return {
            "proven": self.tr("checked or judged right"),
            "reported": self.tr("success, only reported"),
            "wrong": self.tr("judged wrong"),
            "failed": self.tr("failed"),
            "crashed": self.tr("crashed"),
            "stopped": self.tr("stopped"),
            "waiting": self.tr("waits or runs"),
        }

    def _range_name(self, days: int) -> str:
        return self.tr("%n day(s)", "", days) if days else self.tr("All")

    def _choose(self, days: int) -> None:
        self._desk.state.now.history.days = days
        self._desk.state.save()
        self.read()

    def _show(self, answer: Statistics) -> None:
        self._ticket = None
        self.said.setText("")
        bars, unit = bars_of(answer.by_day, self._since, datetime.now(UTC).date())
        units = {
            "day": self.tr("a bar is a day (UTC)"),
            "week": self.tr("a bar is a week, named by its Monday (UTC)"),
            "month": self.tr("a bar is a month (UTC)"),
        }
        self.unit.setText(units[unit])
        self.chart.show_bars(bars)
        self.models["device"].show_rows(answer.by_device)
        self.models["model"].show_rows(answer.by_model)
        self.models["day"].show_rows(answer.by_day[::-1])
        self.stack.setCurrentIndex(0 if bars else 1)
        if answer.commit_ms_p50 is None or answer.commit_ms_p99 is None:
            self.latency.setText("")
            return
        told = self.tr("commit: p50 %1 ms · p99 %2 ms")
        told = told.replace("%1", QLocale().toString(answer.commit_ms_p50, "f", 1))
        self.latency.setText(told.replace("%2", QLocale().toString(answer.commit_ms_p99, "f", 1)))

    def _failed(self, error: ErrorInfo) -> None:
        self._ticket = None
        self.said.setText(words.refusal(error))

    def _heard(self, events: tuple[Event, ...]) -> None:
        if any(isinstance(event.body, TaskCreated | StateChanged | TaskDeleted) for event in events):
            self._later()

    def _later(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _device_name(self, key: str) -> str:
        return self._desk.fleet.name_of(key) or self.tr("(none)")

    def _model_name(self, key: str) -> str:
        return key or self.tr("(none)")


class _Sign(QWidget):
    """A line of the legend: the colour and pattern of a result, and its name."""

    def __init__(self, kind: str, pattern: str, name: str) -> None:
        super().__init__()
        self._look = (kind, pattern)
        self._text = name
        self.setAccessibleName(name)
        self.setFont(theme.text_font(theme.POINTS - 1))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the room of sign and name."""
        metrics = self.fontMetrics()
        return QSize(18 + metrics.horizontalAdvance(self._text), metrics.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw sign and name."""
        painter = QPainter(self)
        paint_part(painter, QRectF(0, (self.height() - 11) / 2, 11, 11), *self._look)
        painter.setPen(theme.colour("muted"))
        painter.drawText(17, int((self.height() + self.fontMetrics().ascent()) / 2 - 1), self._text)


def _table(model: FiguresModel, name: str) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 12)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    metrics = table.fontMetrics()
    for section in range(model.columnCount()):
        heading = model.headerData(section, header.orientation())
        header.resizeSection(section, max(72, metrics.horizontalAdvance(str(heading)) + 28))
    header.resizeSection(0, 170)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setStretchLastSection(True)
    return table
