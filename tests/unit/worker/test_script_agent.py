"""Playing a flow: steps name the point that is touched, repeats are bounded, conditions decide."""

from __future__ import annotations

import pytest

from shared.messages import AddNote, BeginStep
from worker.agents import script
from worker.agents.script import ScriptAgent
from worker.devices.nodes import Node
from worker.errors import AgentFailed, CommandFailed


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(script, "_FIND_S", 0.05)
    monkeypatch.setattr(script, "_LOOK_S", 0.01)


def play(rig, text: str) -> str:
    rig.phone.nodes = lambda: tuple(Node(text=shown, bounds=(0, 10 * n, 100, 10 * n + 10)) for n, shown in NODES)
    return ScriptAgent().run(rig.context.task, rig.device, rig.context)


NODES = [(1, "Delete"), (2, "Delete all"), (3, "Delete"), (4, "Only here")]


@pytest.fixture
def played(make_rig):
    def run(text: str):
        rig = make_rig(script=text)
        rig.phone.shown.add("Home")
        try:
            said = play(rig, text)
        except AgentFailed as error:
            said = str(error)
        return said, rig

    return run


@pytest.mark.parametrize(
    ("target", "done"),
    [
        ("Delete", "tap 50 15"),
        ("{text: Delete, nth: 2}", "tap 50 35"),
        ("only", "line 1: the screen does not show 'only'"),
        ("Only", "tap 50 45"),
        ("all", "tap 50 25"),
        ("{text: Delete, nth: 3}", "line 1: the screen has 2 of 3 nodes that show 'Delete'"),
    ],
)
def test_a_text_is_touched_at_its_node_or_said_to_be_missing(played, target, done):
    said, rig = played(f"- tap: {target}")
    assert (rig.phone.done or [said]) == [done]


def test_the_intent_of_a_touch_by_text_names_the_point(played):
    _, rig = played("- long_press: Only here")
    (intent,) = [record for record in rig.link.stored if isinstance(record, BeginStep)]
    assert intent.action == '{"action":"long_press","text":"Only here"}'
    assert intent.action_params == '{"x":50,"y":45}'
    assert rig.phone.done == ["long_press 50 45"]


def test_a_repeat_ends_as_soon_as_its_condition_holds_and_fails_when_it_never_does(played):
    said, rig = played("- repeat: {times: 3, until: {text: Home}, do: [key: BACK]}\n- key: HOME")
    assert (said, rig.phone.done) == ("1 actions done", ["key HOME"])
    said, rig = played("- repeat: {times: 3, until: {text: Away}, do: [key: BACK]}")
    assert said == "line 1: not true after 3 rounds: the screen shows 'Away'"
    assert rig.phone.done == ["key BACK"] * 3
    thoughts = [record.thinking for record in rig.link.stored if isinstance(record, BeginStep)]
    assert thoughts[-1] == "line 1 of the script, round 3 of 3"


def test_a_repeat_without_a_condition_is_played_so_many_times_also_inside_another(played):
    said, rig = played("- repeat: {times: 2, do: [repeat: {times: 3, do: [key: BACK]}, key: HOME]}")
    assert said == "8 actions done"
    assert rig.phone.done == (["key BACK"] * 3 + ["key HOME"]) * 2


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{text: Home}", "1 actions done"),
        ("{gone: Away}", "1 actions done"),
        ("{app: com.example}", "1 actions done"),
        ("{text: Away, limit: 0.02}", "line 1: not true within 0.02 s: the screen shows 'Away'"),
        ("{gone: Home, limit: 0.02}", "line 1: not true within 0.02 s: the screen no longer shows 'Home'"),
        ("{app: com.other, limit: 0.02}", "line 1: not true within 0.02 s: the app in front is 'com.other'"),
    ],
)
def test_a_condition_that_does_not_come_true_fails_the_task_with_its_line(played, condition, said):
    told, rig = played(f"- wait_until: {condition}")
    assert told == said
    assert rig.stored[-1].split()[0] == ("done" if said == "1 actions done" else "failed")


def test_a_screen_that_cannot_be_read_is_looked_at_again(make_rig):
    rig = make_rig(script="- wait_until: Home")
    answers = [CommandFailed("could not get idle state"), CommandFailed("again"), True]

    def find(_text):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    rig.phone.find_text = find
    assert ScriptAgent().run(rig.context.task, rig.device, rig.context) == "1 actions done"
    assert answers == []


def test_notes_are_kept_and_a_fail_ends_the_flow(played):
    said, rig = played("- note: seen\n- fail: because\n- key: HOME")
    assert said == "because"
    assert [record.text for record in rig.link.stored if isinstance(record, AddNote)] == ["seen"]
    assert rig.phone.done == []


def test_the_texts_of_a_check_list_are_expected_at_the_end(played):
    said, rig = played("flow: [key: BACK]\ncheck: [Home, Paid]")
    assert (said, rig.context.expected) == ("1 actions done", ("Home", "Paid"))
