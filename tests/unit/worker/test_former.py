"""A task that continues another one: its agent is told the record first, and what may have half happened by name."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import Actor, GetTask, ListSteps, StepPage, StepRow, TaskView
from shared.task_state import TaskState
from worker.agents.recalled import note_of, recalled
from worker.errors import AgentFailed, StopRequested
from worker.former import FormerRun, recall


def step(number: int, action: str, outcome: str | None, **fields: object) -> StepRow:
    values: dict[str, object] = dict.fromkeys(StepRow.__struct_fields__)
    texts = ("screenshot_missing", "screenshot_analysis", "action_params", "message", "thinking", "reply")
    values |= dict.fromkeys((*texts, "current_app", "started_at"), "")
    values |= {"session_id": "old", "step_num": number, "action": action, "outcome": outcome, "actor": Actor.AGENT}
    return StepRow(**(values | {"late": False, "begun_seq": number} | fields))  # type: ignore[arg-type]


@pytest.fixture
def former(task_row) -> FormerRun:
    task = task_row(
        session_id="old",
        final_status=TaskState.CRASHED,
        error_message="its worker died",
        total_steps=2,
        unknown_step=2,
    )
    steps = (
        step(1, '{"action":"Launch","app":"Shop"}', "done"),
        step(2, '{"action":"Tap","element":[500,900]}', "unknown", message="may have happened"),
    )
    return FormerRun(task, steps)


def test_the_model_is_told_the_record_and_the_action_that_may_have_half_happened(former):
    told = recalled(former, "en").splitlines()
    assert told[0] == "** Earlier Run **"
    assert told[1] == "This task was begun before and ended CRASHED (its worker died). It has done 2 steps so far:"
    assert told[2] == "1. Launch app=Shop — done"
    assert told[4].startswith("Step 2 may have happened, wholly or in part: Tap element=[500, 900].")
    assert "第 2 步可能已经执行" in recalled(former, "zh")
    assert note_of(former) == "continues task old (CRASHED); step 2 may have half happened: Tap element=[500, 900]"


class Store:
    """Answers from a list; keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def request(self, message):
        self.asked.append(message)
        answer: Future = Future()
        given = self.answers.pop(0)
        if isinstance(given, Exception):
            answer.set_exception(given)
        elif given is not None:
            answer.set_result(given)
        return answer


def test_the_record_is_read_from_the_store_which_may_be_away_at_first(former):
    view = TaskView(task=former.task, transitions=(), notes=(), set_aside=0, timeline="t", seq=9)
    page = StepPage(items=former.steps, next=None, timeline="t", seq=9)
    store = Store(NotReachableError(ErrorCode.STORE_AWAY, "away", retryable=True), view, page)
    assert recall("old", store, lambda _seconds: None) == former
    assert [type(one) for one in store.asked] == [GetTask, GetTask, ListSteps]


def test_a_record_that_is_gone_ends_the_task_with_that_reason():
    store = Store(StepwellError(ErrorCode.UNKNOWN_TASK, "task old was deleted"))
    with pytest.raises(AgentFailed, match=r"^the task that it continues cannot be read: task old was deleted$"):
        recall("old", store, lambda _seconds: None)


def test_a_stop_ends_the_reading():
    def stopped(_seconds: float) -> None:
        raise StopRequested("stopped")

    with pytest.raises(StopRequested):
        recall("old", Store(None), stopped)
