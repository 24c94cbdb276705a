"""What a step did, for people: the action in words, and where on its screenshot it happened.

Agents write actions in their own words (`Tap`, `Long Press`, `long_press`), so names are compared without case and
punctuation; one that is not known is told as it stands. Pure. Called by cards.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAPS: Final = frozenset({"tap", "click", "doubletap", "longpress"})
_LONGEST: Final = 160  # characters of an action in a heading
_ALIASES: Final = {"click": "tap", "typename": "type", "inputtext": "type", "takeover": "take_over", "callapi": "call"}
_NEEDED: Final = {
    "tap": ("x", "y"),
    "doubletap": ("x", "y"),
    "longpress": ("x", "y"),
    "swipe": ("x1", "y1", "x2", "y2"),
    "launch": ("app",),
    "type": ("text",),
    "key": ("key",),
    "wait": ("seconds",),
}


class Mark(Struct, frozen=True):
    """Where an action touched the screen, in percent of the picture. `x2`, `y2`: the end of a swipe."""

    kind: str  # tap, doubletap, longpress or swipe
    x: float
    y: float
    x2: float | None = None
    y2: float | None = None


def action_words(action: Any, params: Any, templates: Mapping[str, str]) -> str:
    """Return an action in a person's words; '' when the step has none.

    `action`, `params`: the decoded columns. `templates`: by plain name, with the parameters' names in braces.
    """
    if action is None or action == "":
        return ""
    if not isinstance(action, dict):
        return _flat(str(action))
    name = plain_name(action)
    given = {**action, **params} if isinstance(params, dict) else dict(action)
    given.setdefault("text", given.get("message", given.get("value", given.get("instruction", ""))))
    template = templates.get(name)
    if template is None or any(key not in given for key in _NEEDED.get(name, ())):
        return _as_it_stands(action)
    values = defaultdict(str, {key: _flat(_number(value)) for key, value in given.items() if isinstance(key, str)})
    return _flat(template.format_map(values)).rstrip(" :：")


def plain_name(action: Any) -> str:
    """Return an action's name in small letters and digits, '' when it has none."""
    name = action.get("action") if isinstance(action, dict) else None
    plain = re.sub(r"[\W_]+", "", name).lower() if isinstance(name, str) else ""
    return _ALIASES.get(plain, plain)


def mark_of(action: Any, params: Any, size: tuple[int, int]) -> Mark | None:
    """Return where an action touched a picture of `size` pixels; None when it did not, or outside of it."""
    name, (width, height) = plain_name(action), size
    if not isinstance(params, dict) or width <= 0 or height <= 0:
        return None
    if name == "swipe":
        ends = [_percent(params.get(key), side) for key, side in zip(_NEEDED["swipe"], size * 2, strict=True)]
        x, y, x2, y2 = ends
        return None if x is None or y is None or x2 is None or y2 is None else Mark(name, x, y, x2, y2)
    x, y = _percent(params.get("x"), width), _percent(params.get("y"), height)
    return None if name not in _TAPS or x is None or y is None else Mark(name, x, y)


def _percent(value: Any, side: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= side:
        return None
    return round(value * 100 / side, 2)


def _as_it_stands(action: Mapping[str, Any]) -> str:
    rest = [str(value) for key, value in action.items() if key != "action" and value not in (None, "", False)]
    return _flat(" ".join([str(action.get("action", "?")), *rest]))


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flat(text: str) -> str:
    flat = " ".join("".join(char if char.isprintable() else " " for char in text[: _LONGEST * 4]).split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"
