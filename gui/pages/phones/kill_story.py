"""What becomes of a task whose worker was killed, told fact by fact as the store and the supervisor say it.

It knows nothing by itself: the crash comes by an event, the action that may have happened by views, the worker's return
by the supervisor's list. Called by demo_strip.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui import words
from gui.action_words import said
from gui.pages.phones.task_sentences import ID_SHOWN
from shared.messages import GetTask, ListSteps, Role, StateChanged, StepPage, TaskView
from shared.task_state import is_final

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import Event, ProcessRow


class KillStory(QObject):
    """`facts` are the sentences so far, in order; `changed` comes when there is one more."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._session_id = ""
        self._worker: ProcessRow | None = None
        self._is_back = False
        self._is_held = False
        self.facts: list[str] = []
        desk.link.news.connect(self._heard)
        desk.link.changed.connect(self._look_for_worker)
        desk.fleet.changed.connect(self._look_for_hold)

    def running_worker(self) -> ProcessRow | None:
        """Return the worker that a task runs on, None while there is none."""
        names = {task.claimed_by for task in self._desk.fleet.running}
        processes = self._desk.link.processes
        rows = processes.items if processes is not None else ()
        return next((row for row in rows if row.name in names and row.incarnation), None)

    def kill(self) -> None:
        """Kill -9 the worker at work, and begin to tell."""
        worker = self.running_worker()
        task = next((row for row in self._desk.fleet.running if worker and row.claimed_by == worker.name), None)
        if worker is None or task is None or worker.incarnation is None:
            return
        self._worker, self._session_id = worker, task.session_id
        self._is_back = self._is_held = False
        told = self.tr("%1 (pid %2) was sent kill -9 while it worked on task %3.")
        told = told.replace("%1", worker.name).replace("%2", str(worker.pid or "?"))
        self.facts = [told.replace("%3", task.session_id[:ID_SHOWN])]
        self._desk.commands.kill_worker(worker.name, worker.incarnation)
        self.changed.emit()

    def _heard(self, events: tuple[Event, ...]) -> None:
        for event in events:
            body = event.body
            if isinstance(body, StateChanged) and body.session_id == self._session_id and is_final(body.to_state):
                self._desk.link.ask(Role.DAEMON, GetTask(task_id=self._session_id), TaskView, self._ended)

    def _ended(self, view: TaskView) -> None:
        if view.task.session_id != self._session_id:
            return
        told = self.tr("The store says what is true: the task is %1, with %2 recorded.")
        told = told.replace("%1", words.state_word(view.task.final_status))
        self._add(told.replace("%2", words.steps_word(view.task.total_steps)))
        unknown = view.task.unknown_step
        if unknown is None:
            self._add(self.tr("No action was in flight: every recorded outcome is known."))
        else:
            wanted = ListSteps(session_id=self._session_id, after=unknown - 1, limit=1)
            self._desk.link.ask(Role.DAEMON, wanted, StepPage, self._in_flight)

    def _in_flight(self, page: StepPage) -> None:
        if page.items and page.items[0].session_id == self._session_id:
            step = page.items[0]
            told = self.tr("Step %1, %2, may have happened; nothing repeats it by itself.")
            self._add(told.replace("%1", str(step.step_num)).replace("%2", said(step)))

    def _look_for_worker(self) -> None:
        if self._worker is None or self._is_back or self._desk.link.processes is None:
            return
        for row in self._desk.link.processes.items:
            is_new = row.name == self._worker.name and row.incarnation not in (None, self._worker.incarnation)
            if is_new and row.state == "ready":
                self._is_back = True
                self._add(self.tr("%1 is back as pid %2.").replace("%1", row.name).replace("%2", str(row.pid or "?")))

    def _look_for_hold(self) -> None:
        """Notice that the phone is held: nothing begins on a screen that nobody has looked at."""
        for device in self._desk.fleet.devices:
            if device.last_task == self._session_id and device.held and not self._is_held:
                self._is_held = True
                told = self.tr("%1 is held, so that nothing begins before you have looked at it: press Release then.")
                self._add(told.replace("%1", self._desk.fleet.name_of(device.device_id)))

    def _add(self, fact: str) -> None:
        self.facts.append(fact)
        self.changed.emit()
