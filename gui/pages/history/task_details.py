"""What is shown of the task that is selected in the list: how it ended and why, its figures, pictures, notes.

Read by views when the selection rests a moment. What it shows is bounded: a task's notes and transitions come in one
answer, of its steps only the ends. Called by task_tab.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui import words
from gui.pages.history.filmstrip import ENDS, Filmstrip
from gui.pages.history.task_cells import label_word, number, verdict
from gui.widgets.badge import Badge, first_line_at
from gui.widgets.elided import ElidedLabel
from gui.widgets.facts import Facts
from gui.widgets.looks import MARGIN, column, frame, label, row
from shared.messages import ErrorInfo, GetTask, ListSteps, Role, StepPage, TaskRow, TaskView, TransitionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gui.desk import Desk

_REST_MS: Final = 120  # a person who walks through the list with the cursor keys asks for nothing
_NOTES: Final = 50
_TEXT: Final = 600  # characters of a text
_HEADING: Final = 160  # of the task's own, whole in the tool tip: what came of it must be seen below


class TaskDetails(QScrollArea):
    """`step_wanted` asks for the task to be opened at a step, or (None) at its end."""

    step_wanted = Signal(str, object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._task: TaskRow | None = None
        self._first: StepPage | None = None
        self._tickets: list[int] = []
        self.setWidgetResizable(True)
        self.setMinimumWidth(320)
        self.setAccessibleName(self.tr("The selected task"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._ask)
        self._build()
        self.show_task(None)

    def show_task(self, task: TaskRow | None, chosen: int = 1) -> None:
        """Show a task; None: none, or `chosen` of them."""
        same = task is not None and self._task is not None and task.session_id == self._task.session_id
        if same and task is not None and self._task is not None and task.updated_seq == self._task.updated_seq:
            return
        self._task = task
        self._inner.setVisible(task is not None)
        self._nothing.setVisible(task is None)
        several = self.tr("%n task(s) selected", "", chosen)
        self._nothing.setText(several if chosen > 1 else self.tr("Select a task to see how it went."))
        if task is None:
            return
        self._show_row(task)
        if not same:
            self.film.clear()
            _fill(self._why, [])
            _fill(self._notes, [])
        self._timer.start()

    def _build(self) -> None:
        self._badge = Badge()
        self._said = label("", "muted")
        self._text = _narrow(label("", "heading", wrap=True))
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._error = _narrow(label("", "error", wrap=True))
        self._id = ElidedLabel("", "muted")
        self.facts = Facts()
        self.film = Filmstrip(self._desk)
        self.film.step_wanted.connect(self._wanted)
        self._why, self._notes = QVBoxLayout(), QVBoxLayout()
        self._notes_heading = label(self.tr("Notes"), "heading")
        self._film_heading = label(self.tr("First and last steps"), "heading")
        self._inner = frame("card")
        content = column(
            self._inner,
            row(None, self._badge, self._said, None),
            self._text,
            self._error,
            self.facts,
            self._id,
            self._film_heading,
            self.film,
            label(self.tr("How it came to this"), "heading"),
            self._why,
            self._notes_heading,
            self._notes,
            margin=MARGIN,
        )
        content.addStretch(1)
        self._nothing = label("", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer = QWidget()
        layout = column(outer, self._inner, self._nothing)
        layout.setStretch(0, 1)
        self.setWidget(outer)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def _show_row(self, task: TaskRow) -> None:
        self._badge.say(words.state_word(task.final_status), words.state_kind(task.final_status))
        self._said.setText(verdict(task))
        self._text.setText(words.one_line(task.task_description, _HEADING))
        self._text.setToolTip(_cut(task.task_description))
        self._error.setText(_cut(task.error_message or ""))
        self._error.setVisible(bool(task.error_message))
        facts = [
            (self.tr("Phone"), self._desk.fleet.name_of(task.device_id)),
            (self.tr("Agent · model"), " · ".join(filter(None, (task.agent, task.model_name or task.model)))),
            (self.tr("Steps"), f"{task.total_steps} / {task.max_steps}" if task.max_steps else str(task.total_steps)),
            (self.tr("Duration"), words.seconds(task.total_time)),
            (self.tr("Tokens in · out"), _tokens(task)),
            (self.tr("Queued"), words.clock(task.timestamp)),
            (self.tr("Began · ended"), _span(task)),
            (self.tr("Imported from"), task.source),
            (self.tr("Judged"), " · ".join(filter(None, (label_word(task.user_label), task.user_correction)))),
        ]
        self.facts.show_facts(facts)
        self._id.setText(self.tr("ID %1").replace("%1", task.session_id))

    def _ask(self) -> None:
        if self._task is None:
            return
        link, session_id = self._desk.link, self._task.session_id
        for ticket in self._tickets:
            link.forget(ticket)
        first = ListSteps(session_id=session_id, limit=ENDS)
        self._tickets = [
            link.ask(Role.DAEMON, GetTask(task_id=session_id), TaskView, self._show_view, self._not_read),
            link.ask(Role.DAEMON, first, StepPage, partial(self._show_first, session_id), self._not_read),
        ]

    def _show_view(self, view: TaskView) -> None:
        if self._task is None or view.task.session_id != self._task.session_id:
            return
        self._task = view.task
        self._show_row(view.task)
        _fill(self._why, [_transition(one) for one in view.transitions])
        notes = [_narrow(label(_cut(note.text), wrap=True)) for note in view.notes[-_NOTES:]]
        if view.set_aside:
            told = self.tr("%n record(s) of this task could not be stored and were set aside.", "", view.set_aside)
            notes.append(label(told, "error", wrap=True))
        _fill(self._notes, notes)
        self._notes_heading.setVisible(bool(notes))

    def _show_first(self, session_id: str, page: StepPage) -> None:
        self._first = page
        last = ListSteps(session_id=session_id, limit=ENDS, last=True)
        if page.next is None:
            self._show_film(session_id, page)
        else:
            then = partial(self._show_film, session_id)
            self._tickets.append(self._desk.link.ask(Role.DAEMON, last, StepPage, then, self._not_read))

    def _show_film(self, session_id: str, page: StepPage) -> None:
        if self._task is None or self._first is None or session_id != self._task.session_id:
            return
        self.film.show_steps(self._task, self._first.items, page.items)
        empty = not self.film.frames
        self.film.setVisible(not empty)
        self._film_heading.setVisible(not empty)

    def _not_read(self, error: ErrorInfo) -> None:
        _fill(self._why, [label(words.refusal(error), "error", wrap=True)])

    def _wanted(self, step_num: int | None) -> None:
        if self._task is not None:
            self.step_wanted.emit(self._task.session_id, step_num)


def _transition(one: TransitionRow) -> QWidget:
    time = label(words.clock(one.at, with_date=False), "muted")
    badge = Badge(words.state_word(one.to_state), words.state_kind(one.to_state))
    told = _narrow(label(_cut(" · ".join(part for part in (one.reason, one.by) if part)), "muted", wrap=True))
    found = QWidget()
    layout = row(found, time, badge, told)
    layout.setStretch(2, 1)
    for widget in (time, badge, told):
        layout.setAlignment(widget, Qt.AlignmentFlag.AlignTop)
    for text in (time, told):
        text.setContentsMargins(0, first_line_at(badge, text), 0, 0)
    return found


def _narrow(text: QLabel) -> QLabel:
    """Let a text be narrower than its longest word, which a model may have made as long as it likes."""
    text.setMinimumWidth(40)
    return text


def _fill(layout: QVBoxLayout, widgets: Sequence[QWidget]) -> None:
    """Put other widgets into a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
    for one in widgets:
        layout.addWidget(one)


def _tokens(task: TaskRow) -> str:
    some = task.prompt_tokens or task.completion_tokens
    return f"{number(task.prompt_tokens) or 0} · {number(task.completion_tokens) or 0}" if some else ""


def _span(task: TaskRow) -> str:
    times = (words.clock(task.started_at), words.clock(task.ended_at, with_date=False))
    return " – ".join(part for part in times if part)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
