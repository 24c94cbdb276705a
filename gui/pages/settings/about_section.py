"""What this Stepwell is: its version, its home, the store's figures, its processes. Nothing can be changed here."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QHeaderView, QTableView, QWidget

from gui.pages.settings.layout import Card, Section
from gui.pages.settings.processes_model import ProcessesModel
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import SPACE, button, label, row

if TYPE_CHECKING:
    from gui.desk import Desk

_ROW: Final = 30
_WIDTHS: Final = (120, 80, 96, 80, 112)
_ROWS_SHOWN: Final = (3, 9)


class AboutSection(Section):
    """The section About."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            self.tr("About"),
            self.tr("Stepwell %1, a control room for agents that operate phones.").replace("%1", version("stepwell")),
        )
        self._desk = desk
        self.facts = Facts(self.tr("Store"))
        home = Facts(self.tr("Home"))
        home.say({self.tr("Folder"): str(desk.home.root), self.tr("Settings"): str(desk.home.settings_file)})
        copy = button(self.tr("Copy the folder's path"), tip=str(desk.home.root))
        copy.setObjectName("copy-home")
        copy.clicked.connect(self._copy)
        home.rows.addLayout(row(None, copy, None))
        self.model = ProcessesModel()
        processes = Card(self.tr("Processes"))
        processes.rows.addWidget(self._table())
        self.add(home, self.facts, processes)
        desk.link.changed.connect(self._show)
        self._show()

    def _table(self) -> QTableView:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Processes"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for number, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(number, width)
        return self.table

    def _show(self) -> None:
        processes = self._desk.link.processes
        self.model.show_rows(processes.items if processes is not None else ())
        shown = min(max(self.model.rowCount(), _ROWS_SHOWN[0]), _ROWS_SHOWN[1])
        self.table.setFixedHeight((shown + 1) * _ROW + SPACE)
        self.facts.say(self._store())

    def _store(self) -> dict[str, str]:
        store = self._desk.link.store
        if store is None:
            return {self.tr("State"): self.tr("the store has not said anything yet")}
        locale = QLocale()
        commit = self.tr("not measured yet")
        if store.commit_ms_p50 is not None and store.commit_ms_p99 is not None:
            told = self.tr("%1 ms typical, %2 ms at the 99th percentile")
            commit = told.replace("%1", locale.toString(store.commit_ms_p50, "f", 1))
            commit = commit.replace("%2", locale.toString(store.commit_ms_p99, "f", 1))
        size = self.tr("%1, and %2 in the write-ahead log").replace("%1", locale.formattedDataSize(store.size_bytes))
        return {
            self.tr("File"): store.path,
            self.tr("Size"): size.replace("%2", locale.formattedDataSize(store.wal_bytes)),
            self.tr("Events"): self.tr("seq %1 of timeline %2")
            .replace("%1", locale.toString(store.seq))
            .replace("%2", store.timeline),
            self.tr("Commit"): commit,
            self.tr("Tasks"): locale.toString(sum(store.tasks.values())),
            self.tr("SQLite"): store.sqlite_version,
        }

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self._desk.home.root))
        self._desk.tell.emit(self.tr("The path is in the clipboard."), False)


class Facts(Card):
    """Names and values below each other; values are elided where there is no room."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnMinimumWidth(0, 96)
        self._grid.setColumnStretch(1, 1)
        self._said: dict[str, ElidedLabel] = {}
        holder = QWidget()
        holder.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.rows.addWidget(holder)

    def say(self, facts: dict[str, str]) -> None:
        """Show facts; names that were there before only change their value."""
        if list(facts) != list(self._said):
            self._clear()
            for number, name in enumerate(facts):
                value = ElidedLabel()
                self._said[name] = value
                self._grid.addWidget(label(name, "muted"), number, 0)
                self._grid.addWidget(value, number, 1)
        for name, told in facts.items():
            self._said[name].setText(told)

    def value(self, name: str) -> str:
        """Return what is shown for a name."""
        return self._said[name].text()

    def _clear(self) -> None:
        self._said.clear()
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
