"""What the shell's commands share: what they are given, what they return. One function per command, see `table`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.phone.faults import Faults
    from demo.phone.files import Files
    from demo.phone.phone import Phone

FAILED: Final = 1
JAVA_FAILED: Final = 255  # what Android's own tools return when they refuse or throw


class World:
    """What a command may touch. `pace` 1 lets gestures take the time they say, 0 makes them instant."""

    def __init__(self, phone: Phone, files: Files, faults: Faults, pace: float) -> None:
        self.phone = phone
        self.files = files
        self.faults = faults
        self.pace = pace
        self.away_after: float | None = None  # set by `demo-fault offline`: seconds to be gone, once it was answered


class Result(msgspec.Struct, frozen=True):
    """What a command wrote to its two streams, and its exit code."""

    out: bytes = b""
    err: bytes = b""
    exit: int = 0


if TYPE_CHECKING:
    CommandFunction = Callable[[World, list[str], bytes], Result]


def said(text: str) -> Result:
    """Return success with this text and a line's end."""
    return Result(out=f"{text}\n".encode() if text else b"")


def refused(text: str, code: int = FAILED) -> Result:
    """Return failure with this text on the error stream."""
    return Result(err=f"{text}\n".encode(), exit=code)
