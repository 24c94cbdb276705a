"""How a task is stopped: every course of messages, by what was answered; no sockets."""

from __future__ import annotations

import msgspec
import pytest

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import (
    CancelTask,
    Done,
    ErrorInfo,
    ForceStop,
    GetTask,
    Message,
    ProcessRow,
    Stopping,
    StopTask,
    TaskRow,
    TaskView,
)
from shared.settings import STOP_ANSWER_S
from shared.stopping import Course, Send, seen_running, stop_task
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
CLAIMED, STALE = refusal(ErrorCode.ILLEGAL_TRANSITION), refusal(ErrorCode.STALE)


@pytest.mark.parametrize("state", [TaskState.SUCCESS, TaskState.FAILED, TaskState.STOPPED, TaskState.CRASHED])
def test_nothing_is_asked_for_a_task_that_has_ended(state: TaskState) -> None:
    assert play(stop(state)) == []


@pytest.mark.parametrize(
    ("state", "answers", "asked"),
    [
        (TaskState.CREATED, [Done()], [CANCEL]),
        (TaskState.CREATED, [CLAIMED, view(TaskState.STOPPED)], [CANCEL, LOOK]),
        (TaskState.CREATED, [CLAIMED, view(TaskState.RUNNING), Stopping(session_id="t")], [CANCEL, LOOK, STOP]),
        (TaskState.RUNNING, [Stopping(session_id="t")], [STOP]),
        (TaskState.RUNNING, [STALE], [STOP]),
        (TaskState.RUNNING, [None, Done()], [STOP, FORCE]),
        (TaskState.RUNNING, [None, STALE], [STOP, FORCE]),
        (TaskState.RUNNING, [refusal(ErrorCode.DEADLINE), Done()], [STOP, FORCE]),
        (TaskState.STOPPING, [None, Done()], [STOP, FORCE]),
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
        (TaskState.RUNNING, [None, refusal(ErrorCode.UNKNOWN_PROCESS)], ErrorCode.UNKNOWN_PROCESS),
        (TaskState.RUNNING, [None, None], ErrorCode.NOT_RUNNING),
    ],
)
def test_a_refusal_that_is_no_news_is_raised(state: TaskState, answers: list[Message | None], code: ErrorCode) -> None:
    with pytest.raises(StepwellError) as refused:
        play(stop(state), *answers)
    assert refused.value.code is code
    assert isinstance(refused.value, NotReachableError) == (answers[-1] is None)


def test_the_messages_say_who_asks_and_why_and_a_worker_has_little_time() -> None:
    course = stop(TaskState.RUNNING)
    assert next(course) == Send("worker-1", StopTask(session_id="t", reason="enough", by="gui-1"), STOP_ANSWER_S)
    force = ForceStop(worker="worker-1", incarnation="ab", session_id="t", reason="enough", by="gui-1")
    assert course.send(None).message == force
    course = stop(TaskState.CREATED)
    assert next(course).message == CancelTask(session_id="t", reason="enough")
    assert course.send(CLAIMED).message == GetTask(task_id="t")


def test_with_the_daemon_away_the_worker_is_found_by_the_task_that_it_names() -> None:
    idle = ProcessRow(
        name="worker-1",
        role="worker",
        pid=1,
        incarnation="a",
        state="ready",
        restarts=0,
        uptime_s=1.0,
        device_id=None,
        detail="",
    )
    busy = msgspec.structs.replace(idle, name="worker-2", session_id="abcdef")
    assert seen_running([idle, busy], "abc") is busy
    assert seen_running([idle, busy], "@last") is busy
    assert seen_running([idle, busy], "xyz") is None
    assert seen_running([idle], "@last") is None
