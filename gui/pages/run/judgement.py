"""A person's judgement of a step or of a whole task: right, wrong, and what would have been right.

The two buttons show the recorded state: a click asks the store, and the button changes when the store has it. A
correction that is typed is kept in the window's state until the store has it. Used by action_tab.py and story.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from gui import words
from gui.widgets.looks import SPACE, button, column, label, row
from shared.messages import Label

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import ErrorInfo

_LONGEST = 4000
_DRAFTS = 20  # corrections that were typed and neither saved nor taken back; older ones are let go of


class Judgement(QWidget):
    """`show_label` says what is judged and what is recorded of it."""

    def __init__(self, desk: Desk, question: str) -> None:
        super().__init__()
        self._desk = desk
        self._session_id = ""
        self._step_num: int | None = None
        self._label: Label | None = None
        self._recorded = ""
        self.right = self._button(self.tr("✓ Right"), Label.RIGHT)
        self.wrong = self._button(self.tr("✗ Wrong"), Label.WRONG)
        self.correction = QLineEdit(maxLength=_LONGEST)
        self.correction.setPlaceholderText(self.tr("What would have been right? (Enter saves)"))
        self.correction.setAccessibleName(self.tr("Correction"))
        self.correction.textEdited.connect(self._typed)
        self.correction.returnPressed.connect(self._save_correction)
        self.save = button(self.tr("Save"))
        self.save.clicked.connect(self._save_correction)
        self._state = label("", "muted", wrap=True)
        buttons = row(None, label(question, "heading"), None, self.right, self.wrong)
        column(self, buttons, row(None, self.correction, self.save), self._state, space=SPACE)

    def show_label(self, session_id: str, step_num: int | None, recorded: Label | None, correction: str) -> None:
        """Show what is recorded of a step, or (None) of the whole task."""
        is_other = (session_id, step_num) != (self._session_id, self._step_num)
        self._session_id, self._step_num = session_id, step_num
        if is_other or correction != self._recorded:
            self.correction.setText(self._draft(correction))
        self._label, self._recorded = recorded, correction
        if correction and self._draft("") == correction:
            self._forget()  # only now nothing of it can be lost any more
        self.right.setChecked(recorded is Label.RIGHT)
        self.wrong.setChecked(recorded is Label.WRONG)
        self._offer()
        self._state.setText(self._told())

    def _button(self, text: str, meaning: Label) -> QPushButton:
        made = button(text, tip=self.tr("Once more takes the judgement back"))
        made.setCheckable(True)
        made.clicked.connect(lambda: self._judge(meaning))
        return made

    def _judge(self, meaning: Label) -> None:
        taken_back = self._label is meaning
        self.right.setChecked(self._label is Label.RIGHT)  # the store's answer changes it
        self.wrong.setChecked(self._label is Label.WRONG)
        if taken_back:
            self._forget()
        self._send(None if taken_back else meaning, self.correction.text() if not taken_back else "")

    def _save_correction(self) -> None:
        self._send(self._label or Label.WRONG, self.correction.text())

    def _send(self, meaning: Label | None, correction: str) -> None:
        self._state.setText(self.tr("being saved … (not recorded yet)"))
        failed = partial(self._refused, self._key())
        self._desk.commands.label(self._session_id, self._step_num, meaning, correction, failed)

    def _refused(self, key: str, error: ErrorInfo) -> None:
        said = words.refusal(error)
        if key == self._key():
            self._state.setText(self.tr("Not recorded: %1").replace("%1", said))
        self._desk.tell.emit(said, True)

    def _typed(self, text: str) -> None:
        drafts = self._desk.state.now.run.corrections
        drafts[self._key()] = text
        for oldest in list(drafts)[:-_DRAFTS]:
            del drafts[oldest]
        self._desk.state.save()
        self._offer()

    def _forget(self) -> None:
        self._desk.state.now.run.corrections.pop(self._key(), None)
        self._desk.state.save()

    def _draft(self, recorded: str) -> str:
        return self._desk.state.now.run.corrections.get(self._key(), recorded)

    def _offer(self) -> None:
        self.save.setEnabled(self.correction.text() != self._recorded)

    def _key(self) -> str:
        return self._session_id if self._step_num is None else f"{self._session_id}/{self._step_num}"

    def _told(self) -> str:
        if self._label is None:
            return self.tr("Not judged.")
        said = self.tr("Recorded: right.") if self._label is Label.RIGHT else self.tr("Recorded: wrong.")
        return f"{said} {self._recorded}".strip()
