"""One function that puts any text into a shell command of the phone, and how `input text` wants it. Pure."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:=@-]+\Z")
_PIECE_MAX: Final = 500  # characters of one `input text`; long ones were seen to lose keys


def quote_for_device(text: str) -> str:
    """Return `text` as one word of a POSIX shell, whatever is in it; ValueError for NUL, which no shell takes."""
    if "\0" in text:
        raise ValueError("a shell word cannot hold a NUL character")
    if _PLAIN.match(text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"


def input_text_pieces(text: str) -> list[str]:
    """Return the arguments with which `input text` types `text` (one line of printable ASCII), one after the other.

    `input text` turns `%s` into a space, so a literal `%s` is typed in two pieces.
    """
    pieces = [part[at : at + _PIECE_MAX] for part in _split(text) for at in range(0, len(part), _PIECE_MAX)]
    return [piece.replace(" ", "%s") for piece in pieces]


def _split(text: str) -> list[str]:
    """Split between every `%` and `s`."""
    parts: list[str] = []
    rest = text
    while (at := rest.find("%s")) >= 0:
        parts.append(rest[: at + 1])
        rest = rest[at + 1 :]
    return [*parts, rest] if rest else parts
