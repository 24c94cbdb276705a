"""One task from its claim to its end: reports, stop, orphaning, checks, and the one transition that ends it."""

from __future__ import annotations

import threading
import time

import pytest

from shared.child_config import ChildConfig
from shared.errors import ErrorCode
from shared.messages import ChangeState, ErrorInfo, Verdict
from shared.task_state import TaskEvent, TaskState
from worker.errors import AgentFailed, Denied, Fenced, OutOfTask, RecordRefused, StopRequested, Unanswered
from worker.running_task import RunningTask


class Agents:
    """The plug-ins, of which there is one: a function."""

    def __init__(self, run):
        self._run = run

    def agent(self, _name):
        return lambda: self

    def run(self, task, device, context):
        return self._run(device, context)


@pytest.fixture
def begin(outbox, png, rig, task_row, monkeypatch):
    """Return a function that makes a RunningTask of an agent's function, and its rig."""
    from worker import checks

    monkeypatch.setattr(checks, "_PAUSE_S", 0.01)
    made = []

    def make(**task):
        config = ChildConfig(name="worker-1", incarnation="ab", home=str(outbox), start_id="s")
        made.append(RunningTask(task_row(**task), config, rig.buffer, rig.link, rig.phone))
        return made[-1]

    yield make
    for running in made:
        running.close()


def end_of(rig) -> ChangeState:
    last = rig.link.stored[-1]
    assert isinstance(last, ChangeState)
    return last


def one_tap(device, context):
    with context.step(screenshot=device.screenshot(), action={"action": "tap"}):
        device.tap(1, 2)
    return "tapped once"


def test_a_reported_success_is_stored_with_a_closing_picture_and_who_says_so(begin, rig, png):
    begin().run(Agents(one_tap))
    end = end_of(rig)
    assert (end.event, end.reason, end.verdict) == (TaskEvent.SUCCEEDED, "tapped once", Verdict.REPORTED)
    assert end.picture is not None
    assert rig.link.pictures[-1] == png


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (lambda _d, _c: None, "the agent ended without saying how"),
        (lambda _d, _c: _raise(AgentFailed("the shop is closed")), "the shop is closed"),
        (lambda _d, _c: _raise(RuntimeError("bug")), "the agent broke: RuntimeError: bug"),
        (lambda _d, _c: _raise(SystemExit(3)), "the agent broke: SystemExit: 3"),
        (lambda d, _c: d.tap(1, 2), "tap was called outside of `with context.step(…)`; nothing was sent"),
        (
            lambda _d, _c: _raise(Unanswered("answer: which?", 5.0)),
            "the agent asked a person to answer: which?; nobody",
        ),
        (lambda _d, _c: _raise(Denied("not today")), "a person denied it: not today"),
        (lambda _d, _c: _raise(StopRequested("made up")), "the agent broke: StopRequested: made up"),
    ],
)
def test_everything_else_is_a_failure_with_its_reason(begin, rig, agent, reason):
    begin().run(Agents(agent))
    end = end_of(rig)
    assert end.event is TaskEvent.FAILED
    assert end.reason.startswith(reason)
    assert end.verdict is None


def test_max_steps_is_no_success(begin, rig):
    def endless(device, context):
        while True:
            one_tap(device, context)

    begin(max_steps=3).run(Agents(endless))
    assert rig.stored == ["begin 1", "done 1", "begin 2", "done 2", "begin 3", "done 3", "failed"]
    assert end_of(rig).reason == "max steps (3) reached"


def test_an_expected_text_that_is_there_makes_the_success_a_checked_one(begin, rig):
    rig.phone.shown.add("Dark mode")
    begin(expect_text="Dark mode").run(Agents(one_tap))
    assert (end_of(rig).event, end_of(rig).verdict) == (TaskEvent.SUCCEEDED, Verdict.CHECKED)


def test_an_expected_text_that_is_missing_is_a_failure_whatever_the_agent_says(begin, rig):
    begin(expect_text="Dark mode").run(Agents(one_tap))
    assert end_of(rig).event is TaskEvent.FAILED
    assert end_of(rig).reason == "check failed: the screen does not show 'Dark mode'"


def test_a_list_of_texts_that_are_all_shown_makes_the_success_a_checked_one(begin, rig):
    rig.phone.shown |= {"Paid", "20.00"}
    begin(expect_text="Paid", checks=("20.00",)).run(Agents(one_tap))
    assert end_of(rig).verdict is Verdict.CHECKED


def test_what_an_agent_lets_the_screen_be_checked_for_counts_too(begin, rig):
    def agent(device, context):
        context.expect(["Paid"])
        return one_tap(device, context)

    begin().run(Agents(agent))
    assert end_of(rig).reason == "check failed: the screen does not show 'Paid'"


def test_of_a_list_the_missing_texts_are_named(begin, rig):
    rig.phone.shown.add("20.00")
    begin(expect_text="Paid", checks=("20.00", "Receipt")).run(Agents(one_tap))
    assert end_of(rig).event is TaskEvent.FAILED
    assert end_of(rig).reason == "check failed: the screen does not show 'Paid', 'Receipt'"


def test_a_stop_is_recorded_as_stopping_then_stopped_and_the_step_in_flight_is_kept(begin, rig):
    running = begin()

    def agent(device, context):
        with context.step(action="tap"):
            assert running.stop("enough", "cli-1")
            device.tap(1, 2)
        return one_tap(device, context)

    running.run(Agents(agent))
    assert rig.stored == ["begin 1", "stop_asked", "done 1", "stopped"]
    assert end_of(rig).reason == "enough"
    assert rig.phone.done == ["tap 1 2"]
    assert [record.by for record in rig.link.stored if isinstance(record, ChangeState)] == ["cli-1", "cli-1"]
    assert running.stop("again", "cli-1") is False


def test_what_the_agent_reported_after_a_stop_stays_in_the_reason(begin, rig):
    running = begin()

    def agent(_device, _context):
        running.stop("enough", "cli-1")
        return "all done"

    running.run(Agents(agent))
    assert end_of(rig).event is TaskEvent.STOPPED
    assert end_of(rig).reason == "enough; meanwhile the agent reported success: all done"


def test_a_stop_works_while_the_daemon_is_away_and_is_recorded_when_it_is_back(begin, rig):
    running = begin()
    rig.link.away = True
    thread = threading.Thread(target=running.run, args=[Agents(one_tap)])
    thread.start()
    begun = time.monotonic()
    running.stop("enough", "cli-1")
    thread.join(5)
    assert time.monotonic() - begun < 3
    assert not thread.is_alive()
    assert rig.phone.done == []
    rig.link.come_back()
    assert rig.buffer.wait_empty(lambda: False)
    assert sorted(rig.stored[:-1]) in (["begin 1", "not_executed 1", "stop_asked"], ["stop_asked"])
    assert rig.stored[-1] == "stopped"
    assert running._machine.state is TaskState.STOPPED


def test_nothing_changes_in_memory_before_the_store_has_acknowledged_it(begin, rig):
    running = begin()
    rig.link.away = True
    running.stop("enough", "cli-1")
    assert running._machine.state is TaskState.RUNNING
    rig.link.come_back()
    assert running._machine.state is TaskState.STOPPING


def test_an_orphan_ends_as_crashed_and_its_agent_can_touch_nothing_any_more(begin, rig, wait_until):
    running = begin()
    hang = threading.Event()
    refused = []

    def agent(device, context):
        with context.step(action="tap"):
            device.tap(1, 2)
            hang.wait(5)
            try:
                device.tap(3, 4)
            except StopRequested:
                refused.append("tap")
        return "never seen"

    def run():
        try:
            running.run(Agents(agent))
        except OutOfTask:
            refused.append("end")

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: rig.phone.done)
    running.orphan()
    running.take_away()
    assert rig.buffer.wait_empty(lambda: False)
    assert rig.stored == ["begin 1", "unknown 1", "worker_died"]
    hang.set()
    thread.join(5)
    assert rig.stored == ["begin 1", "unknown 1", "worker_died"]
    assert refused == ["tap", "end"]
    assert rig.phone.done == ["tap 1 2"]


def test_an_orphan_whose_step_finishes_in_time_keeps_its_outcome(begin, rig):
    running = begin()

    def agent(device, context):
        with context.step(action="tap"):
            running.orphan()
            device.tap(1, 2)
        return one_tap(device, context)

    running.run(Agents(agent))
    assert rig.stored == ["begin 1", "done 1", "worker_died"]
    assert end_of(rig).reason == "supervisor died"
    assert running.over.is_set()


def test_a_fence_ends_everything_and_nothing_more_is_recorded(begin, rig):
    rig.link.refuse = lambda _record: ErrorInfo(code=ErrorCode.FENCED, message="lost")
    with pytest.raises(Fenced):
        begin().run(Agents(one_tap))
    assert rig.phone.done == []


def test_a_record_that_is_refused_for_good_fails_the_task(begin, rig):
    def refuse(record):
        return None if isinstance(record, ChangeState) else ErrorInfo(code=ErrorCode.CONFLICT, message="taken")

    rig.link.refuse = refuse
    begin().run(Agents(one_tap))
    assert end_of(rig).event is TaskEvent.FAILED
    assert "taken" in end_of(rig).reason


def test_an_end_that_the_store_refuses_is_told(begin, rig):
    def refuse(record):
        return (
            ErrorInfo(code=ErrorCode.ILLEGAL_TRANSITION, message="ended") if isinstance(record, ChangeState) else None
        )

    rig.link.refuse = refuse
    with pytest.raises(RecordRefused):
        begin().run(Agents(one_tap))


def test_a_device_without_a_picture_at_the_end_says_why(begin, rig):
    def broken():
        raise RuntimeError("camera off")

    rig.phone.screenshot = broken
    begin().run(Agents(lambda _d, _c: "done"))
    assert end_of(rig).picture is None
    assert end_of(rig).picture_missing == "the device broke: RuntimeError: camera off"


def _raise(error):
    raise error
