"""Reads the flow of a `script` task: a YAML list of actions, checked whole before the first step. Pure.

    - launch: Settings
    - tap: [540, 288]
    - swipe: [540, 1800, 540, 600]
    - type: 你好
    - key: BACK
    - wait: 1.5
    - note: what was seen
    - expect_text: Display
    - fail: the reason

Coordinates are device pixels. Errors name the line. Called by the script agent.
"""

from __future__ import annotations

import math
from typing import Final

import yaml
from msgspec import Struct

from shared.errors import BadInputError, ErrorCode
from shared.settings import WAIT_ACTION_MAX_S

FLOW_MAX: Final = 1 << 17  # characters; the control thread reads it, which must not take long
ACTIONS_MAX: Final = 10_000
PIXEL_MAX: Final = 16384
_DEPTH_MAX: Final = 3  # the list, an action, its coordinates
_POINTS: Final = {"tap": 2, "double_tap": 2, "long_press": 2, "swipe": 4}
_TEXTS: Final = frozenset({"launch", "type", "key", "note", "expect_text", "fail"})
KINDS: Final = (*_POINTS, *sorted(_TEXTS), "wait")


class FlowAction(Struct, frozen=True):
    """One action of a flow. `numbers`: coordinates, or the seconds of a wait."""

    kind: str
    line: int
    text: str = ""
    numbers: tuple[int, ...] = ()
    seconds: float = 0.0


def read_flow(text: str) -> tuple[FlowAction, ...]:
    """Return the actions of a flow; BadInputError BAD_REQUEST names the line that cannot be used."""
    if not text.strip():
        raise _bad(0, "the script is empty; it must be a YAML list of actions")
    if len(text) > FLOW_MAX:
        raise _bad(0, f"the script has {len(text):,} characters; the limit is {FLOW_MAX:,}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_shape(text, loader)
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _bad(line, f"this is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _bad(0, f"this is not YAML: {error}") from None
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise _bad(1, "a script is a YAML list of actions, such as `- tap: [540, 288]`")
    if len(root.value) > ACTIONS_MAX:
        raise _bad(0, f"the script has {len(root.value):,} actions; the limit is {ACTIONS_MAX:,}")
    return tuple(_action(node) for node in root.value)


def _check_shape(text: str, loader: type[yaml.SafeLoader]) -> None:
    """Refuse nesting and aliases before anything recursive walks them: libyaml's composer overruns the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH_MAX or isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise _bad(line, "an action is one name with one value, such as `- tap: [540, 288]`")


def _action(node: yaml.Node) -> FlowAction:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        raise _bad(line, "an action is one name with one value, such as `- tap: [540, 288]`")
    ((key, value),) = node.value
    kind = key.value if isinstance(key, yaml.ScalarNode) else ""
    if kind in _POINTS:
        return FlowAction(kind, line, numbers=_numbers(kind, value, line))
    if kind in _TEXTS:
        if not isinstance(value, yaml.ScalarNode) or not value.value:
            raise _bad(line, f"{kind} needs a text")
        return FlowAction(kind, line, text=value.value)
    if kind == "wait":
        return FlowAction(kind, line, seconds=_seconds(value, line))
    raise _bad(line, f"there is no action {kind[:40]!r}; the actions are {', '.join(KINDS)}")


def _numbers(kind: str, node: yaml.Node, line: int) -> tuple[int, ...]:
    count = _POINTS[kind]
    written = node.value if isinstance(node, yaml.SequenceNode) else []
    texts = [item.value if isinstance(item, yaml.ScalarNode) else "" for item in written]
    if len(texts) != count or not all(
        text.isascii() and text.isdigit() and len(text) <= len("16384") for text in texts
    ):
        raise _bad(line, f"{kind} needs {count} whole numbers of pixels, such as {kind}: {[100] * count}")
    numbers = tuple(int(text) for text in texts)
    if max(numbers) > PIXEL_MAX:
        raise _bad(line, f"{kind} goes beyond {PIXEL_MAX} pixels")
    return numbers


def _seconds(node: yaml.Node, line: int) -> float:
    try:
        seconds = float(node.value) if isinstance(node, yaml.ScalarNode) else math.nan
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= WAIT_ACTION_MAX_S:
        raise _bad(line, f"wait needs a number of seconds from 0 to {WAIT_ACTION_MAX_S:g}")
    return seconds


def _bad(line: int, what: str) -> BadInputError:
    where = f"line {line} of the script: " if line else ""
    return BadInputError(ErrorCode.BAD_REQUEST, f"{where}{what}", remedy="correct the script; nothing was started")
