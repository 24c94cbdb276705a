"""The tab Logs: the lines of all processes by time, filtered, followed, copied.

While the end is in sight it is followed; scrolling back stops that, a button resumes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTableView,
    QWidget,
)

from gui import theme
from gui.pages.history import log_model
from gui.pages.history.log_filter import LEVELS, LogFilter
from gui.pages.history.log_model import LINES_MAX, LogModel
from gui.pages.history.log_reader import LogReader
from gui.widgets.empty import EmptyState
from gui.widgets.looks import SPACE, button, column, label, row

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QHideEvent, QShowEvent

    from gui.desk import Desk
    from shared.log_files import Line

_DELAY_MS: Final = 250
_WIDTHS: Final = {log_model.TIME: 20, log_model.PROCESS: 13, log_model.LEVEL: 11, log_model.EVENT: 62}


class LogsTab(QWidget):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.model = LogModel()
        self.reader = LogReader(desk.home.logs, self)
        self.follows = True
        self._build()
        self._connect()
        self._apply()

    def showEvent(self, event: QShowEvent) -> None:
        """Read on."""
        super().showEvent(event)
        self.reader.go_on()

    def hideEvent(self, event: QHideEvent) -> None:
        """Read nothing while nobody looks."""
        super().hideEvent(event)
        self.reader.rest()

    def copy(self) -> None:
        """Copy the selected lines."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if rows:
            QGuiApplication.clipboard().setText(self.model.text_of(rows))

    def follow(self, wanted: bool) -> None:
        """Follow the end of the log, or stay where one reads."""
        self.follows = wanted
        self.follow_button.setChecked(wanted)
        if wanted:
            self.table.scrollToBottom()

    def _build(self) -> None:
        place = self._desk.state.now.history
        self.process = _choice(self.tr("Process"))
        self.process.addItem(self.tr("All processes"), "")
        if place.log_process:
            self.process.addItem(place.log_process, place.log_process)
        self.process.setCurrentIndex(self.process.count() - 1)
        self.level = _choice(self.tr("Least level"))
        for level in LEVELS:
            self.level.addItem(self.tr("%1 and above").replace("%1", self.model.level_word(level)), level)
        self.level.setCurrentIndex(max(0, self.level.findData(place.log_level)))
        self.task = _field(self.tr("Task id…"), place.log_task)
        self.task.setMaximumWidth(190)
        self.text = _field(self.tr("Find in lines…  (Ctrl+F)"), place.log_text)
        self.follow_button = button(self.tr("Follow"), tip=self.tr("Stay at the newest line (Ctrl+End)"))
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.copy_button = button(self.tr("Copy"), tip=self.tr("Copy the selected lines (Ctrl+C)"))
        self.table = _table(self.model)
        self.table.setAccessibleName(self.tr("Log lines, oldest first"))
        self.said = label("", "muted")
        self.nothing = EmptyState(
            self.tr("No lines to show"),
            self.tr("Nothing in the logs fits this filter. Each process of Stepwell writes its own file in logs/."),
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.nothing)
        top = row(None, self.process, self.level, self.task, self.text, self.follow_button, self.copy_button)
        top.setStretch(3, 1)
        layout = column(self, top, self.stack, self.said, margin=SPACE)
        layout.setStretch(1, 1)

    def _connect(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._apply)
        for choice in (self.process, self.level):
            choice.currentIndexChanged.connect(self._later)
        for field in (self.task, self.text):
            field.textChanged.connect(self._later)
        self.follow_button.clicked.connect(self.follow)
        self.copy_button.clicked.connect(self.copy)
        self.reader.lines.connect(self._take)
        self.table.verticalScrollBar().actionTriggered.connect(self._scrolled)
        self.table.verticalScrollBar().valueChanged.connect(self._moved)
        self.table.verticalScrollBar().rangeChanged.connect(self._stay_at_end)
        self.table.customContextMenuRequested.connect(self._menu)
        for keys, owner, do in (
            (QKeySequence.StandardKey.Copy, self.table, self.copy),
            (QKeySequence("Ctrl+F"), self, self.text.setFocus),
            (QKeySequence("Ctrl+End"), self, self._to_end),
        ):
            shortcut = QShortcut(QKeySequence(keys), owner)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    def _later(self) -> None:
        self._timer.start()

    def _apply(self) -> None:
        wanted = LogFilter(
            process=self.process.currentData(),
            level=self.level.currentData(),
            task=self.task.text().strip(),
            text=self.text.text().strip(),
        )
        place = self._desk.state.now.history
        place.log_process, place.log_level = wanted.process, wanted.level
        place.log_task, place.log_text = wanted.task, wanted.text
        self._desk.state.save()
        self.model.show_lines(wanted)
        self.follow(True)
        self._tell()

    def _take(self, lines: list[Line]) -> None:
        for name in sorted({line.process for line in lines}):
            if self.process.findData(name) < 0:
                self.process.addItem(name, name)
        at, shown = self.table.verticalScrollBar().value(), self.model.rowCount()
        self.model.add(lines)
        if self.follows:
            self.table.scrollToBottom()
        elif self.model.rowCount() < shown:  # rows above were let go of
            self.table.verticalScrollBar().setValue(max(0, at - (shown - self.model.rowCount())))
        self._tell()

    def _tell(self) -> None:
        locale = QLocale()
        count = self.model.rowCount()
        told = self.tr("%1 of %2 lines shown").replace("%1", locale.toString(count))
        told = told.replace("%2", locale.toString(self.model.held))
        if self.model.dropped or self.model.held >= LINES_MAX:
            more = self.tr("older lines are left out here; the files in logs/ have them")
            told = f"{told} · {more}"
        self.said.setText(told)
        self.stack.setCurrentIndex(0 if count else 1)

    def _scrolled(self, _action: int) -> None:
        """Stop following when a person leaves the end."""
        bar = self.table.verticalScrollBar()
        self.follow(bar.sliderPosition() >= bar.maximum())

    def _moved(self, value: int) -> None:
        """Notice the wheel and the cursor keys too, which trigger no action of the scroll bar."""
        if self.follows and value < self.table.verticalScrollBar().maximum() and self.table.hasFocus():
            self.follow(False)

    def _stay_at_end(self, _least: int, _most: int) -> None:
        """Go on following where the room changes, as when the table is first shown: its lines come before its size."""
        if self.follows:
            self.table.scrollToBottom()

    def _to_end(self) -> None:
        self.follow(True)

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy the selected lines"), self.copy)
        menu.addAction(self.tr("Select all"), self.table.selectAll)
        menu.popup(self.table.viewport().mapToGlobal(at))


def _table(model: LogModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setFont(theme.code_font())
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for section, characters in _WIDTHS.items():
        header.resizeSection(section, characters * table.fontMetrics().averageCharWidth())
    header.setStretchLastSection(True)
    return table


def _choice(name: str) -> QComboBox:
    found = QComboBox()
    found.setAccessibleName(name)
    found.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return found


def _field(name: str, text: str) -> QLineEdit:
    found = QLineEdit(text)
    found.setPlaceholderText(name)
    found.setAccessibleName(name)
    found.setClearButtonEnabled(True)
    return found
