"""`MainWindow`: the bar, the four pages (page_stack.py), the notices; shortcuts; where the person was.

A change of language or theme builds everything inside it anew: what was chosen and typed is in the desk's state, so the
pages come back as they were, by the same way as after a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from gui.closing import ClosingQuestion
from gui.export_strip import ExportStrip
from gui.page_stack import PAGES, PageStack
from gui.store_banner import StoreBanner
from gui.top_bar import TopBar
from gui.widgets.looks import column
from gui.widgets.notice import Notice

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QMoveEvent, QResizeEvent

    from gui.desk import Desk
    from gui.pages.run.page import RunPage
    from gui.state import PageName

_FIRST_SIZE: Final = (1280, 800)
_LEAST_SIZE: Final = (960, 600)


class MainWindow(QMainWindow):
    """See the head of this file.

    `drawn` comes when it is on the screen, `whole` when all pages are built, `renewed` before it is built anew.
    """

    drawn = Signal()
    whole = Signal()
    renewed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setMinimumSize(*_LEAST_SIZE)
        self.resize(*_FIRST_SIZE)
        self.restoreGeometry(QByteArray.fromBase64(desk.state.now.geometry.encode()))
        self._closing = ClosingQuestion(desk, self)
        self._closing.decided.connect(self.end)
        self._rebuilding = QTimer(self, singleShot=True, interval=0)
        self._rebuilding.timeout.connect(self.renewed)
        self._rebuilding.timeout.connect(self._build)
        self._build()
        desk.open_task.connect(self._open_task)
        for number, name in enumerate(PAGES, 1):
            self._shortcut(f"Ctrl+{number}", lambda name=name: self._go_to(name))
        self._shortcut("Ctrl+Shift+.", self._stop_all)
        self._shortcut("Ctrl+Q", self.close)

    @property
    def is_whole(self) -> bool:
        """Whether all pages are built."""
        return self._stack.count() == len(PAGES)

    def rebuild(self) -> None:
        """Build everything anew, a moment later: the widget that asked for it is among what goes.

        Once, although language and theme may change together: a second time would not know what had the keyboard.
        """
        self._rebuilding.start()

    def show_page(self, name: PageName) -> None:
        """Show a page."""
        self._stack.setCurrentWidget(self._stack.page(name))
        self._bar.choose(name)
        self._desk.state.now.page = name
        self._desk.state.save()

    def end(self) -> None:
        """End the window without a question: it was answered, or its parent asks for the end."""
        QApplication.exit(0)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what shall become of running tasks, then end."""
        event.ignore()  # the question is answered later, and the end comes with it
        self._closing.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Remember the size."""
        super().resizeEvent(event)
        self._remember_geometry()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Remember the place."""
        super().moveEvent(event)
        self._remember_geometry()

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Demo — Stepwell") if self._desk.demo else "Stepwell")
        self._bar = TopBar(self._desk)
        self._bar.wanted.connect(self._go_to)
        self._bar.stop_all.connect(self._stop_all)
        self._stack = PageStack(self._desk)
        self._stack.drawn.connect(self.drawn)
        self._stack.whole.connect(self.whole)
        page = self._stack.page(self._desk.state.now.page)
        notice = Notice()
        self._desk.tell.connect(notice.say)
        central = QWidget()
        strip = ExportStrip(self._desk)
        layout = column(central, self._bar, StoreBanner(self._desk), self._stack, strip, notice, space=0)
        layout.setStretch(2, 1)
        self._foot = (strip, notice)
        self._stack.built.connect(self._foot_comes_last)
        focused = self.focusWidget()
        name = focused.objectName() if focused is not None else ""
        old = self.takeCentralWidget()
        if old is not None:
            old.deleteLater()
        self.setCentralWidget(central)
        central.show()  # at once: what is not shown yet cannot keep the keyboard
        self.show_page(self._desk.state.now.page)
        again = central.findChild(QWidget, name) if name else None
        (again or page).setFocus()

    def _foot_comes_last(self) -> None:
        """Let Tab reach what is below the pages after them: whatever is built last is last in its order at first."""
        last = self.previousInFocusChain()
        while last is not None and not _takes_tab(last):
            last = last.previousInFocusChain()
        for widget in (one for part in self._foot for one in part.findChildren(QWidget) if _takes_tab(one)):
            if last is not None:
                QWidget.setTabOrder(last, widget)
            last = widget

    def _go_to(self, name: PageName) -> None:
        """Show a page, and give the keyboard to what had it there last; at first to what the page names."""
        page = self._stack.page(name)
        last = page.focusWidget()  # before it is shown: the stack then gives the keyboard to whatever comes first
        self.show_page(name)
        (last if last is not None and last.isVisible() else page).setFocus()

    def _open_task(self, session_id: str, step_num: int | None) -> None:
        self._desk.state.now.session_id = session_id
        self._desk.state.now.step_num = step_num
        cast("RunPage", self._stack.page("run")).show_task(session_id, step_num)
        self.show_page("run")

    def _stop_all(self) -> None:
        self._desk.commands.stop_all()

    def _shortcut(self, keys: str, do: object) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(do)

    def _remember_geometry(self) -> None:
        if self.isVisible():
            self._desk.state.now.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
            self._desk.state.save()


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
