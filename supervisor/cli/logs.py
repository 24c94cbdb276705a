"""`stepwell logs`: the lines of all processes merged by time, filtered, followed. Works with nothing running."""

from __future__ import annotations

import heapq
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from shared.errors import BadInputError, ErrorCode
from supervisor.cli.output import HomeOption, JsonOption, home_of, print_json
from supervisor.cli.tasks import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_FOLLOW_S: Final = 0.2
_KNOWN: Final = ("at", "level", "process", "pid", "event")

Line = dict[str, Any]


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
        level = line.get("level", "info")
        if level in LEVELS and LEVELS.index(level) < self._level:
            return False
        if self._task and not any(str(value).startswith(self._task) for value in line.values()):
            return False
        return not self._since or str(line.get("at", "")) >= self._since


def files_of(folder: Path, process: str | None) -> list[Path]:
    """Return the log files of a process, or of all, oldest rotation first; BadInputError when there is none."""
    pattern = f"{process}.jsonl*" if process else "*.jsonl*"
    found = [path for path in folder.glob(pattern) if path.name != "phone-commands.jsonl"]
    if process and not found:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.jsonl"))) or "none yet"
        raise BadInputError(ErrorCode.UNKNOWN_PROCESS, f"no process called {process} has a log in {folder}: {known}")
    return sorted(found, key=lambda path: (path.name.partition(".jsonl")[0], -_rotation(path)))


def _rotation(path: Path) -> int:
    suffix = path.name.rpartition(".")[2]
    return int(suffix) if suffix.isdecimal() else 0


def lines_of(path: Path) -> Iterator[Line]:
    """Yield the whole lines of a log file; what is no JSON object is passed on as its text."""
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        yield parsed(text)


def parsed(text: str) -> Line:
    """Return a log line."""
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return line if isinstance(line, dict) else {"event": text}


def merged(paths: list[Path]) -> Iterator[Line]:
    """Yield the lines of all files by time."""
    by_process: dict[str, list[Path]] = {}
    for path in paths:
        by_process.setdefault(path.name.partition(".jsonl")[0], []).append(path)
    streams = [(line for path in group for line in lines_of(path)) for group in by_process.values()]
    yield from heapq.merge(*streams, key=lambda line: str(line.get("at", "")))


def shown(line: Line) -> str:
    """Return a line for people: time, process, level, what happened, its facts. Control characters are escaped."""
    facts = " ".join(f"{name}={value}" for name, value in line.items() if name not in _KNOWN)
    at = str(line.get("at", ""))[:23].ljust(23)
    text = f"{at}  {line.get('process', '?'):<10} {line.get('level', ''):<8} {line.get('event', '')}  {facts}"
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
    folder = home_of(home).logs
    paths = files_of(folder, process)
    sizes = {path: path.stat().st_size for path in paths}
    for line in merged(paths):
        tell(line, wanted, as_json=as_json)
    if follow:
        try:
            follow_files(folder, process, sizes, wanted, as_json=as_json)
        except KeyboardInterrupt:
            return


def follow_files(folder: Path, process: str | None, sizes: dict[Path, int], wanted: Filter, *, as_json: bool) -> None:
    """Tell new lines for ever; a file that shrank was rotated and is read from its beginning."""
    while True:
        for path in files_of(folder, process):
            if path.suffix != ".jsonl":
                continue
            at, size = sizes.get(path, 0), path.stat().st_size
            if size < at:
                at = 0
            if size > at:
                with path.open("rb") as file:
                    file.seek(at)
                    data = file.read(size - at)
                whole = data.rpartition(b"\n")[0]
                sizes[path] = at + len(whole) + 1 if whole else at
                for text in whole.decode("utf-8", "replace").splitlines():
                    tell(parsed(text), wanted, as_json=as_json)
        time.sleep(_FOLLOW_S)


def tell(line: Line, wanted: Filter, *, as_json: bool) -> None:
    """Print a line that is wanted."""
    if wanted.wants(line):
        if as_json:
            print_json(line)
        else:
            print(shown(line), flush=True)
