"""What a program of a `command` agent can say, and what it is answered: one JSON object a line, UTF-8. Pure.

Strict and bounded: a line has at most 1 MiB and its values are nested at most 16 deep, a known `type`, known fields,
values of the right kind. A line that is not good is a `BadLine` with a sentence for the program; it does nothing. The
protocol's page for people is docs/agents.md. Used by session.py.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from worker.agents.device_action import DeviceAction

LINE_MAX: Final = 1 << 20  # bytes: what a text of the store may have; a thinking that long is already an accident
DEPTH_MAX: Final = 16
_EXPLANATION_MAX: Final = 300
# Outside of strings only brackets count; a string that never ends is passed over, the decoder will name it.
_NESTING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_Sentence = Annotated[str, Meta(max_length=1 << 16)]


class BadLine(ValueError):  # noqa: N818 - a fact about a line
    """A line cannot be understood; the sentence says why."""


class _Line(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A line of the program; `type` names it."""


class Screenshot(_Line, frozen=True, tag="screenshot"):
    """Asks for a picture of the screen; answered by the path of a PNG file and its size."""


class CurrentApp(_Line, frozen=True, tag="current_app"):
    """Asks which app is in front."""


class Act(_Line, frozen=True, tag="act"):
    """One step: its intent is stored, then the action is done, then its outcome is stored."""

    action: DeviceAction
    thinking: str = ""


class Begin(_Line, frozen=True, tag="begin"):
    """Announces what the program is about to do by itself, without Stepwell: stored when it is answered. Then `end`."""

    action: dict[str, Any]
    thinking: str = ""


class End(_Line, frozen=True, tag="end"):
    """Ends the step that `begin` opened."""

    outcome: Literal["done", "failed", "not_executed", "unknown"] = "done"
    message: str = ""


class Note(_Line, frozen=True, tag="note"):
    """Keeps a text with the task, or with the step that is open."""

    text: Annotated[str, Meta(min_length=1)]


class Finish(_Line, frozen=True, tag="finish"):
    """Reports success."""

    message: _Sentence


class Fail(_Line, frozen=True, tag="fail"):
    """Reports that the task could not be done."""

    message: _Sentence


Line: TypeAlias = Screenshot | CurrentApp | Act | Begin | End | Note | Finish | Fail
_DECODER: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def read_line(raw: bytes) -> Line:
    """Return what a line says; BadLine when it says nothing that is known here."""
    _check_depth(raw)
    try:
        return _DECODER.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadLine(str(error)[:_EXPLANATION_MAX]) from None


def write_line(kind: str, **fields: object) -> bytes:
    """Return an answer as a line."""
    return msgspec.json.encode({"type": kind, **fields}) + b"\n"


def _check_depth(raw: bytes) -> None:
    depth = 0
    for found in _NESTING.finditer(raw):
        mark = found[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        if depth > DEPTH_MAX:
            raise BadLine(f"its values are nested more than {DEPTH_MAX} deep")


class LineSplitter:
    """Makes lines of the pieces that come, and keeps no more of a line than the limit."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._too_long = False

    def feed(self, piece: bytes) -> list[bytes | None]:
        """Return the lines that are whole now; None stands for one that was too long."""
        *ended, rest = piece.split(b"\n")
        lines: list[bytes | None] = []
        for part in ended:
            self._add(part)
            lines.append(None if self._too_long else bytes(self._begun))
            self._begun.clear()
            self._too_long = False
        self._add(rest)
        return lines

    @property
    def rest(self) -> bytes:
        """What came behind the last line."""
        return bytes(self._begun)

    def _add(self, part: bytes) -> None:
        if len(self._begun) + len(part) > LINE_MAX:
            self._too_long = True
            self._begun.clear()
        elif not self._too_long:
            self._begun += part
