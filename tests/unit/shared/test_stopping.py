"""How a task is stopped: every course of messages, by what was answered; no sockets."""

from __future__ import annotations

import pytest

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import (
    CancelTask,
    Done,
    ErrorInfo,
    ExpectStop,
    ForceStop,
    GetTask,
    Message,
    Stopping,
    StopTask,
    TaskRow,
    TaskView,
)
from shared.settings import STOP_ANSWER_S, STOP_LOOK_S
from shared.stopping import Course, Send, stop_task
from shared.task_state import TaskState


def task(state: TaskState) -> TaskRow:
    values: dict[str, object] = dict.fromkeys(TaskRow.__struct_fields__)
    worker = None if state is TaskState.CREATED else "worker-1"
    values |= {"session_id": "t", "final_status": state, "claimed_by": worker, "incarnation": worker and "ab"}
    return TaskRow(**values)  # type: ignore[arg-type]


def view(state: TaskState) -> TaskView:
    values = dict.fromkeys(TaskView.__struct_fields__) | {"task": task(state)}
    return TaskView(**values)


def refusal(code: ErrorCode) -> ErrorInfo:
    return ErrorInfo(code=code, message=str(code))


def stop(state: TaskState) -> Course:
    return stop_task(task(state), "enough", "gui-1")


def play(course: Course, *answers: Message | None) -> list[str]:
    """What was asked of whom, as the answers came; the course must be over then."""
    asked = []
    send = next(course, None)
    for answer in answers:
        assert isinstance(send, Send)
        asked.append(f"{type(send.message).__name__} {send.receiver}")
        try:
            send = course.send(answer)
        except StopIteration:
            send = None
    assert send is None
    return asked


CANCEL, LOOK, STOP, FORCE = "CancelTask daemon", "GetTask daemon", "StopTask worker-1", "ForceStop supervisor"
EXPECT = "ExpectStop supervisor"
CLAIMED, STALE = refusal(ErrorCode.ILLEGAL_TRANSITION), refusal(ErrorCode.STALE)


@pytest.mark.parametrize("state", [TaskState.SUCCESS, TaskState.FAILED, TaskState.STOPPED, TaskState.CRASHED])
def test_nothing_is_asked_for_a_task_that_has_ended(state: TaskState) -> None:
    assert play(stop(state)) == []


@pytest.mark.parametrize(
    ("state", "answers", "asked"),
    [
        (TaskState.CREATED, [Done()], [CANCEL]),
        (TaskState.CREATED, [CLAIMED, view(TaskState.STOPPED)], [CANCEL, LOOK]),
        (
            TaskState.CREATED,
            [CLAIMED, view(TaskState.RUNNING), Done(), Stopping(session_id="t")],
            [CANCEL, LOOK, EXPECT, STOP],
        ),
        (TaskState.RUNNING, [Done(), Stopping(session_id="t")], [EXPECT, STOP]),
        (TaskState.RUNNING, [None, Stopping(session_id="t")], [EXPECT, STOP]),  # the supervisor is away
        (TaskState.RUNNING, [STALE, STALE], [EXPECT, STOP]),
        (TaskState.RUNNING, [Done(), None, Done()], [EXPECT, STOP, FORCE]),
        (TaskState.RUNNING, [Done(), None, STALE], [EXPECT, STOP, FORCE]),
        (TaskState.RUNNING, [Done(), refusal(ErrorCode.DEADLINE), Done()], [EXPECT, STOP, FORCE]),
        (TaskState.STOPPING, [Done(), None, Done()], [EXPECT, STOP, FORCE]),
    ],
)
def test_who_is_asked_next_follows_from_what_was_answered(
    state: TaskState, answers: list[Message | None], asked: list[str]
) -> None:
    assert play(stop(state), *answers) == asked


@pytest.mark.parametrize(
    ("state", "answers", "code"),
    [
        (TaskState.CREATED, [refusal(ErrorCode.STORE_FULL)], ErrorCode.STORE_FULL),
        (TaskState.CREATED, [None], ErrorCode.STORE_AWAY),
        (TaskState.CREATED, [CLAIMED, None], ErrorCode.STORE_AWAY),
        (TaskState.RUNNING, [refusal(ErrorCode.WRONG_ROLE)], ErrorCode.WRONG_ROLE),
        (TaskState.RUNNING, [Done(), refusal(ErrorCode.WRONG_ROLE)], ErrorCode.WRONG_ROLE),
        (TaskState.RUNNING, [Done(), None, refusal(ErrorCode.UNKNOWN_PROCESS)], ErrorCode.UNKNOWN_PROCESS),
        (TaskState.RUNNING, [Done(), None, None], ErrorCode.NOT_RUNNING),
    ],
)
def test_a_refusal_that_is_no_news_is_raised(state: TaskState, answers: list[Message | None], code: ErrorCode) -> None:
    with pytest.raises(StepwellError) as refused:
        play(stop(state), *answers)
    assert refused.value.code is code
    assert isinstance(refused.value, NotReachableError) == (answers[-1] is None)


def test_the_messages_say_who_asks_and_why_and_a_worker_has_little_time() -> None:
    course = stop(TaskState.RUNNING)
    expected = ExpectStop(worker="worker-1", incarnation="ab", session_id="t", reason="enough", by="gui-1")
    assert next(course) == Send("supervisor", expected, STOP_LOOK_S)
    assert course.send(Done()) == Send("worker-1", StopTask(session_id="t", reason="enough", by="gui-1"), STOP_ANSWER_S)
    force = ForceStop(worker="worker-1", incarnation="ab", session_id="t", reason="enough", by="gui-1")
    assert course.send(None).message == force
    course = stop(TaskState.CREATED)
    assert next(course).message == CancelTask(session_id="t", reason="enough")
    assert course.send(CLAIMED).message == GetTask(task_id="t")
