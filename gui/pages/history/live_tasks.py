"""Keeps the list of tasks up with what is committed: events say that something changed, views say what.

New tasks are read from the front of the list, changed ones each by itself, many events of one moment together.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from shared.errors import ErrorCode
from shared.messages import (
    ErrorInfo,
    Event,
    GetTask,
    Labelled,
    Role,
    StateChanged,
    StepBegun,
    StepFinished,
    TaskCreated,
    TaskDeleted,
    TaskPage,
    TaskView,
)

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.pages.history.task_model import TaskListModel

_SETTLE_MS: Final = 200  # a list need not be newer; a burst of events is one reading
_AT_ONCE: Final = 25  # changed tasks that are read together; the rest waits for the next turn
_HEAD_ROWS: Final = 100


class LiveTasks(QObject):
    """See the head of this file."""

    def __init__(self, desk: Desk, model: TaskListModel) -> None:
        super().__init__(model)
        self._link = desk.link
        self._model = model
        self._touched: dict[str, None] = {}
        self._new = False
        self._head: int | None = None
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._read)
        desk.link.news.connect(self._heard)
        desk.link.resync.connect(self._missed)

    def _heard(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self._note(event)
        if (self._touched or self._new) and not self._timer.isActive():
            self._timer.start()

    def _note(self, event: Event) -> None:
        body = event.body
        if isinstance(body, TaskDeleted):
            self._touched.pop(body.session_id, None)
            self._model.drop(body.session_id)
        elif isinstance(body, TaskCreated):
            self._new = True
        elif isinstance(body, StateChanged | Labelled):
            self._touch(body.session_id, moves=True)
        elif isinstance(body, StepBegun | StepFinished):
            self._touch(body.step.session_id, moves=False)

    def _touch(self, session_id: str, *, moves: bool) -> None:
        """Note a task that is shown, or that a change of state may bring into a list of one state."""
        may_come = moves and bool(self._model.filter.state)
        if may_come or self._model.pages.find(session_id) is not None:
            self._touched[session_id] = None

    def _missed(self) -> None:
        """Read anew: everything when nothing was read yet, else the front and what is looked at."""
        if self._model.is_known:
            self._model.make_stale()
            self._new = True
            self._timer.start()
        else:
            self._model.show_tasks(self._model.filter)

    def _read(self) -> None:
        for session_id in list(self._touched)[:_AT_ONCE]:
            del self._touched[session_id]
            failed = partial(self._not_read, session_id)
            self._link.ask(Role.DAEMON, GetTask(task_id=session_id), TaskView, self._changed, failed)
        if self._new and self._model.is_known:
            self._new = False
            self._link.forget(self._head)
            question = self._model.filter.request("", _HEAD_ROWS)
            then = partial(self._front, self._model.filter)
            self._head = self._link.ask(Role.DAEMON, question, TaskPage, then)
        if self._touched:
            self._timer.start()

    def _changed(self, view: TaskView) -> None:
        self._model.take(view.task)

    def _not_read(self, session_id: str, error: ErrorInfo) -> None:
        if error.code is ErrorCode.UNKNOWN_TASK:  # it was deleted in the meantime
            self._model.drop(session_id)

    def _front(self, asked_for: object, page: TaskPage) -> None:
        """Take the front in; one that does not join what is shown (another history, too much at once) begins anew."""
        if asked_for != self._model.filter or not self._model.is_known:
            return
        joins = page.next is None or self._model.filter.key_of(page.next)[1] <= self._model.head_seq
        if page.timeline != self._model.timeline or not joins:
            self._model.show_tasks(self._model.filter)
        else:
            self._model.take_newer(list(page.items), page.seq)
