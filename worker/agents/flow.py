"""The instructions of a `script` flow, as they are read once and played. The reading is flow_reader.py's. Pure.

It imports no YAML, so that the script agent costs a worker nothing until there is a script.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct

from worker.agents.device_action import DeviceAction

_SAID: Final = {"text": "the screen shows", "gone": "the screen no longer shows", "app": "the app in front is"}
CONDITIONS: Final = tuple(_SAID)


class Act(Struct, frozen=True):
    """Does something to the device."""

    line: int
    action: DeviceAction


class TouchText(Struct, frozen=True):
    """Touches the middle of the `nth` node that shows a text; `kind` says how."""

    line: int
    kind: str
    text: str
    nth: int = 1


class Condition(Struct, frozen=True):
    """What must hold: a text is there (`text`) or not (`gone`), or a package is in front (`app`)."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{_SAID[self.kind]} {self.value!r}"


class Await(Struct, frozen=True):
    """Goes on when a condition holds, and fails when it does not within the limit. `kind`: how it is written."""

    line: int
    kind: str
    condition: Condition
    limit_s: float


class Say(Struct, frozen=True):
    """Keeps a `note`, or ends the task by `fail`."""

    line: int
    kind: str
    text: str


class Repeat(Struct, frozen=True):
    """Plays `body` so many times; with `until`, at most so many times and until that holds."""

    line: int
    times: int
    body: tuple[Instruction, ...]
    until: Condition | None = None


Instruction: TypeAlias = Act | TouchText | Await | Say | Repeat
