"""The worker's control thread: takes commands, beats, and brings the executor down in order.

Commands come to the worker's own ROUTER: `SubmitTask` (checked, then sent on to the daemon; answered after commit),
`AnswerWait` (likewise), `StopTask`, `PauseTask` and `GetLive` (answered at once), `PersonAct` and `GetScreen` (answered
by the agent's thread, which waits meanwhile). Nothing here waits for a step, a model, a device, a person or the daemon.
Called by __main__.
"""

from __future__ import annotations

import os
import queue
import time
from typing import TYPE_CHECKING, Final

import zmq

from shared.errors import BadInputError, ErrorCode, NotConfirmedError, NotReachableError, StepwellError
from shared.logs import get_logger
from shared.messages import (
    AnswerWait,
    CreateTask,
    Done,
    ErrorInfo,
    ForceStop,
    GetLive,
    GetScreen,
    Heartbeat,
    Message,
    PauseTask,
    PersonAct,
    Request,
    SettleWait,
    Stopping,
    StopTask,
    SubmitTask,
)
from shared.settings import HEARTBEAT_S, REQUEST_S
from shared.transport import Incoming, Responder, deadline_in, error_info
from worker.agents.base import can_continue, check_task, needs_model

if TYPE_CHECKING:
    from concurrent.futures import Future

    from shared.child import Child
    from worker.executor import TaskExecutor
    from worker.plugins import AgentPlugins
    from worker.running_task import RunningTask
    from worker.store_link import StoreLink

_LAST_WORDS_S: Final = 0.3  # an answer that waits for the daemon gets so long before the store is said to be away


class WorkerServer:
    """See the head of this file."""

    def __init__(self, child: Child, link: StoreLink, executor: TaskExecutor, agents: AgentPlugins) -> None:
        self._child = child
        self._link = link
        self._executor = executor
        self._agents = agents
        self._responder = Responder(child.context, child.home.endpoint(child.config.name), child.identity)
        self._answers: queue.SimpleQueue[tuple[Incoming, Message]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._force_asked_at = 0.0
        self._exit_reason = ""

    def exit(self, reason: str) -> None:
        """Let the worker end (from any thread): it lost its task, or its executor."""
        self._exit_reason = reason
        os.write(self._wake_write, b"!")

    def serve(self) -> int:
        """Answer until a stop is asked for and the executor is done; return the exit code."""
        poller = zmq.Poller()
        for source in (self._responder.socket, self._wake_read, self._child.stop_fd):
            poller.register(source, zmq.POLLIN)
        while not self._exit_reason:
            events = dict(poller.poll(int(HEARTBEAT_S * 500)))
            if self._wake_read in events:
                os.read(self._wake_read, 4096)
            if self._child.stop_fd in events:
                poller.unregister(self._child.stop_fd)
                if not self._child.orphaned:  # nobody has asked for a stop then
                    self._executor.quit(self._child.stop_reason or "Stepwell was shut down")
            self._answer_commands()
            self._beat()
            if self._child.orphaned:
                self._executor.orphan()
                break
            if self._child.stop_requested.is_set() and self._executor.ended:
                break
        if self._exit_reason:
            get_logger().error("the worker ends", reason=self._exit_reason)
        self._responder.close()
        return 1 if self._exit_reason else 0

    # --- commands ----------------------------------------------------------------------------------------------------

    def _answer_commands(self) -> None:
        while (incoming := self._responder.receive()) is not None:
            try:
                self._obey(incoming)
            except StepwellError as error:
                self._responder.reply(incoming, error_info(error))
        while not self._answers.empty():
            self._responder.reply(*self._answers.get())

    def _obey(self, incoming: Incoming) -> None:
        message = incoming.message
        if isinstance(message, SubmitTask):
            self._submit(incoming, message)
        elif isinstance(message, StopTask):
            by = message.by or incoming.sender.name
            if not self._executor.stop_task(message.session_id, message.reason or f"stopped by {by}", by):
                raise StepwellError(ErrorCode.STALE, f"this worker does not run task {message.session_id}")
            get_logger().info("stop asked", task=message.session_id, by=by, reason=message.reason)
            self._responder.reply(incoming, Stopping(session_id=message.session_id))
        elif isinstance(message, GetLive):
            live = self._running(message.session_id).context.live
            self._responder.reply(incoming, live.told(message.session_id))
        elif isinstance(message, PauseTask):
            self._running(message.session_id).context.waits.ask_pause()
            get_logger().info("pause asked", task=message.session_id, by=message.by or incoming.sender.name)
            self._responder.reply(incoming, Done())
        elif isinstance(message, AnswerWait):
            self._settle(incoming, message)
        elif isinstance(message, PersonAct | GetScreen):
            desk = self._running(message.session_id).desk
            desk.put(message, lambda answer: self._answer_later(incoming, answer))

    def _running(self, session_id: str) -> RunningTask:
        running = self._executor.running
        if running is None or running.task.session_id != session_id:
            raise StepwellError(ErrorCode.STALE, f"this worker does not run task {session_id}")
        return running

    def _settle(self, incoming: Incoming, message: AnswerWait) -> None:
        """Send a person's answer on to the store; its answer is theirs, and the task hears of it from the store."""
        waits = self._running(message.session_id).context.waits
        settle = SettleWait(
            session_id=message.session_id,
            seq=message.seq,
            decision=message.decision,
            action_digest=message.action_digest,
            text=message.text,
            by=message.by or incoming.sender.name,
        )

        def pass_on(done: Future[Message]) -> None:
            waits.wake(look=True)
            error = done.exception()
            self._answer_later(incoming, done.result() if error is None else _told(error))

        self._link.request(settle, _patience(message)).add_done_callback(pass_on)

    def _submit(self, incoming: Incoming, message: SubmitTask) -> None:
        request = self._checked(message, submitted_by=incoming.sender.name)
        answer = self._link.request(request, _patience(message))
        answer.add_done_callback(lambda done: self._pass_on(incoming, message.task.session_id, done))

    def _checked(self, message: SubmitTask, submitted_by: str) -> CreateTask:
        """Return what the daemon is to store; BadInputError when no worker could run the task."""
        task = message.task
        agent = self._agents.agent(task.agent)
        if not task.task_description.strip():
            raise BadInputError(ErrorCode.BAD_REQUEST, "the task's text is empty", remedy="say what is to be done")
        if task.continues is not None and not can_continue(agent):
            sentence = f"the agent {task.agent} cannot go on where another task ended"
            raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="run the task anew")
        check_task(agent, task)
        if not needs_model(agent):
            return CreateTask(task=task, submitted_by=submitted_by)
        _, profile = self._child.config.settings.profile(task.model)
        return CreateTask(task=task, base_url=profile.base_url, model_name=profile.model, submitted_by=submitted_by)

    def _pass_on(self, incoming: Incoming, session_id: str, done: Future[Message]) -> None:
        """Hand the daemon's answer to the control thread (called in the link's)."""
        error = done.exception()
        if error is None:
            answer: Message = done.result()
            self._executor.look_for_work()
        elif isinstance(error, NotReachableError):
            answer = error_info(NotConfirmedError(error.code, session_id, "the store does not answer"))
        else:
            answer = _told(error)
        self._answer_later(incoming, answer)

    def _answer_later(self, incoming: Incoming, answer: Message) -> None:
        """Let the control thread send an answer (called in any thread)."""
        self._answers.put((incoming, answer))
        os.write(self._wake_write, b"!")

    # --- heartbeats and the end --------------------------------------------------------------------------------------

    def _beat(self) -> None:
        running = self._executor.running
        if running is None:
            self._child.alive(Heartbeat(name=self._child.config.name))
            return
        stopping_for = running.stopping_for_s()
        limits = running.context.settings.limits
        heartbeat = Heartbeat(
            name=self._child.config.name,
            session_id=running.task.session_id,
            step_running_s=running.context.step_running_s(),
            step_limit_s=limits.step_s,
            stopping_for_s=stopping_for,
        )
        self._child.alive(heartbeat)
        if stopping_for is not None and stopping_for > limits.stop_grace_s:
            self._ask_for_force(running.task.session_id)

    def _ask_for_force(self, session_id: str) -> None:
        """Let the supervisor end this process, because the agent does not; asked again after a while."""
        if time.monotonic() - self._force_asked_at < REQUEST_S:
            return
        self._force_asked_at = time.monotonic()
        get_logger().error("the agent does not end after a stop; asking for force", task=session_id)
        force = ForceStop(
            deadline=deadline_in(REQUEST_S),
            worker=self._child.config.name,
            incarnation=self._child.config.incarnation,
            session_id=session_id,
            reason="the agent did not end within the grace period after a stop",
            by=self._child.config.name,
        )
        self._child.tell_supervisor(force)


def _patience(message: Request) -> float:
    """Return how long the daemon has for its answer, so that the store can be said to be away before the deadline."""
    return max(0.1, min(REQUEST_S, message.deadline - time.monotonic() - _LAST_WORDS_S))


def _told(error: BaseException) -> ErrorInfo:
    if isinstance(error, StepwellError):
        return error_info(error)
    return ErrorInfo(code=ErrorCode.INTERNAL, message=str(error))
