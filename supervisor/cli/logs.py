"""`stepwell logs`: the lines of all processes merged by time, filtered, followed. Works with nothing running."""

from __future__ import annotations

import time
from typing import Annotated, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.log_files import Line, LogFollower
from supervisor.cli.output import HomeOption, JsonOption, home_of, print_json
from supervisor.cli.tasks import moment

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_FOLLOW_S: Final = 0.2
_KNOWN: Final = ("at", "level", "process", "pid", "event")


class Filter:
    """Which lines are wanted."""

    def __init__(self, level: str, task: str, since: str) -> None:
        if level not in LEVELS:
            raise BadInputError(ErrorCode.BAD_REQUEST, f"no level is called {level!r}", remedy=", ".join(LEVELS))
        self._level = LEVELS.index(level)
        self._task = task
        self._since = moment(since).replace("+00:00", "Z")

    def wants(self, line: Line) -> bool:
        """Tell whether a line is wanted."""
        if line.level in LEVELS and LEVELS.index(line.level) < self._level:
            return False
        if self._task and not any(str(value).startswith(self._task) for value in line.fields.values()):
            return False
        return not self._since or line.at >= self._since


def shown(line: Line) -> str:
    """Return a line for people: time, process, level, what happened, its facts. Control characters are escaped."""
    facts = " ".join(f"{name}={value}" for name, value in line.fields.items() if name not in _KNOWN)
    text = f"{line.at[:23]:<23}  {line.process:<10} {line.level:<8} {line.event}  {facts}"
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text).rstrip()


def logs(
    process: Annotated[str | None, typer.Argument(metavar="PROCESS", help="daemon, worker-1, supervisor, …")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines are written; Ctrl-C ends.")] = False,
    level: Annotated[str, typer.Option(help="At least this level.")] = "info",
    task: Annotated[str, typer.Option(help="Only lines about this task (its id or the beginning of it).")] = "",
    since: Annotated[str, typer.Option(help="Since a time, or for so long: 10m, 2h.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the processes logged, merged by time. Example:  stepwell logs daemon -f --level warning"""
    wanted = Filter(level, task, since)
    follower = LogFollower(home_of(home).logs, process)
    try:
        for line in follower.history():
            tell(line, wanted, as_json=as_json)
        while follow:
            for line in follower.poll():
                tell(line, wanted, as_json=as_json)
            time.sleep(_FOLLOW_S)
    except KeyboardInterrupt:
        return
    finally:
        follower.close()


def tell(line: Line, wanted: Filter, *, as_json: bool) -> None:
    """Print a line that is wanted."""
    if wanted.wants(line):
        if as_json:
            print_json(line.fields)
        else:
            print(shown(line), flush=True)
