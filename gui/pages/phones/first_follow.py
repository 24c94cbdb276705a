"""In the demo's first minute: follow the sample task in RUN as soon as it runs, unless the person did something first.

Called by page.py, only in the demo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gui.desk import Desk


class FirstFollow(QObject):
    """Follows once: in a window that was here before, or has shown a task, or whose page was left, it does nothing."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._is_due = desk.state.is_new and desk.state.now.session_id is None
        page.installEventFilter(self)
        desk.fleet.changed.connect(self._look)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that the person went to another page."""
        if event.type() == QEvent.Type.Hide:
            self._is_due = False
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        now = self._desk.state.now
        if self._is_due and now.page == "phones" and not now.draft.text and self._desk.fleet.running:
            self._is_due = False
            self._desk.open_task.emit(self._desk.fleet.running[0].session_id, None)
