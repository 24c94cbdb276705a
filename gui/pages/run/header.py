"""The head of RUN: what the task is, how it stands and who says so, and what a person can do about it.

`Stop` answers at once, in words that say that nothing is recorded yet; what is recorded comes with the task's row.
Used by page.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame

from gui import words
from gui.export_choice import ExportChoice
from gui.pages.run.story import Story
from gui.widgets.badge import Badge
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import MARGIN, SPACE, button, column, row
from shared.messages import Label
from shared.task_state import TaskState, is_final

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from gui.desk import Desk
    from shared.messages import TaskRow, TaskView

_CLOCK_MS: Final = 500
_UNDER_WAY: Final = (TaskState.RUNNING, TaskState.STOPPING)


class RunHeader(QFrame):
    """`left` says that the person wants to choose another task."""

    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._view: TaskView | None = None
        self.setProperty("look", "card")
        self.back = button("‹", "quiet", tip=self.tr("Choose another task (Esc)"), name=self.tr("Choose another task"))
        self.back.clicked.connect(self.left)
        self.title = ElidedLabel("", "title")
        self.badge = Badge()
        self.stop = button(self.tr("■ Stop"), "danger", tip=self.tr("Stop this task (Ctrl+.)"))
        self.stop.clicked.connect(self.stop_task)
        self.why = ElidedLabel("", "muted")
        self.facts = ElidedLabel("")
        self.right = self._judge(self.tr("✓ Right"), Label.RIGHT)
        self.wrong = self._judge(self.tr("✗ Wrong"), Label.WRONG)
        tip = self.tr("The whole text, what would have been right, each change of state, notes")
        self.story_button = button(self.tr("How it went"), tip=tip)
        self.story_button.clicked.connect(self._open_story)
        self.export = button(
            self.tr("Export…"), tip=self.tr("A report of this run, with its steps and pictures (Ctrl+E)")
        )
        self.export.clicked.connect(self.export_run)
        self.story = Story(desk, self)
        first = row(None, self.title, self.badge, self.stop)
        first.setStretch(0, 1)
        lines = column(None, self.facts, self.why, space=2)
        second = row(None, lines, self.right, self.wrong, self.export, self.story_button)
        second.setStretch(0, 1)
        whole = row(self, self.back, column(None, first, second, space=4))
        whole.setContentsMargins(SPACE, SPACE, MARGIN, SPACE)
        whole.setStretch(1, 1)
        self._clock = QTimer(self, interval=_CLOCK_MS)
        self._clock.timeout.connect(self._show_facts)
        desk.commands.stopping.connect(self._stop_asked)
        desk.fleet.changed.connect(self._show_facts)

    def clear(self) -> None:
        """Show no task until one is read."""
        self._view = None
        self._clock.stop()
        self.story.hide()
        for text in (self.title, self.why, self.facts):
            text.setText("")
        self.badge.say("", "idle")
        for one in (self.stop, self.right, self.wrong, self.export, self.story_button):
            one.hide()

    def show_view(self, view: TaskView) -> None:
        """Show a task as the store has it."""
        self._view = view
        task = view.task
        self.title.setText(task.task_description)
        self.badge.say(words.state_word(task.final_status), words.state_kind(task.final_status))
        self._show_stop(task)
        self._show_judgement(task)
        self._show_facts()
        self.story.show_view(view)
        self.story_button.show()
        self.export.setVisible(task.total_steps > 0)
        if task.final_status in _UNDER_WAY:
            self._clock.start()
        else:
            self._clock.stop()

    def stop_task(self) -> None:
        """Stop the task that is shown, if it has not ended."""
        if self._view is not None and self.stop.isEnabled() and not self.stop.isHidden():
            self._desk.commands.stop(self._view.task)

    def _show_stop(self, task: TaskRow) -> None:
        ended = is_final(task.final_status)
        asked = self._desk.commands.is_stopping(task.session_id)
        self.stop.setVisible(not ended)
        self.stop.setEnabled(not asked and task.final_status is not TaskState.STOPPING)
        self.why.setText(self._why(task, asked=asked))
        self.why.setVisible(bool(self.why.text()))

    def _why(self, task: TaskRow, *, asked: bool) -> str:
        if asked and not is_final(task.final_status) and task.final_status is not TaskState.STOPPING:
            return self.tr("stopping … (not recorded yet)")
        if task.final_status is TaskState.STOPPED:
            after = self.tr("stopped after %n step(s)", "", task.total_steps)
            return " · ".join(part for part in (after, task.error_message or "") if part)
        parts = [words.verdict_word(task.verdict), task.error_message or "", task.user_correction or "", task.held]
        if task.unknown_step:
            parts.append(self.tr("the action of step %1 may have happened").replace("%1", str(task.unknown_step)))
        return " · ".join(words.one_line(part) for part in parts if part)

    def _show_judgement(self, task: TaskRow) -> None:
        for one, meaning in ((self.right, Label.RIGHT), (self.wrong, Label.WRONG)):
            one.setVisible(is_final(task.final_status))
            one.setChecked(task.user_label is meaning)

    def _show_facts(self) -> None:
        if self._view is None:
            return
        task = self._view.task
        device = self._desk.fleet.name_of(task.device_id) or self.tr("any phone")
        model = task.model or task.model_name
        lasted = words.seconds(_lasted(task, datetime.now(UTC)))
        origin = self.tr("imported") if task.source else ""
        parts = [device, task.agent, model, self._steps(task), lasted, origin]
        self.facts.setText("  ·  ".join(part for part in parts if part))
        self.facts.setToolTip(task.source)

    def _steps(self, task: TaskRow) -> str:
        if not task.max_steps:  # an older program's runs had no limit that is known
            return words.steps_word(task.total_steps)
        told = self.tr("step %1 of %2 at most")
        return told.replace("%1", str(task.total_steps)).replace("%2", str(task.max_steps))

    def _judge(self, text: str, meaning: Label) -> QPushButton:
        made = button(text, tip=self.tr("Judge the whole task; once more takes it back"))
        made.setCheckable(True)
        made.clicked.connect(lambda: self._judged(meaning))
        return made

    def _judged(self, meaning: Label) -> None:
        if self._view is None:
            return
        task = self._view.task
        self._show_judgement(task)  # as it is recorded; the store's answer changes it
        wanted = None if task.user_label is meaning else meaning
        self._desk.commands.judge(task, wanted)
        if wanted is Label.WRONG:
            self.story.open_below(self.story_button, to_correct=True)

    def export_run(self) -> None:
        """Ask where a report of the task that is shown shall go, if it has steps."""
        if self._view is not None and not self.export.isHidden():
            ExportChoice(self._desk, [self._view.task.session_id], self).open()

    def _open_story(self) -> None:
        self.story.open_below(self.story_button)

    def _stop_asked(self, session_id: str) -> None:
        if self._view is not None and self._view.task.session_id == session_id:
            self._show_stop(self._view.task)


def _lasted(task: TaskRow, now: datetime) -> float | None:
    """Return how long a task has run: as recorded when it has ended, until now while it runs."""
    if task.total_time is not None and is_final(task.final_status):
        return float(task.total_time)
    begun, ended = words.parsed_time(task.started_at), words.parsed_time(task.ended_at)
    if begun is None or ended == begun:  # an older program's run may not say how long it took
        return None
    return max(0.0, ((ended or now) - begun).total_seconds())
