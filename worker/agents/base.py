"""What an agent is: a plug-in class of the entry-point group `stepwell.agents`, made anew for each task.

`run` works on the device until the task is done and returns a sentence: that is the agent's report of success. It
raises `AgentFailed` with a sentence when it could not do the task; any other exception is a failure too, and returning
None is no success. It must let `StopRequested`, `LimitReached` and `Unanswered` pass. Optional attributes of the class:

- `needs_device` (default True): False lets a worker without a device run it;
- `needs_model` (default False): True means that a task must name a usable model profile;
- `can_continue` (default False): True means that it takes up a task where another one ended (`context.former`);
- `check_task(task)`: raises BadInputError when a submitted task cannot be what this agent runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from worker.errors import AgentFailed, Denied, GaveUp, LimitReached, StopRequested, Unanswered

if TYPE_CHECKING:
    from shared.messages import NewTask, TaskRow
    from worker.context import TaskContext
    from worker.devices.base import Device

__all__ = [
    "Agent",
    "AgentClass",
    "AgentFailed",
    "Denied",
    "GaveUp",
    "LimitReached",
    "StopRequested",
    "Unanswered",
]


class Agent(Protocol):
    """Something that can do a task on a device."""

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str | None:
        """Do the task; return the sentence that reports success."""


class AgentClass(Protocol):
    """What an entry point of `stepwell.agents` names."""

    def __call__(self) -> Agent:
        """Return an agent for one task."""


def needs_device(agent: AgentClass) -> bool:
    """Tell whether an agent works on a device."""
    return bool(getattr(agent, "needs_device", True))


def needs_model(agent: AgentClass) -> bool:
    """Tell whether an agent asks a model."""
    return bool(getattr(agent, "needs_model", False))


def can_continue(agent: AgentClass) -> bool:
    """Tell whether an agent takes up a task where another one ended."""
    return bool(getattr(agent, "can_continue", False))


def check_task(agent: AgentClass, task: NewTask) -> None:
    """Let the agent refuse a task before it is queued; BadInputError says why."""
    check = getattr(agent, "check_task", None)
    if check is not None:
        check(task)
