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
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.chooser = TaskChooser(desk)
        self.chooser.opened.connect(self._open)
        self._run = RunView(desk)
        self._run.left.connect(self.choose)
        self._run.gone.connect(self._gone)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chooser)
        self._stack.addWidget(self._run)
        self._stack.currentChanged.connect(self._let_keys_work)
        self._let_keys_work()
        column(self, self._stack)
        if desk.state.now.session_id:
            self.show_task(desk.state.now.session_id, desk.state.now.step_num)

    @property
    def view(self) -> RunView | None:
        """The run that is shown, None while no task is chosen."""
        return self._run if self._run.session_id else None

    def show_task(self, session_id: str, step_num: int | None) -> None:
        """Show a task, at a step or (None) at its newest one."""
        if self._run.session_id == session_id:
            self._run.want(step_num)
            return
        self.chooser.say("")
        self._remember(session_id, step_num)
        self._run.open(session_id, step_num)
        self._stack.setCurrentWidget(self._run)
        self._run.setFocus()

    def choose(self) -> None:
        """Let the person choose a task."""
        self._remember(None, None)
        self._run.open("", None)
        self._stack.setCurrentWidget(self.chooser)
        self.chooser.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keys of this page work at once."""
        super().showEvent(event)
        (self.view or self.chooser).setFocus()

    def _let_keys_work(self) -> None:
        self.setFocusProxy(self.chooser if self._stack.currentWidget() is self.chooser else self._run)

    def _open(self, session_id: str) -> None:
        self.show_task(session_id, None)

    def _gone(self, sentence: str) -> None:
        self.choose()
        self.chooser.say(sentence)

    def _remember(self, session_id: str | None, step_num: int | None) -> None:
        self._desk.state.now.session_id, self._desk.state.now.step_num = session_id, step_num
        self._desk.state.save()
