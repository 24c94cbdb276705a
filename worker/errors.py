"""What can end a step or a task, as types: the executor decides by them and by nothing else.

An agent may catch `DeviceError`s and `Denied` and go on another way; it must let `StopRequested`, `LimitReached`,
`Unanswered` and `OutOfTask` pass. This file imports nothing of Stepwell.
"""

from __future__ import annotations


class StopRequested(Exception):  # noqa: N818 - the name of a fact, not of a fault
    """The task is to end: raised between steps and out of every wait."""


class LimitReached(Exception):  # noqa: N818
    """The task has used up its steps or its time."""


class Unanswered(Exception):  # noqa: N818
    """Nobody answered before the deadline. `wish` says what was asked for, to stand after "asked a person to"."""

    def __init__(self, wish: str, patience_s: float) -> None:
        super().__init__(f"the agent asked a person to {wish}; nobody answered within {patience_s:g} s")
        self.wish = wish


class Denied(Exception):  # noqa: N818
    """A person does not allow it, or will not do it. `text` says what they would have instead, '' for nothing."""

    def __init__(self, text: str) -> None:
        super().__init__("a person denied it" + (f": {text}" if text else ""))
        self.text = text


class AgentFailed(Exception):  # noqa: N818
    """The agent says that it could not do the task, and why."""


class GaveUp(AgentFailed):
    """The agent's model says itself that it did not reach the goal."""


class OutOfTask(Exception):  # noqa: N818
    """The task is no longer this worker's: no record of it is taken any more."""


class Fenced(OutOfTask):
    """The daemon gave the task's end to others and tells this incarnation to go."""


class RecordRefused(OutOfTask):
    """The daemon refused a record for good, kept it aside and ended the task."""


class NoOpenStep(Exception):  # noqa: N818
    """A call that changes the phone was made outside of an open durable step; nothing was sent."""


class DeviceError(Exception):
    """The device did not do what it was told; the sentence says what and why."""


class DeviceAway(DeviceError):  # noqa: N818
    """The device is not reachable, and the command was not sent: it may be sent again."""


class CommandFailed(DeviceError):  # noqa: N818
    """The device refused or failed a command, and says so."""


class UnknownResult(DeviceError):  # noqa: N818
    """The link broke or the time ran out after a command was sent: it may have happened. Never sent again."""


class ScreenshotFailed(DeviceError):  # noqa: N818
    """There is no picture of the screen. `protected`: the screen does not let itself be shown."""

    def __init__(self, sentence: str, *, protected: bool = False) -> None:
        super().__init__(sentence)
        self.protected = protected
