"""The agent `script`: plays a flow of actions on the device, without a model. Its language is in flow_reader.py.

The whole flow is checked before the task is queued, and again before its first step. Every action is a step with its
picture; a text is looked up among the screen's nodes before the step begins, so that its intent names the point that
is touched. Found by the entry point `script`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

from worker.agents.base import AgentFailed
from worker.agents.device_action import action_of, params_of, perform, to_json
from worker.agents.flow import Act, Await, Repeat, Say, TouchText
from worker.errors import CommandFailed, ScreenshotFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.messages import NewTask, TaskRow
    from worker.agents.flow import Condition, Instruction
    from worker.context import TaskContext
    from worker.devices.base import Device
    from worker.devices.nodes import Node
    from worker.step import Step

_FIND_S: Final = 5.0  # a text that is to be touched is looked for so long: the screen may still be moving
_LOOK_S: Final = 0.5  # between two looks at the nodes; a look takes a real phone one or two seconds


class ScriptAgent:
    """Plays one flow."""

    needs_device: ClassVar[bool] = True
    needs_model: ClassVar[bool] = False

    @staticmethod
    def check_task(task: NewTask) -> None:
        """Refuse a task whose flow cannot be read."""
        _flow_of(task)

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Play the flow; return how many actions were done.

        AgentFailed at `fail`, at a condition that does not hold, and at a text that is not there.
        """
        context.expect(_checks_of(task))
        player = _Player(device, context)
        player.play(_flow_of(task))
        return f"{player.done} actions done"


def _flow_of(task: NewTask | TaskRow) -> tuple[Instruction, ...]:
    from worker.agents.flow_reader import read_flow  # noqa: PLC0415 - YAML costs a worker 2 MB; few tasks are scripts

    return read_flow(task.script)


def _checks_of(task: TaskRow) -> tuple[str, ...]:
    from worker.agents.flow_reader import read_checks  # noqa: PLC0415 - as above

    return read_checks(task.script)


class _Player:
    """Plays instructions one after the other. `done` counts the actions."""

    def __init__(self, device: Device, context: TaskContext) -> None:
        self.done = 0
        self._device = device
        self._context = context
        self._round = ""

    def play(self, flow: tuple[Instruction, ...]) -> None:
        """Play a list of instructions."""
        for item in flow:
            self._context.check()
            if isinstance(item, Repeat):
                self._repeat(item)
                continue
            if isinstance(item, TouchText):
                self._touch(item)
            elif isinstance(item, Act):
                with self._step(item.line, to_json(item.action), params_of(item.action)):
                    perform(item.action, self._device, self._context.sleep)
            elif isinstance(item, Await):
                self._await(item)
            else:
                self._say(item)
            self.done += 1

    def _repeat(self, repeat: Repeat) -> None:
        outer = self._round
        for number in range(1, repeat.times + 1):
            if repeat.until is not None and self._holds(repeat.until):
                return
            self._round = f"{outer}, round {number} of {repeat.times}"
            self.play(repeat.body)
        self._round = outer
        if repeat.until is not None and not self._holds(repeat.until):
            raise AgentFailed(f"line {repeat.line}: not true after {repeat.times} rounds: {repeat.until}")

    def _touch(self, touch: TouchText) -> None:
        x, y = self._find(touch)
        words = {"action": touch.kind, "text": touch.text}
        with self._step(touch.line, words, {"x": x, "y": y}):
            perform(action_of(touch.kind, {"x": x, "y": y}), self._device, self._context.sleep)

    def _find(self, touch: TouchText) -> tuple[int, int]:
        """Return the middle of the node that is meant; AgentFailed when the screen does not come to show it."""
        end = time.monotonic() + _FIND_S
        while True:
            found = nodes_with(touch.text, self._nodes())
            if len(found) >= touch.nth:
                left, top, right, bottom = found[touch.nth - 1].bounds
                return max(0, (left + right) // 2), max(0, (top + bottom) // 2)
            if time.monotonic() > end:
                which = f"has {len(found)} of {touch.nth} nodes that show" if found else "does not show"
                raise AgentFailed(f"line {touch.line}: the screen {which} {touch.text!r}")
            self._context.sleep(_LOOK_S)

    def _nodes(self) -> tuple[Node, ...]:
        try:
            return self._device.nodes()
        except CommandFailed:  # a phone tells no nodes while its screen moves; the look is repeated
            return ()

    def _await(self, wanted: Await) -> None:
        condition = wanted.condition
        words = {"action": wanted.kind, condition.kind: condition.value}
        with self._step(wanted.line, words, {"text": condition.value}):
            end = time.monotonic() + wanted.limit_s
            while not self._holds(condition):
                if time.monotonic() > end:
                    raise AgentFailed(f"line {wanted.line}: not true within {wanted.limit_s:g} s: {condition}")
                self._context.sleep(_LOOK_S)

    def _holds(self, condition: Condition) -> bool:
        try:
            if condition.kind == "app":
                return self._device.current_app() == condition.value
            return self._device.find_text(condition.value) is (condition.kind == "text")
        except CommandFailed:  # as in _nodes: what cannot be seen does not hold yet
            return False

    def _say(self, said: Say) -> None:
        with self._step(said.line, {"action": said.kind, "text": said.text}, {"text": said.text}):
            if said.kind == "fail":
                raise AgentFailed(said.text)
            self._context.note(said.text)

    def _step(self, line: int, words: Mapping[str, object], params: Mapping[str, object]) -> Step:
        try:
            picture, missing = self._device.screenshot(), ""
        except ScreenshotFailed as error:
            picture, missing = None, str(error)
        return self._context.step(
            screenshot=picture,
            screenshot_missing=missing,
            thinking=f"line {line} of the script{self._round}",
            action=words,
            action_params=params,
        )


def nodes_with(text: str, nodes: tuple[Node, ...]) -> list[Node]:
    """Return the nodes that show exactly `text`, or when there are none those that show it in a longer one."""
    exact = [node for node in nodes if text in (node.text, node.description)]
    return exact or [node for node in nodes if text in node.text or text in node.description]
