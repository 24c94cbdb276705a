"""What a phone agent can ask for: one frozen struct for each action of the model's language.

The names and parameters are those of AutoGLM-Phone. Coordinates are relative: 0 to 999 on both axes, from
the top left; `to_pixel` turns them into a device's pixels. `to_action_json` is the form that is stored with
a step, `render_action` the form in which a model writes it; both are stable, since stored runs are read
again.

This file must not touch a device or a model. Used by the reply parser, the conversation, the phone agent and
anything that plays actions again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias, get_args

import msgspec

COORDINATE_MAX: Final = 999  # the model's grid is 1000 × 1000
Point: TypeAlias = tuple[int, int]


class ActionName(StrEnum):
    """The actions by the names that the model uses and that are stored."""

    LAUNCH = "Launch"
    TAP = "Tap"
    TYPE = "Type"
    SWIPE = "Swipe"
    LONG_PRESS = "Long Press"
    DOUBLE_TAP = "Double Tap"
    BACK = "Back"
    HOME = "Home"
    WAIT = "Wait"
    TAKE_OVER = "Take_over"
    INTERACT = "Interact"
    NOTE = "Note"
    CALL_API = "Call_API"
    FINISH = "finish"


class Launch(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.LAUNCH.value):
    """Bring an app to the front; `app` is a display name or a package."""

    app: str


class Tap(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="action", tag=ActionName.TAP.value):
    """Touch a point. A `message` marks a sensitive action: a person must approve it first."""

    element: Point
    message: str | None = None


class Type(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.TYPE.value):
    """Replace the content of the focused field by `text`."""

    text: str


class Swipe(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.SWIPE.value):
    """Drag a finger from `start` to `end`."""

    start: Point
    end: Point


class LongPress(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.LONG_PRESS.value):
    """Touch a point and hold it."""

    element: Point


class DoubleTap(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.DOUBLE_TAP.value):
    """Touch a point twice."""

    element: Point


class Back(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.BACK.value):
    """Press the Back key."""


class Home(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.HOME.value):
    """Press the Home key."""


class Wait(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.WAIT.value):
    """Do nothing for `seconds` (0 to 60)."""

    seconds: float


class TakeOver(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.TAKE_OVER.value):
    """Let a person do what the agent cannot: a log-in, a captcha."""

    message: str


class Interact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="action", tag=ActionName.INTERACT.value):
    """Ask a person to choose; their answer goes back to the model."""

    message: str | None = None


class Note(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.NOTE.value):
    """Store `message` as a note on the step."""

    message: str


class CallApi(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.CALL_API.value):
    """Ask for something that is not available here; the model is told to go on another way."""

    instruction: str


class Finish(msgspec.Struct, frozen=True, tag_field="action", tag=ActionName.FINISH.value):
    """End the task. `gave_up` is true when the model says that it did not reach the goal."""

    message: str
    gave_up: bool = False


Action: TypeAlias = (
    Launch
    | Tap
    | Type
    | Swipe
    | LongPress
    | DoubleTap
    | Back
    | Home
    | Wait
    | TakeOver
    | Interact
    | Note
    | CallApi
    | Finish
)
ACTION_CLASSES: Final[dict[ActionName, type[Action]]] = {
    ActionName(str(cls.__struct_config__.tag)): cls for cls in get_args(Action)
}


def to_action_json(action: Action) -> dict[str, object]:
    """Return the stored form, `{"action": "Tap", "element": [x, y]}`; absent parameters are left out."""
    stored: dict[str, object] = msgspec.json.decode(msgspec.json.encode(action))
    return stored


def render_action(action: Action) -> str:
    """Write `action` as a model would, `do(action="Tap", element=[500, 120])`; the parser reads it back."""
    if isinstance(action, Finish):
        failed = ", success=false" if action.gave_up else ""
        return f"finish(message={_quote(action.message)}{failed})"
    stored = to_action_json(action)
    parts = [f"{key}={_render_value(value)}" for key, value in stored.items() if key != "seconds"]
    if isinstance(action, Wait):
        parts.append(f'duration="{action.seconds:g} seconds"')
    return f"do({', '.join(parts)})"


def to_pixel(point: Point, size: tuple[int, int]) -> tuple[int, int]:
    """Return the device pixel of a relative `point` on a screen of `size` (width, height)."""
    return (point[0] * size[0] // (COORDINATE_MAX + 1), point[1] * size[1] // (COORDINATE_MAX + 1))


def _render_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(str(part) for part in value)}]"
    return _quote(str(value))


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
