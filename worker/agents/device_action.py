"""What can be done to a device, as one frozen struct for each act, in the device's own words: pixels, keys, texts.

The JSON form is `{"action": "tap", "x": 540, "y": 192}`; without its `action` it is what a step stores as
`action_params`. The `command` agent takes it from its program, a rerun from a record. Coordinates are device pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from shared.settings import WAIT_ACTION_MAX_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from worker.devices.base import Device

PIXEL_MAX: Final = 16384
_Pixel = Annotated[int, Meta(ge=0, le=PIXEL_MAX)]
_Seconds = Annotated[float, Meta(ge=0.0, le=WAIT_ACTION_MAX_S)]
_Text = Annotated[str, Meta(min_length=1, max_length=1 << 16)]


class _Act(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="action"):
    """One act; `action` names it."""


class Tap(_Act, frozen=True, tag="tap"):
    """Touch a point."""

    x: _Pixel
    y: _Pixel


class DoubleTap(_Act, frozen=True, tag="double_tap"):
    """Touch a point twice."""

    x: _Pixel
    y: _Pixel


class LongPress(_Act, frozen=True, tag="long_press"):
    """Touch a point and hold it."""

    x: _Pixel
    y: _Pixel
    seconds: _Seconds = 3.0


class Swipe(_Act, frozen=True, tag="swipe"):
    """Drag from one point to another; `seconds` None: as long as the distance asks for."""

    x1: _Pixel
    y1: _Pixel
    x2: _Pixel
    y2: _Pixel
    seconds: _Seconds | None = None


class TypeText(_Act, frozen=True, tag="type"):
    """Replace the content of the focused field by `text`."""

    text: _Text


class Key(_Act, frozen=True, tag="key"):
    """Press a key by its Android name or number."""

    key: Annotated[str, Meta(min_length=1, max_length=64)]


class Launch(_Act, frozen=True, tag="launch"):
    """Bring an app to the front, by display name or package."""

    app: Annotated[str, Meta(min_length=1, max_length=256)]


class Wait(_Act, frozen=True, tag="wait"):
    """Do nothing for a while."""

    seconds: _Seconds


DeviceAction: TypeAlias = Tap | DoubleTap | LongPress | Swipe | TypeText | Key | Launch | Wait
ACTION_NAMES: Final = tuple(str(act.__struct_config__.tag) for act in get_args(DeviceAction))


def perform(action: DeviceAction, device: Device, sleep: Callable[[float], None]) -> None:
    """Do it, inside an open step; raises a DeviceError, or what `sleep` raises at a stop."""
    if isinstance(action, Tap):
        device.tap(action.x, action.y)
    elif isinstance(action, DoubleTap):
        device.double_tap(action.x, action.y)
    elif isinstance(action, LongPress):
        device.long_press(action.x, action.y, action.seconds)
    elif isinstance(action, Swipe):
        device.swipe(action.x1, action.y1, action.x2, action.y2, action.seconds)
    elif isinstance(action, TypeText):
        device.type_text(action.text)
    elif isinstance(action, Key):
        device.key(action.key)
    elif isinstance(action, Launch):
        device.launch(action.app)
    else:
        sleep(action.seconds)


def action_of(kind: str, params: Mapping[str, object]) -> DeviceAction:
    """Return the action of that name with what a step stores as its `action_params`; msgspec.ValidationError."""
    made: DeviceAction = msgspec.convert({**params, "action": kind}, DeviceAction)
    return made


def to_json(action: DeviceAction) -> dict[str, object]:
    """Return the stored form, `{"action": "tap", "x": 540, "y": 192}`."""
    stored: dict[str, object] = msgspec.to_builtins(action)
    return stored


def params_of(action: DeviceAction) -> dict[str, object]:
    """Return what a step stores as its `action_params`."""
    return {name: value for name, value in to_json(action).items() if name != "action"}
