"""Which log lines are shown, and a line's text as it is copied. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from shared.log_files import Line

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_SHOWN_APART: Final = frozenset({"at", "level", "process", "pid", "event"})
_FACTS: Final = 2000  # characters; a traceback is seen whole in the file


class LogFilter(Struct, frozen=True, kw_only=True):
    """`level` is the least; `task` the beginning of an id that one of a line's facts has; `text` may be anywhere."""

    process: str = ""
    level: str = "debug"
    task: str = ""
    text: str = ""

    def wants(self, line: Line) -> bool:
        """Tell whether a line is shown. One of an unknown level is."""
        if self.process and line.process != self.process:
            return False
        if line.level in LEVELS and LEVELS.index(line.level) < LEVELS.index(self.level):
            return False
        if self.task and not any(str(value).startswith(self.task) for value in line.fields.values()):
            return False
        return not self.text or self.text.casefold() in as_text(line).casefold()


def facts_of(line: Line) -> str:
    """Return what a line says beside its sentence: `name=value …`, on one line."""
    found = (f"{name}={_value(value)}" for name, value in line.fields.items() if name not in _SHOWN_APART)
    return " ".join(found)[:_FACTS]


def as_text(line: Line) -> str:
    """Return a line as it is copied."""
    return f"{line.at}  {line.process:<10} {line.level:<8} {line.event}  {facts_of(line)}".rstrip()


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
