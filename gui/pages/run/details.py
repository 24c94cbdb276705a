"""The tabs of RUN: Thinking, Action, Timing & tokens, Raw, Log. Only the one in front is filled. Used by page.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTabWidget

from gui.pages.run.action_tab import ActionTab
from gui.pages.run.log_tab import LogTab
from gui.pages.run.raw_tab import RawTab
from gui.pages.run.tab import Shown, Tab
from gui.pages.run.thinking_tab import ThinkingTab
from gui.pages.run.timing_tab import TimingTab

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from gui.desk import Desk


class Details(QTabWidget):
    """See the head of this file. Which tab is in front is kept in the desk's state."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._state = desk.state
        self._shown = Shown(None, None)
        self.tabs: dict[str, Tab] = {
            "thinking": ThinkingTab(desk.link),
            "action": ActionTab(desk),
            "timing": TimingTab(),
            "raw": RawTab(),
            "log": LogTab(desk.home.logs),
        }
        titles = (self.tr("Thinking"), self.tr("Action"), self.tr("Timing & tokens"), self.tr("Raw"), self.tr("Log"))
        for title, tab in zip(titles, self.tabs.values(), strict=True):
            self.addTab(tab, title.replace("&", "&&"))
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.setUsesScrollButtons(True)
        self.setAccessibleName(self.tr("Details of the step"))
        self.setMinimumWidth(300)
        names = list(self.tabs)
        if desk.state.now.run_tab in names:
            self.setCurrentIndex(names.index(desk.state.now.run_tab))
        self.currentChanged.connect(self._turned)

    def show_selected(self, shown: Shown) -> None:
        """Show what is selected now."""
        self._shown = shown
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Fill what has not been filled while nobody looked."""
        super().showEvent(event)
        self._fill()

    def _turned(self, number: int) -> None:
        self._state.now.run_tab = list(self.tabs)[number]
        self._state.save()
        self._fill()

    def _fill(self) -> None:
        tab = self.currentWidget()
        if isinstance(tab, Tab):
            tab.show_selected(self._shown)
