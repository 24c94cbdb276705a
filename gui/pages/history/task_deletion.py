"""Deleting tasks: the question that names them and says what remains, then one request after the other.

Only tasks that have ended can be deleted. Nothing is the default but to leave them. Called by task_tab.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gui import words
from gui.lasting import LastingJob
from gui.pages.history.task_cells import SHORT_ID
from shared.messages import DeleteTask, Done, Role
from shared.task_state import is_final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gui.desk import Desk
    from shared.messages import ErrorInfo, TaskRow

_NAMED: Final = 5  # tasks that the question names; the rest is counted
_WAIT_S: Final = 30.0  # a long task's pictures are many files


class Deletion(QObject):
    """One question, and what follows from it. `box` is the question while it is open."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._parent = parent
        self._asked_for: list[str] = []
        self.box: QMessageBox | None = None

    def ask(self, tasks: Sequence[TaskRow]) -> None:
        """Ask whether these tasks shall be deleted; those that have not ended are left out."""
        ended = [task for task in tasks if is_final(task.final_status)]
        if not ended or self.box is not None:
            return
        box = QMessageBox(self._parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Delete"))
        box.setText(self._question(ended))
        box.setInformativeText(
            self.tr(
                "The steps, pictures and notes go too. Backups keep them until they are thinned;"
                " nothing else brings them back."
            )
        )
        delete = box.addButton(self.tr("Delete %n task(s)", "", len(ended)), QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("delete")
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        self._asked_for = [task.session_id for task in ended]
        delete.clicked.connect(self._begin)
        box.finished.connect(self._closed)
        self.box = box
        box.open()

    def _question(self, tasks: Sequence[TaskRow]) -> str:
        named = [
            f"{task.session_id[:SHORT_ID]}  {words.one_line(task.task_description, 60)}" for task in tasks[:_NAMED]
        ]
        rest = len(tasks) - _NAMED
        more = [self.tr("and %n more", "", rest)] if rest > 0 else []
        return "\n".join([self.tr("Delete %n task(s) for good?", "", len(tasks)), "", *named, *more])

    def _closed(self, _result: int) -> None:
        self.box = None

    def _begin(self) -> None:
        Deleting(self._desk, self._asked_for).go_on()


class Deleting(LastingJob):
    """One request after the other, until all tasks are deleted or one is refused."""

    def __init__(self, desk: Desk, session_ids: list[str]) -> None:
        super().__init__(desk.work)
        self._desk = desk
        self._left = session_ids
        self._deleted = 0

    def go_on(self) -> None:
        """Ask for the next one."""
        if not self._left:
            self._desk.tell.emit(self.tr("%n task(s) deleted", "", self._deleted), False)
            self.over()
            return
        request = DeleteTask(session_id=self._left[0])
        self._desk.link.ask(Role.DAEMON, request, Done, self._done, self._failed, _WAIT_S)

    def _done(self, _answer: Done) -> None:
        self._deleted += 1
        del self._left[0]
        self.go_on()

    def _failed(self, error: ErrorInfo) -> None:
        told = self.tr("Task %1 was not deleted: %2").replace("%1", self._left[0][:SHORT_ID])
        self._desk.tell.emit(told.replace("%2", words.refusal(error)), True)
        self.over()
