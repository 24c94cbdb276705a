"""Queues what a draft means, one task for each chosen phone, and keeps track of what was confirmed.

Each task's id stands in the draft before it is sent and until it is confirmed, so that sending it again never makes a
second task, and so that a task whose confirmation was lost is recognised in the store. Called by task_input.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.pages.phones.draft_check import new_task
from shared.identity import new_session_id
from shared.messages import ErrorInfo, GetTask, Role, Submitted, TaskView

if TYPE_CHECKING:
    from gui.desk import Desk


class Sender(QObject):
    """`answered` comes when nothing is unanswered: what was confirmed, by device ('': any), and the first refusal."""

    answered = Signal(object, object)  # dict[str, Submitted], ErrorInfo or None
    found = Signal(str)  # a task was confirmed by the store's own view, not by an answer

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._pending: set[str] = set()
        self._confirmed: dict[str, Submitted] = {}
        self._error: ErrorInfo | None = None
        desk.link.resync.connect(self.look_up)
        desk.fleet.changed.connect(self.look_up)

    @property
    def is_sending(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self._pending)

    def send(self) -> None:
        """Queue the draft."""
        draft = self._desk.state.now.draft
        devices = draft.device_ids or [""]
        self._pending, self._confirmed, self._error = set(devices), {}, None
        draft.session_ids = {device: draft.session_ids.get(device) or new_session_id() for device in devices}
        self._desk.state.save()
        for device in devices:
            task = new_task(draft, self._desk.settings, draft.session_ids[device], device or None)
            self._desk.commands.submit(task, partial(self._took, device), partial(self._refused, device))

    def look_up(self) -> None:
        """Ask the store about tasks that were sent and not confirmed."""
        if not self.is_sending:
            for device, session_id in self._desk.state.now.draft.session_ids.items():
                self._desk.link.ask(Role.DAEMON, GetTask(task_id=session_id), TaskView, partial(self._is_there, device))

    def _took(self, device: str, answer: Submitted) -> None:
        self._confirmed[device] = answer
        self._forget(device)
        self._one_less(device)

    def _refused(self, device: str, error: ErrorInfo) -> None:
        self._error = self._error or error
        if not error.retryable:
            self._forget(device)  # refused for good: when it is mended it is another task
        self._one_less(device)

    def _one_less(self, device: str) -> None:
        self._pending.discard(device)
        if self._pending:
            return
        if self._error is not None:
            self._choose_the_rest()
        self.answered.emit(self._confirmed, self._error)

    def _is_there(self, device: str, view: TaskView) -> None:
        ids = self._desk.state.now.draft.session_ids
        if self.is_sending or ids.get(device) != view.task.session_id:
            return
        self._confirmed[device] = Submitted(session_id=view.task.session_id, seq=view.seq, existing=True)
        self._forget(device)
        if ids:
            self._choose_the_rest()
        self.found.emit(view.task.session_id)

    def _choose_the_rest(self) -> None:
        """Let the draft be for the phones only that have no task of it yet: it is going to be sent again."""
        draft = self._desk.state.now.draft
        draft.device_ids = [one for one in draft.device_ids if one not in self._confirmed]
        self._desk.state.save()

    def _forget(self, device: str) -> None:
        self._desk.state.now.draft.session_ids.pop(device, None)
        self._desk.state.save()
