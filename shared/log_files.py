"""Reading the log files of all processes: their lines merged by time, their ends, and what is written next.

A file is rotated by renaming (`x.jsonl` becomes `x.jsonl.1`), so a follower keeps it open and reads it to its end
before it goes on to the new one. Whatever the files hold, reading them raises nothing but OSError, and a call reads a
bounded amount. Called by `stepwell logs`, by the window and by the supervisor (last words).
"""

from __future__ import annotations

import heapq
import json
import os
from collections import deque
from typing import IO, TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import BadInputError, ErrorCode
from shared.identity import IDENTIFIER, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

POLL_LINES: Final = 2000  # of one call; a window that shows more at once is not readable
_READ_BYTES: Final = 256 << 10  # of one file in one call
_LONGEST_LINE: Final = 1 << 20  # what has no end by then is taken for a line
_TAIL_BYTES: Final = 8 << 20  # of one file; more than a file has before it is rotated
_BLOCK: Final = 64 << 10  # of a file that is read from its end
_NOT_A_LOG: Final = frozenset({"phone-commands"})  # the demo's phone keeps what it was told


class Line(Struct, frozen=True):
    """A log line. `fields` is the whole of it; a text that is no JSON object is its own `event`."""

    at: str
    level: str
    process: str
    event: str
    fields: dict[str, object]


def parsed(text: str, process: str) -> Line:
    """Return the line that `text` is; `process` says whose file it stands in."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    fields: dict[str, object] = found if isinstance(found, dict) else {"event": text}
    at, level, event = (str(fields.get(name, "")) for name in ("at", "level", "event"))
    return Line(at, level, str(fields.get("process", process)), event, fields)


def files_of(folder: Path, process: str | None) -> list[Path]:
    """Return the log files of a process, or of all, oldest rotation first; BadInputError when there is none."""
    if process and not IDENTIFIER.match(process):
        raise BadInputError(
            ErrorCode.UNKNOWN_PROCESS, f"no process is called {quoted(process)}", remedy="see `stepwell status`"
        )
    pattern = f"{process}.jsonl*" if process else "*.jsonl*"
    found = [path for path in folder.glob(pattern) if process_of(path) not in _NOT_A_LOG]
    if process and not found:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.jsonl"))) or "none yet"
        raise BadInputError(ErrorCode.UNKNOWN_PROCESS, f"no process called {process} has a log in {folder}: {known}")
    return sorted(found, key=lambda path: (process_of(path), -_rotation(path)))


def process_of(path: Path) -> str:
    """Return whose log file it is."""
    return path.name.partition(".jsonl")[0]


def last_lines(path: Path, count: int, max_bytes: int) -> list[str]:
    """Return the last non-empty lines in the last bytes of a file, at most `count`; none when it cannot be read."""
    try:
        with path.open("rb") as file:
            return _from_end(file, os.fstat(file.fileno()).st_size, count, max_bytes)
    except OSError:
        return []


class LogFollower:
    """The logs of one process, or of all, from now on. One thread uses it; `close` it at the end."""

    def __init__(self, folder: Path, process: str | None = None) -> None:
        self._folder = folder
        self._process = process
        self._files: dict[str, _Followed] = {}
        for path in files_of(folder, process):
            if path.suffix == ".jsonl":
                self._follow(path, at_end=True)

    def history(self) -> Iterator[Line]:
        """Yield all lines that were written before the follower was made, by time; `poll` goes on behind them."""
        ends = {followed.inode: followed.begin for followed in self._files.values()}
        by_process: dict[str, list[Path]] = {}
        for path in files_of(self._folder, self._process):
            by_process.setdefault(process_of(path), []).append(path)
        yield from heapq.merge(*(_lines(paths, ends) for paths in by_process.values()), key=lambda line: line.at)

    def tail(self, count: int) -> list[Line]:
        """Return the last `count` lines before the follower was made, by time, without reading whole files."""
        found: list[Line] = []
        ends = {followed.inode: followed.begin for followed in self._files.values()}
        rest: dict[str, int] = {}
        for path in reversed(files_of(self._folder, self._process)):  # of each process the newest file first
            name = process_of(path)
            left = rest.setdefault(name, count)
            if left <= 0:
                continue
            try:
                with path.open("rb") as file:
                    status = os.fstat(file.fileno())
                    end = ends.get(status.st_ino, status.st_size)
                    lines = _from_end(file, end, left, _TAIL_BYTES)
            except FileNotFoundError:  # it was rotated away
                continue
            rest[name] -= len(lines)
            found += [parsed(text, name) for text in lines]
        found.sort(key=lambda line: line.at)
        return found[-count:] if count > 0 else []

    def poll(self, limit: int = POLL_LINES) -> list[Line]:
        """Return what was written since, by time within this call; at most `limit` lines: call again for the rest."""
        self._look_for_files()
        found: list[Line] = []
        for name, followed in self._files.items():
            found += (parsed(text, name) for text in followed.take(limit - len(found)))
        found.sort(key=lambda line: line.at)
        return found

    def close(self) -> None:
        """Close the files."""
        for followed in self._files.values():
            followed.close()
        self._files.clear()

    def _look_for_files(self) -> None:
        """Take processes in that have begun to log since."""
        for path in self._folder.glob(f"{self._process or '*'}.jsonl"):
            if process_of(path) not in self._files and process_of(path) not in _NOT_A_LOG:
                self._follow(path, at_end=False)

    def _follow(self, path: Path, *, at_end: bool) -> None:
        try:
            self._files[process_of(path)] = _Followed(path, at_end=at_end)
        except FileNotFoundError:  # it was rotated away this very moment; the next look finds the new one
            return


class _Followed:
    """One process's log: the file that is being read, and the part of a line whose end has not come yet."""

    def __init__(self, path: Path, *, at_end: bool) -> None:
        self._path = path
        self._file = path.open("rb")
        status = os.fstat(self._file.fileno())
        self.inode = status.st_ino
        self.begin = _end_of_lines(self._file, status.st_size) if at_end else 0
        self._file.seek(self.begin)
        self._part = b""
        self._ready: deque[str] = deque()

    def take(self, limit: int) -> list[str]:
        """Return the next whole lines, at most `limit`."""
        if len(self._ready) < limit and not self._read() and self._is_rotated():
            self._reopen()
            self._read()
        return [self._ready.popleft() for _ in range(min(max(0, limit), len(self._ready)))]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self) -> bool:
        """Read on; False at the end of the file."""
        if os.fstat(self._file.fileno()).st_size < self._file.tell():  # somebody cut it
            self._file.seek(0)
            self._part = b""
        data = self._file.read(_READ_BYTES)
        *whole, self._part = (self._part + data).split(b"\n")
        if len(self._part) > _LONGEST_LINE:
            whole.append(self._part)
            self._part = b""
        self._ready += (line.decode("utf-8", "replace") for line in whole if line.strip())
        return bool(data)

    def _is_rotated(self) -> bool:
        try:
            return self._path.stat().st_ino != self.inode
        except FileNotFoundError:  # between the renaming and the new file
            return False

    def _reopen(self) -> None:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        self._file.close()
        self._file, self.inode = file, os.fstat(file.fileno()).st_ino
        self._part = b""


def _lines(paths: list[Path], ends: Mapping[int, int]) -> Iterator[Line]:
    """Yield the lines of one process's files, each no further than the place from which it is followed."""
    for path in paths:
        try:
            file = path.open("rb")
        except FileNotFoundError:  # it was rotated away
            continue
        with file:
            end = ends.get(os.fstat(file.fileno()).st_ino)
            for data in file:
                if end is not None and file.tell() > end:
                    break
                if data.strip():
                    yield parsed(data.decode("utf-8", "replace").rstrip("\n"), process_of(path))


def _end_of_lines(file: IO[bytes], size: int) -> int:
    """Return where the last whole line before `size` ends."""
    begin = max(0, size - _BLOCK)
    file.seek(begin)
    return size - len(file.read(size - begin).rpartition(b"\n")[2])


def _from_end(file: IO[bytes], end: int, count: int, max_bytes: int) -> list[str]:
    """Return the last `count` non-empty lines before `end`, read backwards, within the last `max_bytes` bytes."""
    data, begin = b"", end
    while begin > 0 and end - begin < max_bytes and data.count(b"\n") <= count:
        size = min(_BLOCK, begin, max_bytes - (end - begin))
        begin -= size
        file.seek(begin)
        data = file.read(size) + data
    lines = data.split(b"\n")
    if begin > 0 and len(lines) > 1:
        del lines[0]  # its beginning was not read
    return [line.decode("utf-8", "replace") for line in lines if line.strip()][-count:]


def _rotation(path: Path) -> int:
    suffix = path.name.rpartition(".")[2]
    return int(suffix) if suffix.isdecimal() else 0
