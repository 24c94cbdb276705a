"""What Qt itself says goes into the log; that it can show nothing here is told in one sentence.

A DISPLAY that is set but does not answer is common (an ssh session, a stale tmux), and Qt answers it by aborting. That
is no crash to be tried again and again: the process ends with the code that means "not here". Called by app.py.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from shared.logs import get_logger
from shared.window_libraries import LIBRARY_MISSING

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext

_LEVELS: Final = {
    QtMsgType.QtDebugMsg: "debug",
    QtMsgType.QtInfoMsg: "debug",
    QtMsgType.QtWarningMsg: "warning",
    QtMsgType.QtCriticalMsg: "error",
    QtMsgType.QtFatalMsg: "error",
}


class QtMessages:
    """Takes Qt's messages from `listen` on. `has_display`: a QApplication could be made."""

    def __init__(self) -> None:
        self._first = ""
        self.has_display = False

    def listen(self) -> None:
        """Begin; to be called before there is a QApplication."""
        qInstallMessageHandler(self._take)

    def _take(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is QtMsgType.QtFatalMsg and not self.has_display:
            why = self._first or text.partition(".")[0]
            print(f"the window cannot be shown: {why}", file=sys.stderr, flush=True)
            os._exit(LIBRARY_MISSING)  # Qt would abort as soon as this returns
        self._first = self._first or text.strip()
        getattr(get_logger(), _LEVELS[kind])("Qt says", category=context.category, error=text[:2000])
