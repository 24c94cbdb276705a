"""From the model's actions to the device's: pixels, and which call each action is. Used by the phone agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.agents.actions import (
    Action,
    Back,
    CallApi,
    DoubleTap,
    Home,
    Interact,
    Launch,
    LongPress,
    Note,
    Swipe,
    TakeOver,
    Tap,
    Type,
    Wait,
    to_pixel,
)

if TYPE_CHECKING:
    from worker.context import TaskContext
    from worker.devices.base import Device

Size = tuple[int, int]


def in_pixels(action: Action, size: Size) -> dict[str, object]:
    """Return the action's parameters as the device gets them, for the record."""
    if isinstance(action, Tap | LongPress | DoubleTap):
        x, y = to_pixel(action.element, size)
        return {"x": x, "y": y}
    if isinstance(action, Swipe):
        (x1, y1), (x2, y2) = to_pixel(action.start, size), to_pixel(action.end, size)
        return {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    if isinstance(action, Type):
        return {"text": action.text}
    return {"app": action.app} if isinstance(action, Launch) else {}


def carry_out(action: Action, device: Device, context: TaskContext, size: Size) -> str | None:
    """Do the action; return why it was not executed when it is one that Stepwell does not offer.

    Raises NeedsPerson before anything is touched where a person must decide, and the device's errors.
    """
    if isinstance(action, Tap | LongPress | DoubleTap):
        _touch(action, device, context, size)
    elif isinstance(action, Swipe):
        device.swipe(*to_pixel(action.start, size), *to_pixel(action.end, size))
    elif isinstance(action, Type):
        device.type_text(action.text)
    elif isinstance(action, Launch):
        device.launch(action.app)
    elif isinstance(action, Back | Home):
        device.key("back" if isinstance(action, Back) else "home")
    elif isinstance(action, CallApi):
        return "Call_API is not available"
    else:
        _beside_the_device(action, context)
    return None


def _touch(action: Tap | LongPress | DoubleTap, device: Device, context: TaskContext, size: Size) -> None:
    x, y = to_pixel(action.element, size)
    if isinstance(action, LongPress):
        device.long_press(x, y)
    elif isinstance(action, DoubleTap):
        device.double_tap(x, y)
    else:
        if action.message:
            context.confirm(action.message)
        device.tap(x, y)


def _beside_the_device(action: Action, context: TaskContext) -> None:
    if isinstance(action, Wait):
        context.sleep(action.seconds)
    elif isinstance(action, Note):
        context.note(action.message)
    elif isinstance(action, TakeOver):
        context.take_over(action.message)
    elif isinstance(action, Interact):
        context.ask(action.message or "choose what to do")
