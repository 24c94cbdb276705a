"""What a person does to tasks and devices, as messages: submit, stop, cancel, hold, release, label, delete.

Each returns at once; the person hears through `told` (a sentence, and whether it is an error), everything else comes
by events. In which order a stop asks whom is shared/stopping.py's.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from gui import words
from shared.errors import ErrorCode, StepwellError
from shared.messages import (
    DeleteTask,
    Done,
    ErrorInfo,
    HoldDevice,
    KillWorker,
    Label,
    LabelTask,
    ListTasks,
    Message,
    NewTask,
    ReleaseDevice,
    ReloadSettings,
    Request,
    Role,
    ShutDown,
    SubmitTask,
    Submitted,
    TaskPage,
    TaskRow,
)
from shared.settings import REQUEST_S
from shared.stopping import stop_task
from shared.task_state import TaskState, is_final
from shared.transport import error_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.fleet import Fleet
    from gui.link.link import Link
    from shared.identity import Identity
    from shared.stopping import Course

_SUBMIT_S: Final = 10.0  # a worker may be busy with its start
_STOP_ALL: Final = "stop all in the window"
_PAGE: Final = 500  # waiting tasks that are read and stopped at a time


class Commands(QObject):
    """See the head of this file. `stopping` names a task whose stop was asked for and is not recorded yet."""

    told = Signal(str, bool)
    stopping = Signal(str)
    stops_ended = Signal()  # no stop waits for an answer any more: each is in good hands, or was refused

    def __init__(self, link: Link, fleet: Fleet, identity: Identity) -> None:
        super().__init__()
        self._link = link
        self._fleet = fleet
        self._identity = identity
        self._asked_to_stop: set[str] = set()
        self._courses = 0  # stops that wait for an answer

    @property
    def is_asking_to_stop(self) -> bool:
        """Whether a stop waits for an answer; a window that ends now might take it along."""
        return self._courses > 0

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
        self._courses += 1
        self._go_on(stop_task(task, reason, self._identity.name), task.session_id, None)

    def stop_all(self) -> None:
        """Stop every task that runs or waits: at once what is known, then whatever else the store tells of."""
        for task in (*self._fleet.queue, *self._fleet.running):
            self.stop(task, _STOP_ALL)
        self._stop_page_after("")

    def _stop_page_after(self, after: str) -> None:
        waiting = ListTasks(state=TaskState.CREATED, after=after, limit=_PAGE)
        self._link.ask(Role.DAEMON, waiting, TaskPage, self._stop_page, self._refused)

    def _stop_page(self, page: TaskPage) -> None:
        """Stop the tasks of a page; after the last one, what has begun meanwhile."""
        self._stop_others(page)
        if page.next is not None:
            self._stop_page_after(page.next)
        else:
            running = ListTasks(state=TaskState.RUNNING, limit=_PAGE)
            self._link.ask(Role.DAEMON, running, TaskPage, self._stop_others, self._refused)

    def _stop_others(self, page: TaskPage) -> None:
        for task in page.items:
            if task.session_id not in self._asked_to_stop:
                self.stop(task, _STOP_ALL)

    def hold(self, device_id: str) -> None:
        """Let no waiting task begin on a device."""
        self._do(Role.DAEMON, HoldDevice(device_id=device_id, reason=self.tr("held by a person")))

    def release(self, device_id: str) -> None:
        """Let the queue of a device go on."""
        self._do(Role.DAEMON, ReleaseDevice(device_id=device_id))

    def label(
        self,
        session_id: str,
        step_num: int | None,
        label: Label | None,
        correction: str = "",
        failed: Callable[[ErrorInfo], None] | None = None,
    ) -> None:
        """Judge a step or (None) a whole task. `failed` hears of a refusal, instead of the window's notice."""
        message = LabelTask(session_id=session_id, step_num=step_num, label=label, correction=correction)
        self._do(Role.DAEMON, message, failed)

    def judge(self, task: TaskRow, label: Label | None) -> None:
        """Judge a whole task without a text of its own: its correction stays, until the judgement is taken back."""
        self.label(task.session_id, None, label, (task.user_correction or "") if label is not None else "")

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

    def _do(self, target: str, message: Request, failed: Callable[[ErrorInfo], None] | None = None) -> None:
        self._link.ask(target, message, Done, self._nothing, failed or self._refused, REQUEST_S)

    def _go_on(self, course: Course, session_id: str, answer: Message | None) -> None:
        """Take the course's next message: its answer, whenever it comes, brings the one after."""
        try:
            send = course.send(answer)
        except StopIteration:
            self._course_ended()  # the stop is in good hands; events tell the rest
            return
        except StepwellError as error:
            self._asked_to_stop.discard(session_id)
            self._refused(error_info(error))
            self._course_ended()
            return
        go_on = partial(self._go_on, course, session_id)
        self._link.ask(send.receiver, send.message, Message, go_on, partial(self._not_answered, go_on), send.patience_s)

    def _course_ended(self) -> None:
        self._courses -= 1
        if self._courses == 0:
            self.stops_ended.emit()

    def _not_answered(self, go_on: Callable[[Message | None], None], error: ErrorInfo) -> None:
        """Tell the course of a refusal as such, and of no answer in time as None."""
        away = error.code in (ErrorCode.STORE_AWAY, ErrorCode.NOT_RUNNING) and error.retryable
        go_on(None if away else error)

    def _refused(self, error: ErrorInfo) -> None:
        self.told.emit(words.refusal(error), True)

    def _nothing(self, _answer: object) -> None:
        """Wait for the events, which tell what came of it."""
