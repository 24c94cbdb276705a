"""The page RUN: one task step by step, or, while none is chosen, the tasks to choose from. Called by MainWindow.

Which task and which step is shown is in the desk's state, so that the page comes back as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from gui.pages.run.chooser import TaskChooser
from gui.pages.run.run_view import RunView
from gui.widgets.looks import column

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from gui.desk import Desk


class RunPage(QWidget):
    """See the head of this file. `view` is None while no task is chosen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.view: RunView | None = None
        self.chooser = TaskChooser(desk)
        self.chooser.opened.connect(self._open)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chooser)
        column(self, self._stack)
        if desk.state.now.session_id:
            self.show_task(desk.state.now.session_id, desk.state.now.step_num)

    def show_task(self, session_id: str, step_num: int | None) -> None:
        """Show a task, at a step or (None) at its newest one."""
        if self.view is not None and self.view.session_id == session_id:
            self.view.want(step_num)
            return
        self._drop()
        self.chooser.say("")
        self.view = RunView(self._desk, session_id, step_num)
        self.view.left.connect(self.choose)
        self.view.gone.connect(self._gone)
        self._desk.state.now.session_id, self._desk.state.now.step_num = session_id, step_num
        self._desk.state.save()
        self._stack.addWidget(self.view)
        self._stack.setCurrentWidget(self.view)
        self.view.setFocus()

    def choose(self) -> None:
        """Let the person choose a task."""
        self._desk.state.now.session_id = self._desk.state.now.step_num = None
        self._desk.state.save()
        self._drop()
        self._stack.setCurrentWidget(self.chooser)
        self.chooser.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keys of this page work at once."""
        super().showEvent(event)
        (self.view or self.chooser).setFocus()

    def _open(self, session_id: str) -> None:
        self.show_task(session_id, None)

    def _gone(self, sentence: str) -> None:
        self.choose()
        self.chooser.say(sentence)

    def _drop(self) -> None:
        if self.view is not None:
            self.view.player.pause()
            self._stack.removeWidget(self.view)
            self.view.deleteLater()
            self.view = None
