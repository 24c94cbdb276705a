"""The phone agent and persons: what it asks before, what a no means, and that it looks afresh afterwards."""

from __future__ import annotations

import json

import pytest

from shared.messages import BeginStep, Decision, FinishStep, WaitingFor
from shared.settings import ModelProfile, People, Settings, TaskDefaults
from worker.agents import model_client
from worker.agents.model_request import ModelReply
from worker.agents.phone import PhoneAgent
from worker.devices.nodes import Node
from worker.errors import CommandFailed, LimitReached, ScreenshotFailed, Unanswered

FINISH = '<think>I see it.</think><answer>finish(message="done")</answer>'
TAP = '<think>There.</think><answer>do(action="Tap", element=[500, 500])</answer>'
MARKED = '<think>Pay.</think><answer>do(action="Tap", element=[500, 500], message="pay 20")</answer>'


class PlayedModel:
    """Gives the replies of a list, then finishes; keeps what it was told."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.told: list[str] = []

    def ask(self, messages, stop, _on_text=None):
        stop()
        self.told.append(messages[-1]["content"][1]["text"])
        return ModelReply(self.replies.pop(0) if self.replies else FINISH, 1200, 30, 0.2, 0.9)

    def close(self):
        pass


@pytest.fixture
def run(rig, monkeypatch):
    """Return a function that lets the agent run with the given replies and settings; gives the model."""

    def start(*replies, decisions=(), people=None, task=None, **profile):
        settings = Settings(
            models={"default": ModelProfile(base_url="http://127.0.0.1:1/v1", **profile)},
            people=people or People(),
            task=task or TaskDefaults(),
        )
        rig.context.settings = settings
        rig.context._persons._settings = settings.people
        answers = [rig.link.settled(*decision) for decision in decisions]
        rig.link.answer_waits = lambda _wait: answers.pop(0)
        model = start.model = PlayedModel(*replies)
        monkeypatch.setattr(model_client, "ModelClient", lambda _profile, _key: model)
        assert PhoneAgent().run(rig.context.task, rig.device, rig.context) == "done"
        return model

    return start


def outcomes(rig) -> list[str]:
    return [record.outcome for record in rig.link.stored if isinstance(record, FinishStep)]


def asked(rig) -> list[str]:
    return [wait.question for wait in rig.link.waits.values()]


def test_a_marked_tap_is_done_after_a_yes(run, rig):
    run(MARKED, decisions=[(Decision.APPROVED,)])
    (wait,) = rig.link.waits.values()
    assert (wait.question, wait.step_num) == ("pay 20", 1)
    assert json.loads(wait.action)["message"] == "pay 20"
    assert rig.phone.done == ["tap 54 120"]


def test_a_denied_action_is_not_done_and_the_model_is_told_what_to_do_instead(run, rig):
    model = run(MARKED, decisions=[(Decision.DENIED, "pay by card")])
    assert rig.phone.done == []
    assert outcomes(rig) == ["not_executed", "done"]
    assert "did not allow the last action" in model.told[1]
    assert "pay by card" in model.told[1]


def test_what_nobody_answers_ends_the_task(run, rig):
    with pytest.raises(Unanswered, match="confirm: pay 20"):
        run(MARKED, decisions=[(Decision.EXPIRED,)])
    assert rig.phone.done == []


def test_a_listed_word_under_the_tap_asks_and_another_one_does_not(run, rig):
    rig.phone.tree = [Node(text="Pay now", bounds=(0, 100, 108, 140)), Node(text="Back", bounds=(0, 0, 108, 20))]
    run(TAP, '<answer>do(action="Tap", element=[500, 20])</answer>', decisions=[(Decision.APPROVED,)])
    assert asked(rig) == ["It is about to touch “Pay now” (Pay now)."]
    assert rig.phone.done == ["tap 54 120", "tap 54 4"]


def test_always_asks_before_whatever_changes_the_phone_and_never_asks_before_nothing(run, rig):
    always, back = People(confirm="always"), 'do(action="Back")'
    run(back, 'do(action="Wait", duration="0 seconds")', decisions=[(Decision.APPROVED,)], people=always)
    assert asked(rig) == ["Every action is asked about."]
    run(MARKED, people=People(confirm="never"))
    assert len(asked(rig)) == 1
    assert rig.phone.done == ["key BACK", "tap 54 120"]


def test_nodes_that_cannot_be_read_are_noted_and_a_marked_tap_asks_all_the_same(run, rig):
    def unreadable():
        raise CommandFailed("could not get idle state")

    rig.phone.nodes = unreadable
    run(MARKED, decisions=[(Decision.APPROVED,)])
    assert asked(rig) == ["pay 20"]


def test_a_take_over_is_a_step_and_then_a_wait_and_the_agent_looks_afresh(run, rig):
    looks = []
    shoot = rig.phone.screenshot
    rig.phone.screenshot = lambda: looks.append(1) or shoot()
    model = run('do(action="Take_over", message="log in")', decisions=[(Decision.RESUMED,)])
    (wait,) = rig.link.waits.values()
    assert (wait.waiting_for, wait.question, wait.step_num) == (WaitingFor.TAKE_OVER, "log in", None)
    assert outcomes(rig) == ["done", "done"]
    assert len(looks) == 2
    assert "A person has taken over" in model.told[1]


def test_a_take_over_that_is_denied_is_told_to_the_model(run, rig):
    model = run('do(action="Take_over", message="log in")', decisions=[(Decision.DENIED, "I have no account")])
    assert "I have no account" in model.told[1]


def test_an_answer_goes_to_the_model(run, rig):
    model = run('do(action="Interact", message="which one?")', decisions=[(Decision.ANSWERED, "the second")])
    assert "A person answers: the second" in model.told[1]
    first = next(record for record in rig.link.stored if isinstance(record, FinishStep))
    assert first.message == "a person answered: the second"


def test_a_protected_screen_asks_for_a_person_and_a_model_never_sees_a_made_up_one(run, rig):
    shoot, protected = rig.phone.screenshot, [ScreenshotFailed("the screen is protected", protected=True)]

    def sometimes():
        if protected:
            raise protected.pop()
        return shoot()

    rig.phone.screenshot = sometimes
    run(TAP, decisions=[(Decision.RESUMED,)])
    assert asked(rig) == ["go on by hand, because the screen is protected"]


def test_a_pause_while_the_model_thinks_drops_its_action_and_asks_it_anew(run, rig):
    class Pausing(PlayedModel):
        def ask(self, messages, stop, on_text=None):
            if not self.told:
                rig.context.waits.ask_pause()
            return super().ask(messages, stop, on_text)

    rig.context.settings = Settings(models={"default": ModelProfile(base_url="http://127.0.0.1:1/v1")})
    rig.link.answer_waits = lambda _wait: rig.link.settled(Decision.RESUMED)
    model = Pausing(TAP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_client, "ModelClient", lambda _profile, _key: model)
        PhoneAgent().run(rig.context.task, rig.device, rig.context)
    assert rig.phone.done == []
    assert "was paused" in model.told[1]
    assert len([record for record in rig.link.stored if isinstance(record, BeginStep)]) == 1


@pytest.mark.parametrize(
    ("limits", "prices", "reason"),
    [
        ({"max_tokens": 2000}, {}, r"token budget \(2,000\) used up: 2,460 tokens"),
        (
            {"max_price": 0.01},
            {"prompt_price": 4.0, "completion_price": 10.0},
            r"price budget \(0.01\) used up: 0.0102",
        ),
    ],
)
def test_a_budget_ends_the_task_with_its_own_reason_and_what_was_paid_for_is_done(run, rig, limits, prices, reason):
    with pytest.raises(LimitReached, match=f"^{reason}"):
        run(*[TAP] * 9, task=TaskDefaults(**limits), **prices)
    assert rig.phone.done == ["tap 54 120"] * 2
