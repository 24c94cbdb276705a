"""The window's life: from the child's configuration to the last thread. Called by `__main__`.

The event loop is the child's control loop: a timer says that it turns, and the end of the parent or a `Quit` ends it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from gui import theme
from gui.desk import Desk
from gui.garbage import Garbage
from gui.icon import app_icon
from gui.lag import LagMeter
from gui.languages import Languages
from gui.main_window import MainWindow
from gui.qt_messages import QtMessages
from gui.tray import Tray
from shared.logs import get_logger

if TYPE_CHECKING:
    from types import TracebackType

    from shared.child import Child

_ALIVE_MS: Final = 250
_DRAWN_MS: Final = 2000  # a window that starts minimised, or behind others on some desktops, is not drawn at all


def run_window(child: Child) -> int:
    """Show the window until it is closed (0), or its parent asks for its end or has died."""
    sys.excepthook = _log_fault
    messages = QtMessages()
    messages.listen()
    app = make_application()
    messages.has_display = True
    desk = Desk(child)
    languages = Languages(app)
    languages.speak(desk.language)
    theme.apply(app, desk.state.now.theme)
    window = MainWindow(desk)
    garbage = Garbage(window)

    def redraw() -> None:
        languages.speak(desk.language)
        theme.apply(app, desk.state.now.theme)
        window.rebuild()

    desk.settings_changed.connect(redraw)
    desk.theme_changed.connect(redraw)
    alive = QTimer(interval=_ALIVE_MS)
    alive.timeout.connect(child.alive)
    alive.start()
    notifier = QSocketNotifier(child.stop_fd, QSocketNotifier.Type.Read)
    notifier.activated.connect(window.end)
    lag = LagMeter()
    child.on_config = desk.keeper.read_soon.emit  # called in another thread
    tray = Tray(desk, window)
    _say_when_it_is_drawn(window, child)
    desk.link.start()
    desk.keeper.read()
    window.show()
    app.exec()
    child.on_config = _nothing
    tray.hide()
    lag.tell()
    desk.close()
    garbage.close()
    delete(window)  # while Qt is whole: widgets that the interpreter's end takes down in any order crash it
    return 0


def make_application() -> QApplication:
    """Return the process's QApplication, named as desktops and accessibility tools show it."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["stepwell"])
    app.setApplicationName("stepwell")
    app.setApplicationDisplayName("Stepwell")
    app.setDesktopFileName("stepwell")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)
    return app


def _say_when_it_is_drawn(window: MainWindow, child: Child) -> None:
    """Tell the supervisor once that the window is on the screen, or that it works although nothing draws it."""
    ready = QTimer(window, singleShot=True, interval=_DRAWN_MS)
    ready.timeout.connect(child.ready)

    def drawn() -> None:
        if ready.isActive():
            ready.start(0)

    window.drawn.connect(drawn)
    ready.start()


def _log_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell a fault of a callback in the log; the window goes on."""
    get_logger().error("a fault in the window", exc_info=(kind, error, trace))


def _nothing() -> None:
    """Take no more configurations: the window ends."""
