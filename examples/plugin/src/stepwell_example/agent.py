"""The agent `example`: taps as often as its task says, each tap a recorded step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import BadInputError, ErrorCode

if TYPE_CHECKING:
    from shared.messages import NewTask, TaskRow
    from worker.context import TaskContext
    from worker.devices.base import Device

NUMBERS = {"one": 1, "two": 2, "three": 3}


class ExampleAgent:
    """One per task. It works on a device (`needs_device`) and asks no model (`needs_model`)."""

    needs_device = True
    needs_model = False

    @staticmethod
    def check_task(task: NewTask) -> None:
        """Refuse, before it is queued, a task that is not `one tap`, `two taps` or `three taps`."""
        if task.task_description.split()[0] not in NUMBERS:
            known = ", ".join(NUMBERS)
            raise BadInputError(ErrorCode.BAD_REQUEST, f"the task must begin with {known}", remedy='say "two taps"')

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Tap the middle of the screen; return the sentence that reports success."""
        wanted = NUMBERS[task.task_description.split()[0]]
        width, height = device.size()
        x, y = width // 2, height // 2
        for number in range(1, wanted + 1):
            with context.step(
                screenshot=device.screenshot(),
                thinking=f"tap {number} of {wanted}",
                action={"action": "tap"},
                action_params={"x": x, "y": y},
            ) as step:
                device.tap(x, y)  # only inside the block, and only after the intent is on disk
                step.message = "tapped the middle"
        return f"{wanted} taps done"
