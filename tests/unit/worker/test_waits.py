"""Waiting for a person: only what is committed lets the task go on, a stop ends it at once, and a no is a no."""

from __future__ import annotations

import threading
import time

import pytest

from shared.errors import ErrorCode, StepwellError
from shared.messages import Actor, BeginStep, Decision, WaitingFor
from shared.settings import People, Settings
from worker.approval import action_digest
from worker.errors import Denied, Fenced, LimitReached, NoOpenStep, StopRequested, Unanswered
from worker.live import Phase


def begin(work) -> tuple[threading.Thread, list[BaseException]]:
    """Let `work` run in a thread of its own, as an agent does; return it with what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to the test
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def sensitive_tap(rig):
    def work() -> None:
        with rig.context.step(action={"action": "Tap"}, action_params={"x": 1, "y": 2}):
            rig.context.confirm("pay 20?")
            rig.device.tap(1, 2)

    return begin(work)


def decide(rig, decision: Decision, text: str = "") -> None:
    rig.link.decide(decision, text)
    rig.context.waits.wake(look=True)


def test_nothing_reaches_the_phone_before_the_yes_is_committed(rig, wait_until):
    agent, raised = sensitive_tap(rig)
    wait_until(lambda: rig.context.waits.standing)
    (wait,) = rig.link.waits.values()
    assert (wait.waiting_for, wait.question, wait.step_num) == (WaitingFor.CONFIRM, "pay 20?", 1)
    assert wait.action_digest == action_digest("task1", 1, '{"action":"Tap"}', '{"x":1,"y":2}')
    assert wait.patience_s == rig.context.settings.people.answer_s
    with pytest.raises(NoOpenStep, match="a person's yes"):
        rig.device.tap(9, 9)  # another thread of the agent
    assert rig.context.live.told("task1").phase == Phase.WAITING
    assert rig.phone.done == []
    decide(rig, Decision.APPROVED)
    agent.join(5)
    assert (raised, rig.phone.done) == ([], ["tap 1 2"])
    assert rig.stored == ["begin 1", "done 1"]


def test_a_no_leaves_the_step_not_executed_whatever_the_agent_makes_of_it(rig):
    rig.link.answer_waits = lambda _wait: rig.link.settled(Decision.DENIED, "use the other card")
    with rig.context.step(action="tap"):
        with pytest.raises(Denied, match="use the other card"):
            rig.context.confirm("pay?")
        with pytest.raises(NoOpenStep):
            rig.device.tap(1, 2)
    with pytest.raises(Denied), rig.context.step(action="tap"):
        rig.context.confirm("pay?")
    assert rig.phone.done == []
    assert rig.stored[-1] == "not_executed 2"


def test_a_deadline_that_passes_is_a_no_with_its_own_reason(rig):
    rig.link.answer_waits = lambda _wait: rig.link.settled(Decision.EXPIRED)
    with (
        pytest.raises(Unanswered, match=r"^the agent asked a person to confirm: pay\?; nobody answered within 3600 s$"),
        rig.context.step(action="tap"),
    ):
        rig.context.confirm("pay?")
    assert rig.stored == ["begin 1", "not_executed 1"]


def test_a_stop_ends_the_wait_at_once_also_while_the_store_is_away(rig, wait_until):
    agent, raised = sensitive_tap(rig)
    wait_until(lambda: rig.context.waits.standing)
    rig.link.away = True
    begun = time.monotonic()
    rig.context.ask_to_end()
    wait_until(lambda: not agent.is_alive() or rig.link.unanswered)
    assert time.monotonic() - begun < 0.5
    rig.link.come_back()
    agent.join(5)
    assert isinstance(raised[0], StopRequested)
    assert rig.phone.done == []
    assert rig.stored == ["begin 1", "not_executed 1"]


def test_a_store_that_is_away_delays_the_answer_and_changes_nothing(rig, wait_until):
    agent, raised = sensitive_tap(rig)
    wait_until(lambda: rig.context.waits.standing)
    rig.link.away = True
    decide(rig, Decision.APPROVED)
    agent.join(0.2)
    assert agent.is_alive()
    assert rig.phone.done == []
    rig.link.away = False
    rig.context.waits.wake(look=True)
    wait_until(lambda: rig.phone.done)
    rig.link.answer_all()
    agent.join(5)
    assert raised == []


def test_an_answer_whose_reply_was_lost_is_noticed_without_being_woken(rig, wait_until, monkeypatch):
    monkeypatch.setattr("worker.waits.ASK_AGAIN_S", 0.05)
    agent, raised = sensitive_tap(rig)
    wait_until(lambda: rig.context.waits.standing)
    rig.link.decide(Decision.APPROVED)
    agent.join(5)
    assert (raised, rig.phone.done) == ([], ["tap 1 2"])


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (StepwellError(ErrorCode.FENCED, "lost"), Fenced),
        (StepwellError(ErrorCode.ILLEGAL_TRANSITION, "STOPPING"), StopRequested),
        (StepwellError(ErrorCode.CONFLICT, "another"), StepwellError),
    ],
)
def test_what_the_store_refuses_is_no_yes(rig, refusal, kind):
    rig.link.answer_waits = lambda _wait: refusal
    with pytest.raises(kind), rig.context.step(action="tap"):
        rig.context.confirm("pay?")
    assert rig.phone.done == []


def test_a_task_that_left_running_meanwhile_is_being_stopped(rig):
    rig.link.answer_waits = lambda _wait: rig.link.settled(Decision.ENDED)
    with pytest.raises(StopRequested), rig.context.step(action="tap"):
        rig.context.confirm("pay?")


def test_waiting_counts_neither_for_the_steps_limit_nor_for_the_tasks(make_rig, wait_until):
    rig = make_rig(time_limit_s=0.2)

    def work() -> None:
        with rig.context.step(action="x"):
            rig.context.ask("which?")
        rig.context.sleep(10)

    agent, raised = begin(work)
    wait_until(lambda: rig.context.waits.waited_s > 0.4)
    assert rig.context.step_running_s() < 0.3
    decide(rig, Decision.ANSWERED, "the blue one")
    agent.join(5)
    assert isinstance(raised[0], LimitReached)
    assert rig.stored == ["begin 1", "done 1"], "the limit was reached after the wait, not in it"
    assert rig.link.stored[-1].execution_time < 0.3


def test_an_answer_is_handed_to_the_agent(rig):
    rig.link.answer_waits = lambda _wait: rig.link.settled(Decision.ANSWERED, "the blue one")
    assert rig.context.ask("which?", ["red", "blue"]) == "the blue one"
    (wait,) = rig.link.waits.values()
    assert (wait.choices, wait.step_num) == (("red", "blue"), None)


def test_with_the_policy_never_nobody_is_asked(rig):
    rig.context._persons._settings = Settings(people=People(confirm="never")).people
    with rig.context.step(action="tap"):
        rig.context.confirm("pay?")
        rig.device.tap(1, 2)
    assert rig.link.waits == {}
    assert rig.phone.done == ["tap 1 2"]


def test_a_pause_takes_effect_between_steps_and_lasts_until_it_is_resumed(rig, wait_until):
    with rig.context.step(action="first"):
        rig.context.waits.ask_pause()
        rig.device.tap(1, 2)  # the step in flight goes on
    assert rig.link.waits == {}
    agent, raised = begin(lambda: rig.context.step(action="second").__enter__())
    wait_until(lambda: rig.context.waits.standing)
    rig.context.waits.ask_pause()  # once more: nothing new
    assert rig.stored == ["begin 1", "done 1"]
    (wait,) = rig.link.waits.values()
    assert (wait.waiting_for, wait.patience_s) == (WaitingFor.PAUSED, None)
    decide(rig, Decision.RESUMED)
    agent.join(5)
    assert raised == []
    assert rig.stored == ["begin 1", "done 1", "begin 2"]
    assert not rig.context.waits.pause_asked


def test_a_take_over_is_asked_between_steps_only(rig):
    with rig.context.step(action="x"), pytest.raises(RuntimeError, match="still open"):
        rig.context.take_over("log in")
    rig.link.answer_waits = lambda _wait: rig.link.settled(Decision.RESUMED)
    rig.context.take_over("log in")
    assert [wait.waiting_for for wait in rig.link.waits.values()] == [WaitingFor.TAKE_OVER]
    assert not [r for r in rig.link.stored if isinstance(r, BeginStep) and r.actor is Actor.PERSON]
