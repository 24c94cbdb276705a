"""A script is checked whole before its first step; an error names the line."""

from __future__ import annotations

import time

import pytest

from shared.errors import BadInputError
from worker.agents.flow import FlowAction, read_flow

GOOD = """\
# a comment
- launch: 设置
- tap: [540, 288]
- double_tap: [1, 2]
- long_press: [3, 4]
- swipe: [540, 1800, 540, 600]
- type: "a: b"
- type: 13800138000
- key: BACK
- wait: 1.5
- note: seen
- expect_text: Display
- fail: because
"""


def test_every_action_is_read_with_its_line():
    actions = read_flow(GOOD)
    assert actions[0] == FlowAction("launch", 2, text="设置")
    assert actions[1] == FlowAction("tap", 3, numbers=(540, 288))
    assert actions[4].numbers == (540, 1800, 540, 600)
    assert [action.text for action in actions[5:7]] == ["a: b", "13800138000"]
    assert actions[8].seconds == 1.5
    assert [action.line for action in actions] == list(range(2, 14))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("tap: [1, 2]", "line 1 .*YAML list"),
        ("[]", "line 1 .*YAML list"),
        ("- tap: [1, 2]\n- fly: 1\n", "line 2 .*no action 'fly'.*launch"),
        ("- tap: [1]", "line 1 .*2 whole numbers"),
        ("- tap: [1, 2, 3]", "line 1 .*2 whole numbers"),
        ("- tap: [1, -2]", "line 1 .*whole numbers"),
        ("- tap: [1.5, 2]", "line 1 .*whole numbers"),
        ("- tap: here", "line 1 .*whole numbers"),
        ("- tap: [20000, 1]", "line 1 .*16384"),
        ("- swipe: [1, 2]", "line 1 .*4 whole numbers"),
        ("- wait: long", "line 1 .*seconds"),
        ("- wait: 61", "line 1 .*0 to 60"),
        ("- wait: .nan", "line 1 .*seconds"),
        ("- wait: -1", "line 1 .*seconds"),
        ("- type:", "line 1 .*needs a text"),
        ("- type: [a]", "line 1 .*needs a text"),
        ("- tap", "line 1 .*one name with one value"),
        ("- {tap: [1, 2], wait: 1}", "line 1 .*one name with one value"),
        ("- tap: [1, 2]\n- [", "line [23] .*not YAML"),
        ("- !!python/object/apply:os.system [id]", "one name with one value"),
        ("- tap: [1, 2]\n---\n- tap: [1, 2]", "not YAML"),
        ("\0", "not YAML"),
        ("- wait: 1\n" * 10_001, "limit is 10,000"),
        ("x" * 200_000, "limit is"),
    ],
)
def test_what_is_no_flow_is_refused_with_its_line(text, said):
    with pytest.raises(BadInputError, match=said):
        read_flow(text)


def test_hostile_yaml_costs_little_time():
    bomb = "- &a [x, x]\n" + "".join(f"- &a{n} [*a{n - 1 if n else ''}, *a]\n" for n in range(1, 2))
    begun = time.monotonic()
    for text in (bomb, "[" * 10_000, "- " * 30_000, "{a: " * 5_000):
        with pytest.raises(BadInputError):
            read_flow(text)
    assert time.monotonic() - begun < 2
