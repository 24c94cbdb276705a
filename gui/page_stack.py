"""The four pages: the one that is wanted is loaded and built at once, the others one by one, after it has been drawn.

Together they cost a quarter of a second, which nobody should wait for who looks at one of them. What loads and what
builds a page are turns of the event loop of their own, so that keys are taken between them. Made by main_window.py,
anew when the window is built anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from gui.desk import Desk
    from gui.state import PageName

    Maker = Callable[[Desk], QWidget]

PAGES: Final[tuple[PageName, ...]] = ("phones", "run", "history", "settings")


class PageStack(QStackedWidget):
    """See the head of this file.

    `drawn` comes once, when the first page is on the screen; `built` with each page; `whole` when all are built.
    """

    drawn = Signal()
    built = Signal()
    whole = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._makers: dict[PageName, Maker] = {}
        self._pages: dict[PageName, QWidget] = {}
        self._after_frame = QTimer(self, singleShot=True, interval=0)
        self._after_frame.timeout.connect(self.drawn)
        self._later = QTimer(self, interval=0)
        self._later.timeout.connect(self._go_on)
        self.drawn.connect(self._later.start)
        self._was_painted = False

    def page(self, name: PageName) -> QWidget:
        """Return a page; it is built now when it was not yet."""
        if name not in self._pages:
            self._pages[name] = self._maker(name)(self._desk)
            self.addWidget(self._pages[name])
            self.built.emit()
        return self._pages[name]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Begin with the other pages when the first one is drawn; its frame is on the screen in the next turn."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self._after_frame.start()

    def _go_on(self) -> None:
        """Do one thing that is still to be done: load a page's code, or build it."""
        name = next((one for one in PAGES if one not in self._pages), None)
        if name is None:
            self._later.stop()
            self.whole.emit()
        elif name in self._makers:
            self.page(name)
        else:
            self._maker(name)

    def _maker(self, name: PageName) -> Maker:
        if name not in self._makers:
            self._makers[name] = _load(name)
        return self._makers[name]


def _load(name: PageName) -> Maker:
    """Import a page's code and return what builds the page."""
    if name == "phones":
        from gui.pages.phones.page import PhonesPage  # noqa: PLC0415 - see the head of this file

        return PhonesPage
    if name == "run":
        from gui.pages.run.page import RunPage  # noqa: PLC0415

        return RunPage
    if name == "history":
        from gui.pages.history.page import HistoryPage  # noqa: PLC0415

        return HistoryPage
    from gui.pages.settings.page import SettingsPage  # noqa: PLC0415

    return SettingsPage
