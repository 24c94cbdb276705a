"""The agent `script`: plays a flow of actions on the device, without a model. The flow's language is in flow.py.

The whole flow is checked before the task is queued, and again before its first step. Every action is a step with its
picture. Found by the entry point `script`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from worker.agents.base import AgentFailed
from worker.errors import ScreenshotFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.messages import NewTask, TaskRow
    from worker.agents.flow import FlowAction
    from worker.context import TaskContext
    from worker.devices.base import Device

_EXPECT_TRIES: Final = 4  # a screen may still be moving
_EXPECT_PAUSE_S: Final = 0.7


class ScriptAgent:
    """Plays one flow."""

    needs_device: ClassVar[bool] = True
    needs_model: ClassVar[bool] = False

    @staticmethod
    def check_task(task: NewTask) -> None:
        """Refuse a task whose flow cannot be read."""
        _flow_of(task)

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Play the flow; return how many actions were done; AgentFailed at `fail` and at a text that is not there."""
        actions = _flow_of(task)
        for number, action in enumerate(actions, start=1):
            context.check()
            picture, missing = _picture(device)
            with context.step(
                screenshot=picture,
                screenshot_missing=missing,
                thinking=f"action {number} of {len(actions)}, line {action.line} of the script",
                action=_in_own_words(action),
                action_params=_in_pixels(action),
            ):
                _PLAY[action.kind](action, device, context)
        return f"{len(actions)} actions done"


def _flow_of(task: NewTask | TaskRow) -> tuple[FlowAction, ...]:
    from worker.agents.flow import read_flow  # noqa: PLC0415 - YAML costs a worker 2 MB, and few tasks are scripts

    return read_flow(task.script)


def _picture(device: Device) -> tuple[bytes | None, str]:
    try:
        return device.screenshot(), ""
    except ScreenshotFailed as error:
        return None, str(error)


def _in_own_words(action: FlowAction) -> dict[str, object]:
    value: object = list(action.numbers) or action.text or action.seconds
    return {"action": action.kind, "value": value}


def _in_pixels(action: FlowAction) -> dict[str, object]:
    if action.kind == "swipe":
        return dict(zip(("x1", "y1", "x2", "y2"), action.numbers, strict=True))
    if action.numbers:
        return {"x": action.numbers[0], "y": action.numbers[1]}
    if action.kind == "wait":
        return {"seconds": action.seconds}
    return {{"launch": "app", "key": "key"}.get(action.kind, "text"): action.text}


def _expect(action: FlowAction, device: Device, context: TaskContext) -> None:
    for _ in range(_EXPECT_TRIES):
        if device.find_text(action.text):
            return
        context.sleep(_EXPECT_PAUSE_S)
    raise AgentFailed(f"line {action.line}: the screen does not show {action.text!r}")


def _fail(action: FlowAction, _device: Device, _context: TaskContext) -> None:
    raise AgentFailed(action.text)


_PLAY: Final[dict[str, Callable[[FlowAction, Device, TaskContext], None]]] = {
    "tap": lambda action, device, _: device.tap(*action.numbers),
    "double_tap": lambda action, device, _: device.double_tap(*action.numbers),
    "long_press": lambda action, device, _: device.long_press(*action.numbers),
    "swipe": lambda action, device, _: device.swipe(*action.numbers),
    "launch": lambda action, device, _: device.launch(action.text),
    "type": lambda action, device, _: device.type_text(action.text),
    "key": lambda action, device, _: device.key(action.text),
    "wait": lambda action, _, context: context.sleep(action.seconds),
    "note": lambda action, _, context: context.note(action.text),
    "expect_text": _expect,
    "fail": _fail,
}
