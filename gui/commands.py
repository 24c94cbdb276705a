"""What a person does to tasks and devices, as messages: submit, stop, cancel, hold, release, label, delete.

Each returns at once; the person hears through `told` (a sentence, and whether it is an error), everything else comes
by events. A stop follows the protocol's order: a waiting task is cancelled at the daemon, a running one stopped at its
worker, and when the worker does not answer in time the supervisor ends it by force.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui import words
from shared.errors import ErrorCode
from shared.messages import (
    CancelTask,
    DeleteTask,
    Done,
    ErrorInfo,
    ForceStop,
    GetTask,
    HoldDevice,
    KillWorker,
    Label,
    LabelTask,
    NewTask,
    ReleaseDevice,
    ReloadSettings,
    Request,
    Role,
    ShutDown,
    Stopping,
    StopTask,
    SubmitTask,
    Submitted,
    TaskRow,
    TaskView,
)
from shared.settings import REQUEST_S, STOP_ANSWER_S
from shared.task_state import TaskState, is_final

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.fleet import Fleet
    from gui.link.link import Link
    from shared.identity import Identity

_SUBMIT_S = 10.0  # a worker may be busy with its start


class Commands(QObject):
    """See the head of this file. `stopping` names a task whose stop was asked for and is not recorded yet."""

    told = Signal(str, bool)
    stopping = Signal(str)

    def __init__(self, link: Link, fleet: Fleet, identity: Identity) -> None:
        super().__init__()
        self._link = link
        self._fleet = fleet
        self._identity = identity
        self._asked_to_stop: set[str] = set()

    def is_stopping(self, session_id: str) -> bool:
        """Tell whether this window has asked for a task's stop: to be shown as not recorded, while the task runs."""
        return session_id in self._asked_to_stop

    def submit(self, task: NewTask, then: Callable[[Submitted], None], failed: Callable[[ErrorInfo], None]) -> None:
        """Queue a task by any ready worker; `then` is called after its commit."""
        workers = self._link.ready_workers()
        if not workers:
            sentence = self.tr("no worker is ready to take a task; look at the lights at the top right")
            failed(ErrorInfo(code=ErrorCode.NOT_RUNNING, message=sentence, retryable=True))
            return
        name = random.choice(workers)  # noqa: S311 - any worker will do
        self._link.ask(name, SubmitTask(task=task), Submitted, then, failed, _SUBMIT_S)

    def stop(self, task: TaskRow, reason: str = "stopped in the window") -> None:
        """Stop a task, wherever it is."""
        if is_final(task.final_status):
            return
        self._asked_to_stop.add(task.session_id)
        self.stopping.emit(task.session_id)
        if task.final_status is TaskState.CREATED:
            cancel = CancelTask(session_id=task.session_id, reason=reason)
            self._link.ask(Role.DAEMON, cancel, Done, self._nothing, partial(self._not_cancelled, task, reason))
        else:
            self._stop_running(task, reason)

    def stop_all(self) -> None:
        """Stop every task that runs or waits: the waiting ones first, so that none of them begins."""
        for task in (*self._fleet.queue, *self._fleet.running):
            self.stop(task, "stop all in the window")

    def hold(self, device_id: str) -> None:
        """Let no waiting task begin on a device."""
        self._do(Role.DAEMON, HoldDevice(device_id=device_id, reason=self.tr("held by a person")))

    def release(self, device_id: str) -> None:
        """Let the queue of a device go on."""
        self._do(Role.DAEMON, ReleaseDevice(device_id=device_id))

    def label(self, session_id: str, step_num: int | None, label: Label | None, correction: str = "") -> None:
        """Judge a step or (None) a whole task."""
        self._do(Role.DAEMON, LabelTask(session_id=session_id, step_num=step_num, label=label, correction=correction))

    def delete(self, session_id: str, then: Callable[[Done], None]) -> None:
        """Remove a task that has ended."""
        self._link.ask(Role.DAEMON, DeleteTask(session_id=session_id), Done, then, self._refused)

    def reload_settings(self, then: Callable[[Done], None], failed: Callable[[ErrorInfo], None]) -> None:
        """Let the workers take `stepwell.toml` as it now is."""
        self._link.ask(Role.SUPERVISOR, ReloadSettings(), Done, then, failed)

    def kill_worker(self, worker: str, incarnation: str) -> None:
        """Kill -9 a worker of the demo."""
        self._do(Role.SUPERVISOR, KillWorker(worker=worker, incarnation=incarnation))

    def shut_down(self) -> None:
        """Bring all of Stepwell down."""
        self._do(Role.SUPERVISOR, ShutDown(reason="asked in the window"))

    def _do(self, target: str, message: Request) -> None:
        self._link.ask(target, message, Done, self._nothing, self._refused, REQUEST_S)

    def _stop_running(self, task: TaskRow, reason: str) -> None:
        stop = StopTask(session_id=task.session_id, reason=reason, by=str(self._identity))
        failed = partial(self._not_stopped, task, reason)
        self._link.ask(task.claimed_by or "", stop, Stopping, self._nothing, failed, STOP_ANSWER_S)

    def _not_cancelled(self, task: TaskRow, reason: str, error: ErrorInfo) -> None:
        if error.code is ErrorCode.ILLEGAL_TRANSITION:  # it was claimed in the meantime
            again = partial(self._stop_seen, reason)
            self._link.ask(Role.DAEMON, GetTask(task_id=task.session_id), TaskView, again, self._refused)
        else:
            self._asked_to_stop.discard(task.session_id)
            self._refused(error)

    def _stop_seen(self, reason: str, view: TaskView) -> None:
        if not is_final(view.task.final_status):
            self._stop_running(view.task, reason)

    def _not_stopped(self, task: TaskRow, reason: str, error: ErrorInfo) -> None:
        if error.code is ErrorCode.STALE:  # it has ended in the meantime
            return
        force = ForceStop(
            worker=task.claimed_by or "",
            incarnation=task.incarnation or "",
            session_id=task.session_id,
            reason=reason,
            by=str(self._identity),
        )
        self._link.ask(Role.SUPERVISOR, force, Done, self._nothing, partial(self._not_forced, task))

    def _not_forced(self, task: TaskRow, error: ErrorInfo) -> None:
        if error.code is not ErrorCode.STALE:
            self._asked_to_stop.discard(task.session_id)
            self._refused(error)

    def _refused(self, error: ErrorInfo) -> None:
        self.told.emit(words.refusal(error), True)

    def _nothing(self, _answer: object) -> None:
        """Wait for the events, which tell what came of it."""
