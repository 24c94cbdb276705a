"""A script is checked whole before its first step; an error names the line."""

from __future__ import annotations

import time

import pytest

from shared.errors import BadInputError
from supervisor.cli.run import given_variables
from worker.agents.device_action import Key, Launch, Swipe, Tap, TypeText, Wait
from worker.agents.flow import Act, Await, Condition, Repeat, Say, TouchText
from worker.agents.flow_reader import read_checks, read_flow

GOOD = """\
# a comment
- launch: 设置
- tap: [540, 288]
- tap: Display
- long_press: {text: Delete, nth: 2}
- swipe: [540, 1800, 540, 600]
- type: "a: b"
- type: 13800138000
- key: BACK
- wait: 1.5
- note: seen
- expect_text: Display
- assert: {gone: Loading}
- wait_until: {app: com.android.settings, limit: 20}
- repeat:
    times: 3
    until: {text: Done}
    do:
      - tap: [1, 2]
- fail: because
"""
NAMED = """\
variables:
  name:
  price: "5 $"
flow:
  - type: ${name} costs ${price}, $${name}
  - wait: ${name}
"""


def test_every_action_is_read_with_its_line():
    assert read_flow(GOOD) == (
        Act(2, Launch("设置")),
        Act(3, Tap(540, 288)),
        TouchText(4, "tap", "Display"),
        TouchText(5, "long_press", "Delete", 2),
        Act(6, Swipe(540, 1800, 540, 600)),
        Act(7, TypeText("a: b")),
        Act(8, TypeText("13800138000")),
        Act(9, Key("BACK")),
        Act(10, Wait(1.5)),
        Say(11, "note", "seen"),
        Await(12, "expect_text", Condition("text", "Display"), 3.0),
        Await(13, "assert", Condition("gone", "Loading"), 3.0),
        Await(14, "wait_until", Condition("app", "com.android.settings"), 20.0),
        Repeat(15, 3, (Act(19, Tap(1, 2)),), Condition("text", "Done")),
        Say(20, "fail", "because"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("tap: [1, 2]", "line 1 .*no 'tap'.*variables, flow"),
        ("variables: {a: 1}", "line 1 .*YAML list"),
        ("[]", "line 1 .*YAML list"),
        ("- tap: [1, 2]\n- fly: 1\n", "line 2 .*no action 'fly'.*launch"),
        ("- tap: [1]", "line 1 .*2 whole numbers"),
        ("- tap: [1, 2, 3]", "line 1 .*2 whole numbers"),
        ("- tap: [1, -2]", "line 1 .*whole numbers"),
        ("- tap: [1.5, 2]", "line 1 .*whole numbers"),
        ("- tap: {nth: 2}", "line 1 .*needs a text"),
        ("- tap: {text: x, nth: 0}", "line 1 .*from 1 to"),
        ("- tap: [20000, 1]", "line 1 .*16384"),
        ("- swipe: [1, 2]", "line 1 .*4 whole numbers"),
        ("- swipe: up", "line 1 .*4 whole numbers"),
        ("- wait: long", "line 1 .*seconds"),
        ("- wait: 61", "line 1 .*0 to 60"),
        ("- wait: .nan", "line 1 .*seconds"),
        ("- wait: -1", "line 1 .*seconds"),
        ("- type:", "line 1 .*needs a text"),
        ("- type: [a]", "line 1 .*needs a text"),
        ("- key: " + "x" * 65, "line 1 .*key"),
        ("- tap", "line 1 .*one name with one value"),
        ("- {tap: [1, 2], wait: 1}", "line 1 .*one name with one value"),
        ("- wait_until: {limit: 3}", "line 1 .*exactly one of text, gone, app"),
        ("- wait_until: {text: a, gone: b}", "line 1 .*exactly one of"),
        ("- wait_until: {text: a, limit: 1000}", "line 1 .*0 to 240"),
        ("- assert: {text: a, limit: 3}", "line 1 .*no 'limit'"),
        ("- repeat: {times: 3}", "line 1 .*`times` and `do`"),
        ("- repeat: {times: 0, do: [key: BACK]}", "line 1 .*from 1 to 1,000"),
        ("- repeat:\n    times: 2\n    do:\n      - fly: 1", "line 4 .*no action 'fly'"),
        ("- repeat: {times: 1000, do: [repeat: {times: 11, do: [key: BACK]}]}", "11,000 actions; the limit is 10,000"),
        ("- " * 8 + "repeat: {times: 1, do: [" * 8, "nested|not YAML"),
        ("- tap: [1, 2]\n- [", "line [23] .*not YAML"),
        ("- !!python/object/apply:os.system [id]", "line 1 .*tags"),
        ("- type: &a x", "line 1 .*anchors"),
        ("- tap: [1, 2]\n---\n- tap: [1, 2]", "--var.*`name: value`"),
        ("- tap: [1, 2]\n---\n{}\n---\n{}", "3 YAML documents"),
        ("- type: ${who}", "line 1 .*no variable 'who'; declared under `variables`: none"),
        ("- type: 5 ${", "line 1 .*begins the name of a variable"),
        ("variables: {a b: 1}\nflow: [key: BACK]", "no name of a variable"),
        ("variables: {a: [1]}\nflow: [key: BACK]", "variable a needs a text"),
        ("variables: {a: 1, a: 2}\nflow: [key: BACK]", "'a' twice"),
        ("flow: [key: BACK]\ncheck: Paid", "line 2 .*check is a YAML list"),
        ("flow: [key: BACK]\ncheck: []", "line 2 .*check is a YAML list of 1 to 100 texts"),
        ("flow: [key: BACK]\ncheck: [[a]]", "line 2 .*check needs a text"),
        ("\0", "not YAML"),
        ("- wait: 1\n" * 10_001, "limit is 10,000"),
        ("x" * 200_000, "limit is"),
    ],
)
def test_what_is_no_flow_is_refused_with_its_line(text, said):
    with pytest.raises(BadInputError, match=said):
        read_flow(text)


def test_variables_are_put_into_texts_and_numbers_and_what_is_given_comes_first():
    flow = read_flow(NAMED + given_variables(["name=7"]))
    assert flow == (Act(5, TypeText("7 costs 5 $, ${name}")), Act(6, Wait(7.0)))
    assert read_flow(NAMED + given_variables(["name=1", "price=${name}: 'é\\n\U0001f600'"]))[0] == Act(
        5, TypeText("1 costs ${name}: 'é\\n\U0001f600', ${name}")
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "line 2 .*name has no value; give one: --var name="),
        (["name=7", "nmae=8"], "--var nmae: .*declared: name, price"),
        (["name=x"], "line 6 .*seconds"),
    ],
)
def test_what_is_given_must_fit_what_is_declared(given, said):
    with pytest.raises(BadInputError, match=said):
        read_flow(NAMED + given_variables(given))


@pytest.mark.parametrize("pair", ["name", "=x", "a\udcff=1"])
def test_a_var_without_a_value_is_refused(pair):
    with pytest.raises(BadInputError, match="--var"):
        given_variables([pair])


def test_variables_that_swell_the_script_are_refused():
    swelling = "variables: {a: " + "x" * 60_000 + "}\nflow:\n" + "- type: ${a}\n" * 100
    with pytest.raises(BadInputError, match="too long"):
        read_flow(swelling)


def test_hostile_yaml_costs_little_time():
    bomb = "- &a [x, x]\n" + "".join(f"- &a{n} [*a{n - 1 if n else ''}, *a]\n" for n in range(1, 2))
    begun = time.monotonic()
    for text in (bomb, "[" * 10_000, "- " * 30_000, "{a: " * 5_000, "- type: " + "${" * 50_000):
        with pytest.raises(BadInputError):
            read_flow(text + "\n- fly: 1")
    assert time.monotonic() - begun < 2


def test_a_list_of_checks_is_read_with_its_variables_and_may_be_left_out():
    assert read_checks("variables: {n: 20}\nflow: [key: BACK]\ncheck: [Paid, '${n}.00']") == ("Paid", "20.00")
    assert read_checks("- key: BACK") == ()
