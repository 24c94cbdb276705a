"""Talking to a running Stepwell from the command line: one small synchronous object for all commands.

Views and queue matters go to the daemon, a submission to any ready worker, a stop to the worker that runs the task,
processes to the supervisor. Whatever is not running is said at once, from its lock, not by a time-out.
"""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING, Final, TypeVar

import psutil
import zmq

from shared.errors import BadInputError, ErrorCode, NotConfirmedError, NotReachableError, StepwellError
from shared.identity import IDENTIFIER, Identity, new_incarnation, quoted
from shared.messages import (
    AnswerWait,
    Decision,
    DeleteTask,
    DeviceList,
    Done,
    EventPage,
    GetProcesses,
    GetStatus,
    GetTask,
    HoldDevice,
    Label,
    LabelTask,
    ListDevices,
    ListEvents,
    ListSetAside,
    ListSteps,
    ListTasks,
    ListWaits,
    Message,
    NewTask,
    PauseTask,
    ProcessList,
    ProcessRow,
    ReleaseDevice,
    Role,
    SetAsidePage,
    SetAsideRow,
    ShutDown,
    StepPage,
    StepRow,
    StoreStatus,
    SubmitTask,
    Submitted,
    TaskPage,
    TaskRow,
    TaskView,
    Tidiness,
    TidyStore,
    WaitList,
    WaitRow,
)
from shared.paths import unusable
from shared.posix import in_the_way, is_plain_file, lock_holder
from shared.publishing import Subscriber
from shared.settings import REQUEST_S
from shared.stopping import stop_at, stop_task
from shared.task_state import is_final
from shared.transport import Requester, error_info
from supervisor.homes import supervisor_pid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.paths import Home
    from shared.stopping import Course

T = TypeVar("T", bound=Message)
_STEPS_A_PAGE: Final = 200
_EVENTS_A_PAGE: Final = 200
_WORKER_WAIT_S: Final = 10.0  # a submission waits so long for a ready worker


def is_running(home: Home) -> bool:
    """Tell whether a supervisor holds `home`; BadInputError BAD_HOME when the home does not let us ask."""
    lock = home.lock("supervisor")
    try:
        if os.path.lexists(lock) and not is_plain_file(lock):
            raise in_the_way(lock)
        return home.run.is_dir() and lock_holder(lock) is not None
    except OSError as error:
        raise unusable(home, error) from None


def _silent(pid: int, error: NotReachableError) -> NotReachableError:
    """Return what to tell of a supervisor that lives and does not answer: which process it is, and what to do."""
    end_it = f"end it: kill -9 {pid}; what was acknowledged is kept, and the others end by themselves"
    try:
        is_stopped = psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return error
    if is_stopped:
        sentence, remedy = "is suspended (SIGSTOP, Ctrl-Z)", f"let it go on: kill -CONT {pid}; or {end_it}"
    else:
        sentence, remedy = "does not answer", f"wait, and try again; or {end_it}"
    sentence = f"the supervisor, process {pid}, {sentence}"
    return NotReachableError(ErrorCode.NOT_RUNNING, sentence, remedy=remedy, retryable=True)


class Client:
    """A connection to the processes of one home; NotReachableError NOT_RUNNING when nothing runs there.

    `while_waiting` is called twice a second while an answer is waited for; what it raises ends the waiting.
    """

    def __init__(self, home: Home) -> None:
        if not is_running(home):
            raise NotReachableError(
                ErrorCode.NOT_RUNNING, f"Stepwell is not running in {home.root}", remedy="start it: stepwell up"
            )
        self.home = home
        self.identity = Identity(f"{Role.CLI}-{secrets.token_hex(4)}", new_incarnation())
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._requesters: dict[str, Requester] = {}
        self.while_waiting: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Close all connections."""
        for requester in self._requesters.values():
            requester.close()
        self._context.destroy(linger=0)

    def subscribe(self) -> Subscriber:
        """Return a subscription to the daemon's events; subscribe before the view is read."""
        return Subscriber(self._context, self.home.endpoint("events"))

    def ask(self, name: str, message: Message, reply_type: type[T], timeout_s: float = REQUEST_S) -> T:
        """Ask the process called `name`; StepwellError as `Requester.ask`."""
        try:
            return self._requester(name).ask(message, reply_type, timeout_s, self.while_waiting)
        except NotReachableError as error:
            if name == Role.SUPERVISOR and (pid := supervisor_pid(self.home)) is not None:
                raise _silent(pid, error) from None
            raise

    # --- views

    def processes(self) -> ProcessList:
        """Return what runs."""
        return self.ask(Role.SUPERVISOR, GetProcesses(), ProcessList)

    def store(self) -> StoreStatus:
        """Return how the store is."""
        return self.ask(Role.DAEMON, GetStatus(), StoreStatus)

    def tasks(self, query: ListTasks, timeout_s: float = REQUEST_S) -> TaskPage:
        """Return a page of tasks."""
        return self.ask(Role.DAEMON, query, TaskPage, timeout_s)

    def task(self, task_id: str, timeout_s: float = REQUEST_S) -> TaskView:
        """Return the task that a prefix, or `@last`, names."""
        if task_id != "@last" and not IDENTIFIER.match(task_id):
            raise BadInputError(
                ErrorCode.UNKNOWN_TASK,
                f"{quoted(task_id)} is no task's id",
                remedy="see `stepwell tasks`, or write @last",
            )
        return self.ask(Role.DAEMON, GetTask(task_id=task_id), TaskView, timeout_s)

    def steps(self, session_id: str, after: int = 0) -> Iterator[StepRow]:
        """Yield the task's steps from number `after` on, page by page."""
        following: int | None = after
        while following is not None:
            query = ListSteps(session_id=session_id, after=following, limit=_STEPS_A_PAGE)
            page = self.ask(Role.DAEMON, query, StepPage)
            yield from page.items
            following = page.next

    def devices(self) -> DeviceList:
        """Return the devices that the store knows."""
        return self.ask(Role.DAEMON, ListDevices(), DeviceList)

    def waits(self) -> WaitList:
        """Return what waits for a person now."""
        return self.ask(Role.DAEMON, ListWaits(), WaitList)

    def set_aside(self, session_id: str) -> Iterator[SetAsideRow]:
        """Yield the records of a task that were set aside, newest first, page by page."""
        following: int | None = 0
        while following is not None:
            page = self.ask(Role.DAEMON, ListSetAside(session_id=session_id, after=following), SetAsidePage)
            yield from page.items
            following = page.next

    def events(self, after: int, limit: int = _EVENTS_A_PAGE) -> EventPage:
        """Return a page of the committed events after a seq."""
        return self.ask(Role.DAEMON, ListEvents(after=after, limit=limit), EventPage)

    # --- commands

    def submit(self, task: NewTask) -> Submitted:
        """Queue a task by any ready worker; returns after its commit. NotConfirmedError: it may be queued, or not."""
        end = time.monotonic() + _WORKER_WAIT_S
        while True:
            workers = [row for row in self.processes().items if row.role == Role.WORKER and row.state == "ready"]
            if workers:
                return self._submit_to(workers[0].name, task)
            if time.monotonic() > end:
                raise NotReachableError(
                    ErrorCode.NOT_RUNNING, "no worker is ready to take a task", remedy="see `stepwell status`"
                )
            time.sleep(0.1)

    def _submit_to(self, worker: str, task: NewTask) -> Submitted:
        try:
            return self.ask(worker, SubmitTask(task=task), Submitted)
        except NotReachableError as error:
            raise NotConfirmedError(error.code, task.session_id, f"{worker} does not answer") from None
        except StepwellError as error:
            if error.code is not ErrorCode.STORE_AWAY:
                raise
            raise NotConfirmedError(error.code, task.session_id, "the store does not answer") from None

    def stop(self, task: TaskRow, reason: str) -> None:
        """Ask for the end of a task, wherever it is; by force when its worker does not answer within 2 s."""
        self._carry_out(stop_task(task, reason, self.identity.name))

    def pause(self, task: TaskRow) -> None:
        """Let a running task rest before its next step."""
        self.ask(self._worker_of(task), PauseTask(session_id=task.session_id, by=self.identity.name), Done)

    def answer(self, task: TaskRow, wait: WaitRow, decision: Decision, text: str) -> int:
        """Answer what a task waits for and return the event that settled it; STALE when it is too late for that."""
        request = AnswerWait(
            session_id=task.session_id,
            seq=wait.seq,
            decision=decision,
            action_digest=wait.action_digest,
            text=text,
            by=self.identity.name,
        )
        return self.ask(self._worker_of(task), request, Done).seq

    @staticmethod
    def _worker_of(task: TaskRow) -> str:
        if task.claimed_by is None or is_final(task.final_status):
            sentence = f"task {task.session_id[:8]} is {task.final_status}: no worker runs it"
            raise BadInputError(ErrorCode.STALE, sentence, remedy="see `stepwell tasks`")
        return task.claimed_by

    def stop_unseen(self, task_id: str, reason: str) -> str | None:
        """Stop a task without the daemon: by the worker whose heartbeat names it. None when none does.

        Returns the task's id; its end is recorded when the daemon is there. AMBIGUOUS_TASK when several fit.
        """
        found = [row for row in self.at_work() if task_id == "@last" or (row.session_id or "").startswith(task_id)]
        if len(found) > 1:
            sentence = f"{len(found)} tasks run that {task_id} may mean, and the store does not answer"
            raise BadInputError(ErrorCode.AMBIGUOUS_TASK, sentence, remedy="name the task by its whole id")
        for row in found:
            self.stop_worker(row, reason)
            return row.session_id
        return None

    def label(self, session_id: str, step_num: int | None, label: Label | None, correction: str) -> None:
        """Judge a step, or (None) a whole task; `label` None takes the judgement back."""
        request = LabelTask(session_id=session_id, step_num=step_num, label=label, correction=correction)
        self.ask(Role.DAEMON, request, Done)

    def delete(self, session_id: str) -> int:
        """Delete an ended task and return the event that did, now or before."""
        return self.ask(Role.DAEMON, DeleteTask(session_id=session_id), Done).seq

    def tidy(self, *, vacuum: bool = False) -> Tidiness:
        """Return how much of what was deleted is still on the disk; `vacuum`: let free space be given back too."""
        return self.ask(Role.DAEMON, TidyStore(vacuum=vacuum), Tidiness)

    def at_work(self) -> list[ProcessRow]:
        """Return the workers whose heartbeats name a task: known with the daemon away too."""
        return [row for row in self.processes().items if row.session_id]

    def stop_worker(self, row: ProcessRow, reason: str) -> None:
        """Stop the task that a worker's heartbeat names; by force when the worker does not answer within 2 s."""
        self._carry_out(stop_at(row.name, row.incarnation or "", row.session_id or "", reason, self.identity.name))

    def hold(self, device_id: str, reason: str) -> None:
        """Let no waiting task begin on a device."""
        self.ask(Role.DAEMON, HoldDevice(device_id=device_id, reason=reason), Done)

    def release(self, device_id: str) -> None:
        """Let the queue of a device go on."""
        self.ask(Role.DAEMON, ReleaseDevice(device_id=device_id), Done)

    def shut_down(self, reason: str) -> None:
        """Bring everything down; returns when the supervisor has begun."""
        self.ask(Role.SUPERVISOR, ShutDown(reason=reason), Done)

    def _carry_out(self, course: Course) -> None:
        """Send what the course says, one message after another, and tell it what was answered."""
        answer: Message | None = None
        while True:
            try:
                send = course.send(answer)
            except StopIteration:
                return
            try:
                answer = self._requester(send.receiver).request(
                    send.message, send.patience_s, while_waiting=self.while_waiting
                )
            except NotReachableError:
                answer = None
            except StepwellError as error:
                answer = error_info(error)

    def _requester(self, name: str) -> Requester:
        if name not in self._requesters:
            away = ErrorCode.STORE_AWAY if name == Role.DAEMON else ErrorCode.NOT_RUNNING
            self._requesters[name] = Requester(self._context, self.home.endpoint(name), self.identity, away)
        return self._requesters[name]
