"""Go to a time: asks for it, finds what ran then, opens that task at that step; or says that nothing ran.

The dialog stays open when nothing ran, so that another time can be tried. Called by task_tab.py.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import QDateTimeEdit, QDialog, QWidget

from gui import words
from gui.widgets.looks import MARGIN, SPACE, button, column, label, row
from shared.messages import ErrorInfo, FindMoment, Moment, Role

if TYPE_CHECKING:
    from gui.desk import Desk


class MomentDialog(QDialog):
    """See the head of this file."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Go to a time"))
        self.time = QDateTimeEdit(QDateTime.currentDateTime())
        self.time.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self.time.setCalendarPopup(True)
        self.time.setAccessibleName(self.tr("Time, in this machine's zone"))
        question = label(self.tr("What ran at this time?"))
        question.setBuddy(self.time)
        self.answer = label("", "muted", wrap=True)
        self.answer.setMinimumWidth(320)
        self.go = button(self.tr("Go there"), "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._ask)
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.close)
        column(self, question, self.time, self.answer, row(None, None, cancel, self.go), margin=MARGIN, space=SPACE + 4)

    def _ask(self) -> None:
        at = self.time.dateTime().toPython().astimezone(UTC).isoformat()  # type: ignore[attr-defined]
        self.go.setEnabled(False)
        self._say(self.tr("looking…"))
        self._desk.link.ask(Role.DAEMON, FindMoment(at=at), Moment, self._found, self._failed)

    def _found(self, moment: Moment) -> None:
        self.go.setEnabled(True)
        if moment.session_id is None:
            self._say(self.tr("Nothing had begun by then."))
        elif not moment.running:
            self._say(self.tr("Nothing ran at that time; the task before it had ended already."))
        else:
            self._desk.open_task.emit(moment.session_id, moment.step_num)
            self.close()

    def _failed(self, error: ErrorInfo) -> None:
        self.go.setEnabled(True)
        self._say(words.refusal(error))

    def _say(self, sentence: str) -> None:
        self.answer.setText(sentence)
        self.answer.setAccessibleName(sentence)
