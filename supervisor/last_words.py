"""What a child said last, for the person who asks why it died. Reads the ends of its log files; never raises for them.

Called by process.py when a child ends unasked, and by the command line when the supervisor itself could not start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.log_files import last_lines

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_BYTES: Final = 8192
_LONGEST: Final = 400


class _LogLine(Struct):
    """The fields of a log line that tell why a process ended."""

    level: str = ""
    event: str = ""
    error: str = ""
    remedy: str = ""
    exception: str = ""


def last_words(logs: Path, name: str) -> str:
    """Return one line that says why the process `name` ended, as far as its log and its stderr tell; '' when silent."""
    for line in reversed(_tail(logs / f"{name}.jsonl")):
        try:
            entry = msgspec.json.decode(line, type=_LogLine)
        except msgspec.MsgspecError:
            continue
        if entry.event == "started":
            break  # what stands before belongs to an earlier life
        if entry.level in ("error", "critical"):
            remedy = f" ({entry.remedy})" if entry.remedy else ""
            return _one_line((entry.error or _last_line(entry.exception) or entry.event) + remedy)
    return last_printed(logs, name)


def last_printed(logs: Path, name: str) -> str:
    """Return the last line that the process `name` printed to its stderr; '' when there is none."""
    printed = _tail(logs / f"{name}.stderr")
    return _one_line(printed[-1]) if printed else ""


def _tail(path: Path) -> list[str]:
    return last_lines(path, _TAIL_BYTES, _TAIL_BYTES)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def _one_line(text: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text.strip())
    return plain[:_LONGEST]
