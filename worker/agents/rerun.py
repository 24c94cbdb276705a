"""The agent `rerun`: plays the steps of a record again, as a recorded run of its own, without a model.

Before each step the screen is held against the one that the record's step saw; a screen that stays too different ends
the run with that step and both figures. Only the Home key and a launch are played from wherever one is. What the plan
says must not be played ends it too. Coordinates are scaled when the screen has another size. Found by the entry point
`rerun`; the plan is shared/rerun_plan.py's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from msgspec import Struct

from shared.errors import BadInputError, ErrorCode
from shared.rerun_plan import PlannedStep, read_plan
from shared.screen_hash import distance, hash_of
from worker.agents.base import AgentFailed
from worker.agents.device_action import action_of, perform
from worker.errors import ScreenshotFailed

if TYPE_CHECKING:
    from shared.messages import NewTask, TaskRow
    from worker.context import TaskContext
    from worker.devices.base import Device

_SETTLE_S: Final = 10.0  # a screen may still be moving, or loading; then it comes to look like the record's
_LOOK_S: Final = 0.5
_ACROSS: Final = frozenset({"x", "x1", "x2"})
_DOWN: Final = frozenset({"y", "y1", "y2"})


class _Seen(Struct, frozen=True):
    """The screen before a step. `differs` None: it could not be compared, `words` say why."""

    png: bytes | None
    missing: str
    size: tuple[int, int]
    differs: float | None
    words: str


class RerunAgent:
    """Plays one record."""

    needs_device: ClassVar[bool] = True
    needs_model: ClassVar[bool] = False

    @staticmethod
    def check_task(task: NewTask) -> None:
        """Refuse a task that carries no plan, or a step that is no action."""
        for planned in read_plan(task.script).steps:
            if planned.kind:
                _check(planned)

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Play the plan; return how many steps were played. AgentFailed where it must not, or cannot, go on."""
        plan = read_plan(task.script)
        played = 0
        for planned in plan.steps:
            context.check()
            if planned.stop:
                raise AgentFailed(f"{planned.stop}; {played} steps were played again")
            seen = _wait_for_screen(planned, plan.limit, device, context)
            _play(planned, plan.rerun_of, seen, device, context)
            played += 1
        return f"{played} steps of task {plan.rerun_of[:8]} played again"


def _check(planned: PlannedStep) -> None:
    try:
        action_of(planned.kind, planned.params)
    except msgspec.ValidationError as error:
        sentence = f"step {planned.step} of the record cannot be played: {error}"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="queue it by `stepwell rerun`") from None


def _wait_for_screen(planned: PlannedStep, limit: float, device: Device, context: TaskContext) -> _Seen:
    """Return the screen when it is like the record's, or cannot be compared; AgentFailed when it stays different."""
    end = time.monotonic() + _SETTLE_S
    while True:
        seen = _look(planned, limit, device)
        if seen.differs is None or seen.differs <= limit or _leads_there_from_anywhere(planned):
            return seen
        if time.monotonic() > end:
            raise AgentFailed(f"before step {planned.step} of the record {seen.words}")
        context.sleep(_LOOK_S)


def _leads_there_from_anywhere(planned: PlannedStep) -> bool:
    """Tell whether a step's effect is the same whatever the screen: the Home key, and the launch of an app."""
    return planned.kind == "launch" or (planned.kind == "key" and planned.params.get("key") == "HOME")


def _look(planned: PlannedStep, limit: float, device: Device) -> _Seen:
    try:
        png = device.screenshot()
    except ScreenshotFailed as error:
        return _Seen(None, str(error), device.size(), None, f"the screen could not be compared: {error}")
    found, size = hash_of(png)
    if not planned.screen:
        return _Seen(png, "", size, None, "the record has no picture to compare the screen with")
    differs = distance(found, planned.screen)
    return _Seen(png, "", size, differs, f"the screen differs by {differs:.2f} (limit {limit:.2f})")


def _play(planned: PlannedStep, rerun_of: str, seen: _Seen, device: Device, context: TaskContext) -> None:
    params = _scaled(planned, seen.size)
    action = action_of(planned.kind, params)
    with context.step(
        screenshot=seen.png,
        screenshot_missing=seen.missing,
        thinking=f"step {planned.step} of task {rerun_of[:8]} again; {seen.words}",
        action={"action": planned.kind, **params},
        action_params=params,
    ):
        if planned.confirm:
            context.confirm(planned.confirm)
        perform(action, device, context.sleep)


def _scaled(planned: PlannedStep, size: tuple[int, int]) -> dict[str, object]:
    """Return the parameters for a screen of this size; as they are when the record's size is the same, or unknown."""
    if planned.size is None or planned.size == size:
        return dict(planned.params)
    return {name: _scale(name, value, planned.size, size) for name, value in planned.params.items()}


def _scale(name: str, value: object, former: tuple[int, int], size: tuple[int, int]) -> object:
    if not isinstance(value, int) or name not in _ACROSS | _DOWN:
        return value
    axis = 0 if name in _ACROSS else 1
    return value * size[axis] // former[axis]
