"""`DataStorageWidget`: what is stored, in tabs: History, Statistics, Logs. A tab is made when it is first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from gui.pages.history.logs_tab import LogsTab
from gui.pages.history.statistics_tab import StatisticsTab
from gui.pages.history.task_tab import TaskTab
from gui.widgets.looks import column

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.desk import Desk


class DataStorageWidget(QTabWidget):
    """Remembers the tab in which a person was. `tab(name)` is its content, None until it was shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self._makers: dict[str, tuple[str, Callable[[Desk], QWidget]]] = {
            "history": (self.tr("History"), TaskTab),
            "statistics": (self.tr("Statistics"), StatisticsTab),
            "logs": (self.tr("Logs"), LogsTab),
        }
        self._tabs: dict[str, QWidget] = {}
        for title, _maker in self._makers.values():
            self.addTab(QWidget(), title)
        names = list(self._makers)
        remembered = desk.state.now.history.tab
        self.setCurrentIndex(names.index(remembered) if remembered in names else 0)
        self._fill(self.currentIndex())
        self.currentChanged.connect(self._chosen)

    def tab(self, name: str) -> QWidget | None:
        """Return a tab's content."""
        return self._tabs.get(name)

    @property
    def content(self) -> QWidget:
        """The content of the tab that is shown."""
        return self._tabs[list(self._makers)[self.currentIndex()]]

    def _chosen(self, number: int) -> None:
        self._desk.state.now.history.tab = list(self._makers)[number]
        self._desk.state.save()
        self._fill(number)

    def _fill(self, number: int) -> None:
        name = list(self._makers)[number]
        if name not in self._tabs:
            self._tabs[name] = self._makers[name][1](self._desk)
            holder = self.widget(number)
            layout: QVBoxLayout = column(holder)
            layout.addWidget(self._tabs[name])
