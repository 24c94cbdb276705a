"""Carries out one action of the model's language on the device, inside its open step. Called by the phone agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.agents.actions import (
    Action,
    Back,
    CallApi,
    DoubleTap,
    Home,
    Launch,
    LongPress,
    Note,
    Swipe,
    Tap,
    Type,
    Wait,
    to_pixel,
)

if TYPE_CHECKING:
    from worker.context import TaskContext
    from worker.devices.base import Device


class NotAvailable(Exception):  # noqa: N818 - a fact
    """The model asked for something that there is not here; it is told so."""


def perform(action: Action, size: tuple[int, int], device: Device, context: TaskContext) -> None:
    """Do what the model asked for; `size` is the screen's, in pixels.

    Raises NotAvailable, StopRequested, or a DeviceError. What persons are asked is the agent's to ask; that and
    `finish` do nothing to the device.
    """
    if isinstance(action, Tap | DoubleTap | LongPress | Swipe):
        _touch(action, size, device)
    elif isinstance(action, Launch):
        device.launch(action.app)
    elif isinstance(action, Type):
        device.type_text(action.text)
    elif isinstance(action, Back | Home):
        device.key(type(action).__name__.upper())
    elif isinstance(action, Wait):
        context.sleep(action.seconds)
    elif isinstance(action, Note):
        context.note(action.message)
    elif isinstance(action, CallApi):
        raise NotAvailable(f"Call_API ({action.instruction[:200]})")


def _touch(action: Tap | DoubleTap | LongPress | Swipe, size: tuple[int, int], device: Device) -> None:
    if isinstance(action, Swipe):
        device.swipe(*to_pixel(action.start, size), *to_pixel(action.end, size))
        return
    point = to_pixel(action.element, size)
    if isinstance(action, DoubleTap):
        device.double_tap(*point)
    elif isinstance(action, LongPress):
        device.long_press(*point)
    else:
        device.tap(*point)


def pixel_params(action: Action, size: tuple[int, int]) -> dict[str, object]:
    """Return the action in the device's words, as it is stored: pixels, keys, texts."""
    if isinstance(action, Swipe):
        start, end = to_pixel(action.start, size), to_pixel(action.end, size)
        return {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    if isinstance(action, Tap | DoubleTap | LongPress):
        x, y = to_pixel(action.element, size)
        return {"x": x, "y": y}
    if isinstance(action, Launch):
        return {"app": action.app}
    if isinstance(action, Type):
        return {"text": action.text}
    if isinstance(action, Back | Home):
        return {"key": type(action).__name__.upper()}
    return {"seconds": action.seconds} if isinstance(action, Wait) else {}
