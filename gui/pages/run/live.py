"""What the agent is at right now: asked of the worker a few times a second while somebody looks. Nothing is recorded.

Used by thinking_tab.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from shared.messages import ErrorInfo, GetLive, Live

if TYPE_CHECKING:
    from gui.link.link import Link

_EVERY_MS: Final = 200
_ANSWER_S: Final = 1.0


class LiveWatch(QObject):
    """`heard` carries a Live, or None when there is nothing to be heard."""

    heard = Signal(object)

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._worker = ""
        self._session_id = ""
        self._ticket: int | None = None
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._ask)

    @property
    def is_watching(self) -> bool:
        """Whether it asks."""
        return self._timer.isActive()

    def watch(self, worker: str, session_id: str) -> None:
        """Ask about a task from now on; '' as the worker ends it."""
        if (worker, session_id) == (self._worker, self._session_id) and self.is_watching == bool(worker):
            return
        self._worker, self._session_id = worker, session_id
        self._link.forget(self._ticket)
        self._ticket = None
        if worker:
            self._timer.start()
            self._ask()
        else:
            self._timer.stop()
            self.heard.emit(None)

    def _ask(self) -> None:
        if self._ticket is None:
            message = GetLive(session_id=self._session_id)
            self._ticket = self._link.ask(self._worker, message, Live, self._live, self._nothing, _ANSWER_S)

    def _live(self, live: Live) -> None:
        self._ticket = None
        self.heard.emit(live)

    def _nothing(self, _error: ErrorInfo) -> None:
        self._ticket = None
        self.heard.emit(None)
