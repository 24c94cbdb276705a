"""The checks that the fault tests end with find what they are there for."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from acknowledgements import check_event
from phone_checks import without_intent

from shared.messages import BeginStep, Event, FinishStep, Outcome, StepBegun, StepFinished
from shared.wire import digest_of

TAP = ('{"action": "tap"}', '{"x": 1, "y": 2}')
TYPE = ('{"action": "Type"}', '{"text": "你好"}')
TYPED = f"am broadcast -a ADB_INPUT_B64 --es msg {base64.b64encode('你好'.encode()).decode()}"


@pytest.mark.parametrize(
    ("command", "intent"),
    [
        ("input tap 1 2", TAP),
        ("input swipe 1 2 3 4 1500", ('{"action": "Swipe"}', '{"x1": 1, "y1": 2, "x2": 3, "y2": 4}')),
        ("input swipe 1 2 1 2 3000", ('{"action": "Long Press"}', '{"x": 1, "y": 2}')),
        ("input keyevent 4", ('{"action": "Back"}', '{"key": "BACK"}')),
        (
            "monkey -p com.a.b -c android.intent.category.LAUNCHER 1",
            ('{"action": "launch"}', '{"app": "S"}'),
        ),
        (TYPED, TYPE),
        ("am broadcast -a ADB_CLEAR_TEXT", TYPE),
    ],
)
def test_a_command_needs_an_intent_of_its_own_and_may_happen_once(command: str, intent: tuple[str, str]) -> None:
    assert not without_intent([command], [intent])
    assert not without_intent([command] * 2, [intent] * 2)
    assert without_intent([command], []).total() == 1
    assert without_intent([command] * 2, [intent]).total() == 1
    assert without_intent([command], [('{"action": "wait"}', '{"seconds": 1.0}')]).total() == 1


def test_a_double_tap_is_two_taps_and_no_third() -> None:
    intent = ('{"action": "Double Tap"}', '{"x": 1, "y": 2}')
    assert not without_intent(["input tap 1 2"] * 2, [intent])
    assert without_intent(["input tap 1 2"] * 3, [intent]).total() == 1


def test_a_keyboard_is_changed_only_for_a_text_and_an_unknown_command_is_never_allowed() -> None:
    assert not without_intent(["ime enable a/b", "ime set a/b", "ime set c/d"], [TYPE])
    assert without_intent(["ime set a/b"], [TAP]).total() == 1
    assert without_intent(["reboot"], [TAP, TYPE]).total() == 1


STEP = BeginStep(session_id="task-1", step_num=1, thinking="a thought")


def ack(record: BeginStep | FinishStep) -> dict[str, Any]:
    return {"seq": 7, "task": "task-1", "step": 1, "kind": type(record).__name__, "digest": digest_of(record)}


def test_a_record_that_was_changed_after_its_acknowledgement_is_found() -> None:
    finish = FinishStep(session_id="task-1", step_num=1, outcome=Outcome.DONE)
    stored = Event(seq=7, timeline="t", at="", by="", body=StepBegun(step=STEP, picture_path=None))
    check_event(stored, ack(STEP))
    for other in (BeginStep(session_id="task-1", step_num=1, thinking="another"), finish):
        with pytest.raises(AssertionError):
            check_event(stored, ack(other))
    done = Event(seq=7, timeline="t", at="", by="", body=StepFinished(step=finish))
    check_event(done, ack(finish))
