"""How a task went, below the header's button: its whole text, how it is judged, each change of state, notes.

A popup that closes with Escape or a click elsewhere. Used by header.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QWidget

from gui import words
from gui.pages.run.judgement import Judgement
from gui.pages.run.says import actor_word
from gui.widgets.facts import Facts
from gui.widgets.looks import MARGIN, SPACE, column, label
from shared.task_state import is_final

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import NoteRow, TaskView, TransitionRow

_WIDTH: Final = 520
_HEIGHT: Final = 540


class Story(QFrame):
    """See the head of this file."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.setProperty("look", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedSize(_WIDTH, _HEIGHT)
        self.setAccessibleName(self.tr("How the task went"))
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumHeight(110)
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName(self.tr("The task"))
        self.judgement = Judgement(desk, self.tr("The whole task"))
        self.changes = Facts()
        self.notes = Facts()
        self._notes_head = label(self.tr("Notes"), "heading")
        body = QWidget()
        heads = (label(self.tr("The task"), "heading"), label(self.tr("What happened"), "heading"))
        parts = (heads[0], self._text, self.judgement, heads[1], self.changes, self._notes_head, self.notes, None)
        column(body, *parts, margin=MARGIN, space=SPACE)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        column(self, scroll, margin=1)

    def show_view(self, view: TaskView) -> None:
        """Show a task."""
        if self._text.toPlainText() != view.task.task_description:
            self._text.setPlainText(view.task.task_description)
        task = view.task
        self.judgement.show_label(task.session_id, None, task.user_label, task.user_correction or "")
        self.judgement.setVisible(is_final(task.final_status))
        self.changes.show_facts([(words.clock(change.at), self._change(change)) for change in view.transitions])
        self.notes.show_facts([(words.clock(note.at), self._note(note)) for note in view.notes])
        self._notes_head.setVisible(bool(view.notes))

    def open_below(self, widget: QWidget, *, to_correct: bool = False) -> None:
        """Open below a widget, its right edges together; `to_correct`: to say what would have been right."""
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4))
        self.move(corner)
        self.show()
        (self.judgement.correction if to_correct else self._text).setFocus()

    def _change(self, change: TransitionRow) -> str:
        origin = self.tr("imported") if change.event == "imported" else self.tr("asked for")
        begin = words.state_word(change.from_state) if change.from_state else origin
        parts = [f"{begin} → {words.state_word(change.to_state)}", change.reason]
        parts.append(self.tr("by %1").replace("%1", change.by) if change.by else "")
        return " · ".join(part for part in parts if part)

    def _note(self, note: NoteRow) -> str:
        step = self.tr("step %1").replace("%1", str(note.step_num)) if note.step_num else ""
        return " · ".join(part for part in (actor_word(note.actor), step, note.text) if part)
