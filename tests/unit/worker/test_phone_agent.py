"""The phone agent with a model that is played by the test: what is stored, told, tried again and given up."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image, ImageDraw

from shared.messages import AddNote, BeginStep, FinishStep
from shared.settings import ModelProfile, Settings
from worker.agents import model_client
from worker.agents.base import AgentFailed, GaveUp
from worker.agents.model_errors import ModelError
from worker.agents.model_request import ModelReply
from worker.agents.phone import PhoneAgent
from worker.agents.progress import Repetition
from worker.agents.reply_parser import parse_reply
from worker.errors import CommandFailed, ScreenshotFailed, StopRequested, UnknownResult

FINISH = '<think>I see it.</think><answer>finish(message="done")</answer>'
TAP = '<think>There.</think><answer>do(action="Tap", element=[500, 500])</answer>'


class PlayedModel:
    """Gives the replies of a list, then finishes; keeps what it was told."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.told: list[str] = []

    def __call__(self, _profile, _key):
        return self

    def ask(self, messages, stop, on_text=None):
        stop()
        self.told.append(messages[-1]["content"][1]["text"])
        reply = self.replies.pop(0) if self.replies else FINISH
        if isinstance(reply, Exception):
            raise reply
        return ModelReply(reply, 1200, 30, 0.2, 0.9)

    def close(self):
        pass


@pytest.fixture
def run(rig, monkeypatch):
    """Return a function that lets the agent run with the given replies; gives its report and the model."""
    rig.context.settings = Settings(models={"default": ModelProfile(base_url="http://127.0.0.1:1/v1")})

    def start(*replies):
        model = PlayedModel(*replies)
        monkeypatch.setattr(model_client, "ModelClient", model)
        start.model = model
        return PhoneAgent().run(rig.context.task, rig.device, rig.context)

    return start


def begun(rig) -> list[BeginStep]:
    return [record for record in rig.link.stored if isinstance(record, BeginStep)]


def outcomes(rig) -> list[FinishStep]:
    return [record for record in rig.link.stored if isinstance(record, FinishStep)]


def test_a_run_is_stored_step_by_step_with_what_it_cost_and_the_finish_is_a_step(run, rig):
    assert run(TAP) == "done"
    first, last = begun(rig)
    assert json.loads(first.action) == {"action": "Tap", "element": [500, 500]}
    assert json.loads(first.action_params) == {"x": 54, "y": 120}
    assert (first.thinking, first.reply, first.current_app) == ("There.", TAP, "com.example")
    assert (first.prompt_tokens, first.completion_tokens, first.model_time_s) == (1200, 30, 0.9)
    assert first.picture is not None
    assert json.loads(last.action)["action"] == "finish"
    assert rig.phone.done == ["tap 54 120"]
    assert [o.outcome for o in outcomes(rig)] == ["done", "done"]


@pytest.mark.parametrize(
    ("call", "done"),
    [
        ('do(action="Launch", app="Settings")', "launch Settings"),
        ('do(action="Type", text="张三")', "type 张三"),
        ('do(action="Swipe", start=[500, 750], end=[500, 300])', "swipe 54 180 54 72"),
        ('do(action="Long Press", element=[0, 999])', "long_press 0 239"),
        ('do(action="Double Tap", element=[100, 100])', "double_tap 10 24"),
        ('do(action="Back")', "key BACK"),
        ('do(action="Home")', "key HOME"),
    ],
)
def test_each_action_reaches_the_device(run, rig, call, done):
    run(call)
    assert rig.phone.done == [done]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"api_key_env": "MINE"}, r"the variable MINE \(api_key_env\) holds no key"),
        ({"api_key_file": "~/key"}, r"the file ~/key \(api_key_file\) holds no key"),
    ],
)
def test_a_key_that_is_named_but_not_there_is_said_before_the_endpoint_is_asked(run, rig, named, words):
    profile = ModelProfile(base_url="http://127.0.0.1:1/v1", **named)
    rig.context.settings = Settings(models={"default": profile})
    with pytest.raises(AgentFailed, match=words):
        run(TAP)
    assert run.model.told == []


def test_an_unreadable_reply_goes_back_to_the_model_with_the_reason(run, rig):
    assert run("I would tap it.", TAP) == "done"
    assert "could not be read" in run.model.told[1]
    assert "holds no action" in run.model.told[1]
    notes = [record for record in rig.link.stored if isinstance(record, AddNote)]
    assert "I would tap it." in notes[0].text
    assert len(begun(rig)) == 2


def test_three_unreadable_replies_end_the_task_and_are_no_finish(run, rig):
    with pytest.raises(AgentFailed, match=r"^unreadable reply: "):
        run("a", "b", "c")
    assert begun(rig) == []


def test_the_same_action_on_the_same_screen_is_told_then_stopped(run, rig):
    with pytest.raises(AgentFailed, match=r"^no progress"):
        run(*[TAP] * 10)
    assert len(rig.phone.done) == 5
    assert "3 times" in run.model.told[3]
    assert "times" not in run.model.told[2]


def test_a_model_that_gives_up_is_no_success(run):
    with pytest.raises(GaveUp, match=r"^it is locked$"):
        run('finish(message="it is locked", success=false)')


def test_a_model_error_ends_the_task_with_its_reason_and_the_steps_so_far_are_there(run, rig):
    with pytest.raises(AgentFailed, match="does not answer"):
        run(TAP, ModelError("the model endpoint x does not answer", retryable=True))
    assert [o.outcome for o in outcomes(rig)] == ["done"]


def test_a_note_is_stored_with_its_step(run, rig):
    run('do(action="Note", message="the price is 12")')
    notes = [record for record in rig.link.stored if isinstance(record, AddNote)]
    assert [(note.text, note.step_num) for note in notes] == [("the price is 12", 1)]


def test_call_api_is_answered_as_not_available(run, rig):
    run('do(action="Call_API", instruction="summarise")')
    assert outcomes(rig)[0].outcome == "not_executed"
    assert "not available" in run.model.told[1]


def test_a_refused_command_is_told_to_the_model_and_three_in_a_row_end_the_task(run, rig):
    assert run('do(action="Launch", app="Nowhere")') == "done"
    assert "no app called 'Nowhere'" in run.model.told[1]
    assert outcomes(rig)[0].outcome == "failed"
    with pytest.raises(CommandFailed):
        run(*['do(action="Launch", app="Nowhere")'] * 3)


def test_a_command_of_unknown_result_ends_the_task(run, rig):
    rig.phone.raises = [UnknownResult("the link broke")]
    with pytest.raises(UnknownResult):
        run(TAP)
    assert outcomes(rig)[0].outcome == "unknown"


def test_a_failed_screenshot_is_tried_again(run, rig, monkeypatch):
    failures = [ScreenshotFailed("half a PNG")]
    monkeypatch.setattr("worker.agents.phone._SCREENSHOT_PAUSE_S", 0.01)

    def sometimes():
        if failures:
            raise failures.pop()
        return rig.phone.png

    rig.phone.screenshot = sometimes
    assert run(TAP) == "done"


def test_a_stop_during_a_model_call_ends_it(run, rig):
    rig.context.stop.set()
    with pytest.raises(StopRequested):
        run(TAP)
    assert rig.link.stored == []


def screen(clock: str, *, dark: bool = False) -> bytes:
    picture = Image.new("RGB", (540, 1200), "black" if dark else "white")
    draw = ImageDraw.Draw(picture)
    draw.text((10, 10), clock, fill="grey")
    draw.rectangle((40, 600, 500, 660), fill="blue")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def test_a_clock_that_moves_on_is_no_progress_and_a_changed_screen_is():
    tap = parse_reply(TAP).action
    back = parse_reply('do(action="Back")').action
    repetition = Repetition()
    assert [repetition.add(tap, screen(f"12:0{n}")) for n in range(3)] == [1, 2, 3]
    assert repetition.add(tap, screen("12:03", dark=True)) == 1
    assert repetition.add(tap, screen("12:04", dark=True)) == 2
    assert repetition.add(back, screen("12:04", dark=True)) == 1


def test_what_the_agent_is_at_can_be_seen_while_it_is_at_it(run, rig, monkeypatch):
    seen = []

    class StreamingModel(PlayedModel):
        def ask(self, messages, stop, on_text=None):
            reply = super().ask(messages, stop)
            on_text(reply.text[:10])
            on_text(reply.text[:20])
            seen.append(rig.context.live.told("task1"))
            return reply

    model = StreamingModel(TAP)
    act, screenshot = rig.phone.tap, rig.phone.screenshot

    def tap(x, y):
        seen.append(rig.context.live.told("task1"))
        act(x, y)

    def shoot():
        seen.append(rig.context.live.told("task1"))
        return screenshot()

    monkeypatch.setattr(rig.phone, "tap", tap)
    monkeypatch.setattr(rig.phone, "screenshot", shoot)
    monkeypatch.setattr(model_client, "ModelClient", model)
    PhoneAgent().run(rig.context.task, rig.device, rig.context)
    told = [(live.phase, live.step_num, live.thinking) for live in seen]
    assert told == [
        ("looking", 1, ""),
        ("thinking", 1, TAP[:20]),
        ("acting", 1, ""),
        ("looking", 2, ""),
        ("thinking", 2, FINISH[:20]),
    ]
    assert rig.context.live.told("task1").phase == "resting"
