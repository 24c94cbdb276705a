"""How a task is stopped, as a course of messages: who is asked next, given what was answered. No socket, no clock.

A waiting task is cancelled at the daemon. Of a running one the supervisor is told first, so that whatever it does to a
worker that hangs counts as this stop; then it is stopped at the worker that claimed it; when that does not answer, the
supervisor ends it by force. A task may begin, end or change its worker meanwhile: STALE and
ILLEGAL_TRANSITION are news, not faults. A course is a generator: it yields a `Send`, and is sent the answer to it, None
when none came in time; it returns when the stop is in good hands, and raises StepwellError when it was refused.

    course = stop_task(task, reason, by)
    send = next(course)
    while True:
        send = course.send(answer_to(send))     # StopIteration: done

Used by the command line, which waits for each answer, and by the window, which does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import (
    CancelTask,
    ErrorInfo,
    ExpectStop,
    ForceStop,
    GetTask,
    Message,
    Request,
    Role,
    StopTask,
    TaskView,
)
from shared.settings import REQUEST_S, STOP_ANSWER_S, STOP_LOOK_S
from shared.task_state import TaskState, is_final
from shared.transport import raise_error

if TYPE_CHECKING:
    from collections.abc import Generator

    from shared.messages import TaskRow


class Send(Struct, frozen=True):
    """Send `message` to the process called `receiver`, and wait `patience_s` seconds for its answer."""

    receiver: str
    message: Request
    patience_s: float = REQUEST_S


Course: TypeAlias = "Generator[Send, Message | None, None]"


def stop_task(task: TaskRow, reason: str, by: str) -> Course:
    """Stop `task`, wherever it is; nothing is sent when it has ended. `by` says who asks."""
    while not is_final(task.final_status):
        if task.final_status is not TaskState.CREATED:
            yield from stop_at(task.claimed_by or "", task.incarnation or "", task.session_id, reason, by)
            return
        cancel = CancelTask(session_id=task.session_id, reason=reason)
        if not _is_refused(cancel, (yield Send(Role.DAEMON, cancel)), ErrorCode.ILLEGAL_TRANSITION):
            return
        look = GetTask(task_id=task.session_id)  # it was claimed in the meantime
        view = yield Send(Role.DAEMON, look)
        _is_refused(look, view)
        if not isinstance(view, TaskView):
            raise StepwellError(ErrorCode.INTERNAL, f"GetTask was answered by {type(view).__name__}")
        task = view.task


def stop_at(worker: str, incarnation: str, session_id: str, reason: str, by: str) -> Course:
    """Stop the task that an incarnation of `worker` runs; by force when it does not answer within STOP_ANSWER_S."""
    expected = ExpectStop(worker=worker, incarnation=incarnation, session_id=session_id, reason=reason, by=by)
    answer = yield Send(Role.SUPERVISOR, expected, STOP_LOOK_S)
    if answer is not None:  # a supervisor that is away forces nobody; the worker itself is asked next
        _is_refused(expected, answer, ErrorCode.STALE, ErrorCode.UNKNOWN_PROCESS)  # another incarnation runs by now
    stop = StopTask(session_id=session_id, reason=reason, by=by)
    answer = yield Send(worker, stop, STOP_ANSWER_S)
    late = isinstance(answer, ErrorInfo) and answer.code is ErrorCode.DEADLINE
    if answer is None or late:
        force = ForceStop(worker=worker, incarnation=incarnation, session_id=session_id, reason=reason, by=by)
        _is_refused(force, (yield Send(Role.SUPERVISOR, force)), ErrorCode.STALE)  # STALE: that worker is dead already
    else:
        _is_refused(stop, answer, ErrorCode.STALE)  # STALE: the task has ended in the meantime


def _is_refused(asked: Message, answer: Message | None, *expected: ErrorCode) -> bool:
    """Tell whether `answer` is a refusal of an expected kind; raise any other one, and a missing answer."""
    if answer is None:
        away = ErrorCode.NOT_RUNNING if isinstance(asked, ForceStop) else ErrorCode.STORE_AWAY
        sentence = f"{type(asked).__name__}: no answer within {REQUEST_S:g} s, not confirmed"
        raise NotReachableError(away, sentence, remedy="see `stepwell status`", retryable=True)
    if isinstance(answer, ErrorInfo) and answer.code not in expected:
        raise_error(answer)
    return isinstance(answer, ErrorInfo)
