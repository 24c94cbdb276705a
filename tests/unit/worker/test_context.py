"""Write-ahead steps: the intent first, then the phone, then the outcome; and what a stop or a limit does to them."""

from __future__ import annotations

import threading
import time

import pytest

from shared.errors import ErrorCode
from shared.messages import AddNote, BeginStep, ErrorInfo, FinishStep, Outcome
from worker.errors import (
    CommandFailed,
    DeviceAway,
    DeviceError,
    Fenced,
    LimitReached,
    NoOpenStep,
    RecordRefused,
    StopRequested,
    UnknownResult,
)


def test_the_phone_is_touched_only_between_an_acknowledged_intent_and_its_outcome(rig):
    with rig.context.step(thinking="t", action={"action": "tap"}) as step:
        assert rig.stored == ["begin 1"]
        rig.device.tap(1, 2)
        step.message = "tapped"
    assert rig.stored == ["begin 1", "done 1"]
    assert rig.phone.done == ["tap 1 2"]
    finished = rig.link.stored[1]
    assert isinstance(finished, FinishStep)
    assert finished.message == "tapped"
    assert finished.execution_time is not None
    assert finished.device_time_s is not None


def test_nothing_is_touched_while_the_intent_is_not_acknowledged(rig, wait_until):
    rig.link.away = True

    def work():
        with rig.context.step(action={"action": "tap"}):
            rig.device.tap(1, 2)

    worker = threading.Thread(target=work)
    worker.start()
    wait_until(lambda: list(rig.folder.glob("*.rec")))  # it is in the outbox, and still nothing is touched
    assert rig.phone.done == []
    rig.link.come_back()
    worker.join(5)
    assert rig.phone.done == ["tap 1 2"]
    assert rig.stored == ["begin 1", "done 1"]


def test_outside_of_a_step_nothing_passes(rig):
    with pytest.raises(NoOpenStep):
        rig.device.tap(1, 2)
    with rig.context.step(action="x"):
        pass
    with pytest.raises(NoOpenStep):
        rig.device.launch("Settings")
    assert rig.phone.done == []
    assert rig.device.screenshot() == rig.phone.png  # looking is free


def test_an_error_in_the_block_is_the_outcome_and_goes_on(rig):
    with pytest.raises(RuntimeError, match="broken"), rig.context.step(action="x"):
        raise RuntimeError("broken")
    finished = rig.link.stored[1]
    assert finished.outcome is Outcome.FAILED
    assert finished.message == "RuntimeError: broken"


def test_a_command_of_unknown_result_makes_the_outcome_unknown_and_is_never_sent_again(rig):
    rig.phone.raises = [UnknownResult("the link broke")]
    with rig.context.step(action="x"):
        for _ in range(2):  # an agent that swallows the error and tries again in the same step
            with pytest.raises(UnknownResult):
                rig.device.tap(1, 2)
    assert rig.phone.done == []
    assert rig.stored == ["begin 1", "unknown 1"]


def test_a_failed_command_is_a_failed_step(rig):
    with pytest.raises(CommandFailed), rig.context.step(action="x"):
        rig.device.launch("Nowhere")
    assert rig.stored == ["begin 1", "failed 1"]


def test_a_phone_that_was_away_is_waited_for_and_the_command_is_sent_once(rig):
    rig.phone.raises = [DeviceAway("offline")]
    with rig.context.step(action="x"):
        rig.device.tap(1, 2)
    assert rig.phone.done == ["tap 1 2"]


def test_a_phone_that_is_there_and_never_answers_is_given_up(rig):
    rig.phone.screenshot = lambda: (_ for _ in ()).throw(UnknownResult("did not end in time"))
    with pytest.raises(DeviceError, match="did not end in time"):
        rig.device.screenshot()


def test_a_phone_that_does_not_come_back_fails_the_step_with_that_reason(rig):
    rig.phone.raises = [DeviceAway("offline")]
    rig.phone.there = False
    with pytest.raises(DeviceError, match="did not come back"), rig.context.step(action="x"):
        rig.device.tap(1, 2)
    assert rig.stored == ["begin 1", "failed 1"]


def test_a_stop_between_steps_lets_no_new_one_begin(rig):
    rig.context.stop.set()
    with pytest.raises(StopRequested), rig.context.step(action="x"):
        rig.device.tap(1, 2)
    assert rig.stored == []


def test_a_stop_in_a_step_lets_it_finish(rig):
    with rig.context.step(action="x"):
        rig.context.stop.set()
        rig.device.tap(1, 2)
    assert rig.stored == ["begin 1", "done 1"]
    with pytest.raises(StopRequested), rig.context.step(action="x"):
        pass


def test_a_stop_ends_a_wait_at_once_and_a_step_that_touched_nothing_was_not_executed(rig):
    threading.Timer(0.05, rig.context.stop.set).start()
    begun = time.monotonic()
    with pytest.raises(StopRequested), rig.context.step(action="wait"):
        rig.context.sleep(30)
    assert time.monotonic() - begun < 5
    assert rig.stored == ["begin 1", "not_executed 1"]


def test_a_stop_while_the_daemon_is_away_closes_the_step_as_not_executed_on_disk(rig):
    rig.link.away = True

    def stop():
        rig.context.stop.set()
        rig.buffer.wake()

    threading.Timer(0.05, stop).start()
    with pytest.raises(StopRequested), rig.context.step(action="x"):
        rig.device.tap(1, 2)
    assert rig.phone.done == []
    assert len(list(rig.folder.glob("*.rec"))) == 2
    rig.link.come_back()
    assert rig.stored == ["begin 1", "not_executed 1"]


def test_no_new_step_begins_until_the_outbox_is_empty(rig, wait_until):
    with rig.context.step(action="x"):
        rig.link.away = True
    assert len(list(rig.folder.glob("*.rec"))) == 1  # the outcome is durable, the agent goes on
    second = threading.Thread(target=lambda: rig.context.step(action="y").__enter__())
    second.start()
    second.join(0.3)
    assert second.is_alive()
    assert rig.link.unanswered == 1  # not even its intent was sent
    rig.link.come_back()
    second.join(5)
    assert rig.stored == ["begin 1", "done 1", "begin 2"]


def test_max_steps_is_a_limit_and_no_success(make_rig):
    rig = make_rig(max_steps=1)
    with rig.context.step(action="x"):
        pass
    with pytest.raises(LimitReached, match=r"max steps \(1\) reached"), rig.context.step(action="y"):
        pass
    assert rig.stored == ["begin 1", "done 1"]


def test_the_time_limit_ends_a_wait(make_rig):
    rig = make_rig(time_limit_s=0.1)
    with pytest.raises(LimitReached, match=r"time limit \(0.1 s\) reached"):
        rig.context.sleep(20)


def test_a_refused_intent_is_never_executed(rig):
    rig.link.refuse = lambda _record: ErrorInfo(code=ErrorCode.FENCED, message="lost")
    with pytest.raises(Fenced), rig.context.step(action="x"):
        rig.device.tap(1, 2)
    assert rig.phone.done == []


def test_a_picture_travels_with_its_step_and_a_broken_one_is_named_instead(rig, png):
    with rig.context.step(screenshot=png, action="x"):
        pass
    first = rig.link.stored[0]
    assert isinstance(first, BeginStep)
    assert (first.picture.width, first.picture.height) == (108, 240)
    assert rig.link.pictures[0] == png
    assert first.thumbnail[:2] == b"\xff\xd8"
    with rig.context.step(screenshot=png[:500], action="x"):
        pass
    second = rig.link.stored[2]
    assert second.picture is None
    assert "breaks off" in second.picture_missing
    assert rig.link.pictures[2] == b""


def test_notes_belong_to_the_open_step(rig):
    with rig.context.step(action="x"):
        rig.context.note("seen")
    rig.context.note("after")
    notes = [record for record in rig.link.stored if isinstance(record, AddNote)]
    assert [(note.text, note.step_num) for note in notes] == [("seen", 1), ("after", None)]
    assert notes[0].note_id != notes[1].note_id


def test_many_steps_are_recorded_in_few_messages_and_all_are_acknowledged_when_it_returns(make_rig):
    rig = make_rig(max_steps=1000)
    rig.context.record_many({"action": {"n": n}, "thinking": f"step {n}"} for n in range(300))
    assert len(rig.link.stored) == 600
    assert rig.buffer.unacknowledged == 0
    assert [r.step_num for r in rig.link.stored if isinstance(r, BeginStep)] == list(range(1, 301))


@pytest.mark.parametrize("refused", [1, 2, 3])
def test_a_refusal_of_any_of_many_steps_is_told(make_rig, refused):
    rig = make_rig(max_steps=1000)
    conflict = ErrorInfo(code=ErrorCode.CONFLICT, message="another intent is stored")
    rig.link.refuse = lambda record: conflict if record.step_num == refused else None
    with pytest.raises(RecordRefused, match="another intent is stored"):
        rig.context.record_many([{"action": {"n": n}} for n in range(3)])


def test_what_an_agent_gives_is_made_storable(rig):
    with rig.context.step(thinking="a\0b\ud800", action={"action": "x", "n": float("nan"), "o": object()}):
        pass
    begin = rig.link.stored[0]
    assert begin.thinking == "a\\u0000b\\ud800"
    assert begin.action.startswith("{")


def test_an_abandoned_step_is_unknown_when_the_phone_was_touched_and_not_executed_otherwise(make_rig):
    for touch, outcome in ((True, "unknown 1"), (False, "not_executed 1")):
        rig = make_rig()
        rig.context.step(action="x").__enter__()
        if touch:
            rig.device.tap(1, 2)
        rig.context.abandon("supervisor died")
        assert rig.buffer.wait_empty(lambda: False)
        assert rig.stored == ["begin 1", outcome]
        with pytest.raises(StopRequested):
            rig.device.tap(3, 4)


def test_steps_do_not_nest(rig):
    with rig.context.step(action="x"), pytest.raises(RuntimeError, match="do not nest"), rig.context.step(action="y"):
        pass
    assert rig.stored == ["begin 1", "done 1"]
