"""Reads the flow of a `script` task, which is checked whole before its first step; errors name the line. Pure.

A flow is a YAML list of actions, or a mapping of `variables`, `flow` and `check`: a list of texts that the screen must
show when the flow is through. Each action is one name with one value:

    - launch: Settings
    - tap: [540, 288]                              # pixels
    - tap: Display                                 # the node with that text; {text: Delete, nth: 2}
    - swipe: [540, 1800, 540, 600]                 # also: double_tap, long_press, type, key, wait
    - wait_until: {text: Saved, limit: 20}         # or gone: …, app: …
    - assert: Dark mode                            # or {gone: …}, {app: …}; `expect_text` is the same
    - repeat: {times: 5, until: {text: Done}, do: [...]}
    - note: what was seen
    - fail: the reason

The language's page for people is docs/agents.md. Called by the script agent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec
import yaml

from shared.settings import WAIT_ACTION_MAX_S
from worker.agents.device_action import PIXEL_MAX, action_of
from worker.agents.flow import CONDITIONS, Act, Await, Condition, Instruction, Repeat, Say, TouchText
from worker.agents.flow_yaml import Variables, bad, documents, line_of, pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from worker.agents.device_action import DeviceAction

ACTIONS_MAX: Final = 10_000  # also when the repeats are played out
REPEAT_MAX: Final = 1000
CHECKS_MAX: Final = 100
WAIT_UNTIL_MAX_S: Final = 240.0  # a step's own limit is longer
WAIT_UNTIL_S: Final = 10.0
_EXPECT_S: Final = 3.0  # a screen may still be moving when it is asserted
_POINTS: Final = {
    "tap": ("x", "y"),
    "double_tap": ("x", "y"),
    "long_press": ("x", "y"),
    "swipe": ("x1", "y1", "x2", "y2"),
}
_TEXTS: Final = {"launch": "app", "type": "text", "key": "key"}
_FORM: Final = "an action is one name with one value, such as `- tap: [540, 288]`"


def read_flow(text: str) -> tuple[Instruction, ...]:
    """Return the instructions of a flow; BadInputError BAD_REQUEST names the line that cannot be used."""
    reader, parts = _parts(text)
    flow = reader.list_of(parts["flow"])
    reader.texts_of(parts.get("check"))
    if (count := counted(flow)) > ACTIONS_MAX:
        raise bad(0, f"the script has {count:,} actions; the limit is {ACTIONS_MAX:,}")
    return flow


def read_checks(text: str) -> tuple[str, ...]:
    """Return the texts of a flow's `check` list, () when it has none; BadInputError as `read_flow`."""
    reader, parts = _parts(text)
    return reader.texts_of(parts.get("check"))


def _parts(text: str) -> tuple[_Reader, dict[str, yaml.Node]]:
    root, given = documents(text)
    known = ("variables", "flow", "check")
    parts = pairs(root, "a script", known) if isinstance(root, yaml.MappingNode) else {"flow": root}
    if "flow" not in parts:
        raise bad(line_of(root), "a script is a YAML list of actions, or `variables` and such a list under `flow`")
    return _Reader(Variables(parts.get("variables"), given)), parts


def counted(flow: tuple[Instruction, ...]) -> int:
    """Return how many actions a flow has at most when its repeats are played out."""
    return sum(item.times * counted(item.body) if isinstance(item, Repeat) else 1 for item in flow)


class _Reader:
    """Makes instructions of nodes."""

    def __init__(self, variables: Variables) -> None:
        self._text_of = variables.text
        self._readers: dict[str, Callable[[str, yaml.Node, int], Instruction]] = {
            **dict.fromkeys(_POINTS, self._touch),
            **dict.fromkeys(_TEXTS, self._act_with_text),
            **dict.fromkeys(("assert", "expect_text", "wait_until"), self._await),
            **dict.fromkeys(("note", "fail"), lambda kind, node, line: Say(line, kind, self._text(kind, node))),
            "wait": self._wait,
            "repeat": self._repeat,
        }

    def list_of(self, node: yaml.Node) -> tuple[Instruction, ...]:
        """Read a list of actions."""
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise bad(line_of(node), "a script is a YAML list of actions, such as `- tap: [540, 288]`")
        if len(node.value) > ACTIONS_MAX:
            raise bad(0, f"the script has {len(node.value):,} actions; the limit is {ACTIONS_MAX:,}")
        return tuple(self._instruction(item) for item in node.value)

    def texts_of(self, node: yaml.Node | None) -> tuple[str, ...]:
        """Read a list of texts, which may be left out."""
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode) or not 0 < len(node.value) <= CHECKS_MAX:
            raise bad(line_of(node), f"check is a YAML list of 1 to {CHECKS_MAX} texts")
        return tuple(self._text("check", item) for item in node.value)

    def _instruction(self, node: yaml.Node) -> Instruction:
        line = line_of(node)
        if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
            raise bad(line, _FORM)
        ((kind, value),) = pairs(node, "an action").items()
        if kind not in self._readers:
            raise bad(line, f"there is no action {kind[:40]!r}; the actions are {', '.join(self._readers)}")
        return self._readers[kind](kind, value, line)

    def _touch(self, kind: str, node: yaml.Node, line: int) -> Instruction:
        if isinstance(node, yaml.SequenceNode) or kind == "swipe":
            numbers = self._pixels(kind, node, line)
            return Act(line, _action(kind, dict(zip(_POINTS[kind], numbers, strict=True)), line))
        if isinstance(node, yaml.ScalarNode):
            return TouchText(line, kind, self._text(kind, node))
        given = pairs(node, kind, ("text", "nth"))
        if "text" not in given:
            raise bad(line, f"{kind} needs a text, or [x, y]")
        nth = self._whole(f"{kind}'s nth", given["nth"], ACTIONS_MAX) if "nth" in given else 1
        return TouchText(line, kind, self._text(kind, given["text"]), nth)

    def _pixels(self, kind: str, node: yaml.Node, line: int) -> list[int]:
        count = len(_POINTS[kind])
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        texts = [self._text_of(item, kind) if isinstance(item, yaml.ScalarNode) else "" for item in items]
        digits = len(str(PIXEL_MAX))
        if len(texts) != count or not all(t.isascii() and t.isdigit() and len(t) <= digits for t in texts):
            or_text = "" if kind == "swipe" else ", or a text"
            raise bad(line, f"{kind} needs {count} whole numbers of pixels, such as {kind}: {[100] * count}{or_text}")
        numbers = [int(text) for text in texts]
        if max(numbers) > PIXEL_MAX:
            raise bad(line, f"{kind} goes beyond {PIXEL_MAX} pixels")
        return numbers

    def _act_with_text(self, kind: str, node: yaml.Node, line: int) -> Instruction:
        return Act(line, _action(kind, {_TEXTS[kind]: self._text(kind, node)}, line))

    def _wait(self, kind: str, node: yaml.Node, line: int) -> Instruction:
        return Act(line, _action("wait", {"seconds": self._seconds(kind, node, WAIT_ACTION_MAX_S)}, line))

    def _await(self, kind: str, node: yaml.Node, line: int) -> Instruction:
        if isinstance(node, yaml.ScalarNode):
            limit = WAIT_UNTIL_S if kind == "wait_until" else _EXPECT_S
            return Await(line, kind, Condition("text", self._text(kind, node)), limit)
        known = (*CONDITIONS, "limit") if kind == "wait_until" else CONDITIONS
        given = pairs(node, kind, known)
        limit = WAIT_UNTIL_S if kind == "wait_until" else _EXPECT_S
        if "limit" in given:
            limit = self._seconds(f"{kind}'s limit", given.pop("limit"), WAIT_UNTIL_MAX_S)
        return Await(line, kind, self._condition(kind, given, line), limit)

    def _condition(self, kind: str, given: dict[str, yaml.Node], line: int) -> Condition:
        if len(given) != 1:
            raise bad(line, f"{kind} needs exactly one of {', '.join(CONDITIONS)}")
        ((what, value),) = given.items()
        return Condition(what, self._text(f"{kind}'s {what}", value))

    def _repeat(self, kind: str, node: yaml.Node, line: int) -> Instruction:
        given = pairs(node, kind, ("times", "until", "do"))
        if "times" not in given or "do" not in given:
            raise bad(line, "repeat needs `times` and `do`, such as {times: 3, do: [- key: BACK]}")
        until = None
        if "until" in given:
            until = self._condition("until", pairs(given["until"], "until", CONDITIONS), line_of(given["until"]))
        return Repeat(line, self._whole("times", given["times"], REPEAT_MAX), self.list_of(given["do"]), until)

    def _text(self, what: str, node: yaml.Node) -> str:
        text = self._text_of(node, what)
        if not text:
            raise bad(line_of(node), f"{what} needs a text")
        return text

    def _whole(self, what: str, node: yaml.Node, most: int) -> int:
        text = self._text_of(node, what)
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
            raise bad(line_of(node), f"{what} needs a whole number from 1 to {most:,}")
        return int(text)

    def _seconds(self, what: str, node: yaml.Node, most: float) -> float:
        try:
            seconds = float(self._text_of(node, what))
        except ValueError:
            seconds = math.nan
        if not 0 <= seconds <= most:
            raise bad(line_of(node), f"{what} needs a number of seconds from 0 to {most:g}")
        return seconds


def _action(kind: str, fields: dict[str, object], line: int) -> DeviceAction:
    """Return the action as the device takes it; what it does not allow is the line's fault."""
    try:
        return action_of(kind, fields)
    except msgspec.ValidationError as error:
        raise bad(line, f"{kind}: {error}") from None
