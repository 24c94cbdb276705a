"""Reading the event log: its files in order, their good lines, what is torn at the end, what is bad elsewhere.

Nothing here changes a file but `cut_tail`, and that only ever cuts the last file behind its last good line, where an
append was torn; a bad line with good ones behind it is named and stays. Called by roll_forward.py, start.py, check.py.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.messages import Event, TimelineBegun
from shared.posix import is_plain_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME: Final = re.compile(r"(\d{12,19})-([A-Za-z0-9_-]{1,64})\.jsonl\Z")
_CRC_LENGTH: Final = 8
_JSON_AT: Final = 9
_decoder: Final = msgspec.json.Decoder(Event)


class LogFile(Struct, frozen=True):
    """A file of the log, as its name says."""

    first_seq: int
    timeline: str
    path: Path


class Line(Struct, frozen=True):
    """A line of a file. `event` is None when the line is bad, and then `why` says why."""

    path: Path
    start: int
    end: int
    raw: bytes
    event: Event | None
    why: str = ""
    whole: bool = True  # as it was written: checksum and end are right, also where this version cannot read it


def log_files(folder: Path, timeline: str | None = None) -> list[LogFile]:
    """Return the log's files by first seq, of all timelines or of one."""
    found = []
    for path in folder.iterdir():
        match = _NAME.match(path.name)
        if match is not None and (timeline is None or match[2] == timeline) and is_plain_file(path):
            found.append(LogFile(int(match[1]), match[2], path))
    return sorted(found, key=lambda file: (file.first_seq, file.timeline))


def is_log_name(name: str) -> bool:
    """Tell whether a file of the log may be called so."""
    return _NAME.match(name) is not None


def is_empty(folder: Path) -> bool:
    """Tell whether the log holds nothing: no file, or only empty ones."""
    return all(file.path.stat().st_size == 0 for file in log_files(folder))


def read_lines(path: Path) -> Iterator[Line]:
    """Yield every line of a file, good or bad, one after the other: an import's file may be larger than memory."""
    start = 0
    try:
        file = path.open("rb")
    except FileNotFoundError:  # gone since it was looked for: two backups stand behind it (log_thinning.py)
        return
    with file:
        for raw in file:
            event, why = parse_line(raw)
            yield Line(path, start, start + len(raw), raw, event, why, whole=_is_whole(raw))
            start += len(raw)


def parse_line(raw: bytes) -> tuple[Event | None, str]:
    """Return the event of a line, or None and why the line is bad."""
    if not raw.endswith(b"\n"):
        return None, "has no end"
    if not _is_whole(raw):
        return None, "does not have the checksum that it begins with"
    try:
        return _decoder.decode(raw[_JSON_AT:-1]), ""
    except msgspec.DecodeError as error:  # ValidationError is one of them
        return None, f"is not an event of this version: {error}"


def _is_whole(raw: bytes) -> bool:
    return raw.endswith(b"\n") and raw[:_CRC_LENGTH] == b"%08x" % zlib.crc32(raw[_JSON_AT:-1])


def torn_tail(lines: Iterable[Line]) -> int | None:
    """Return where the last good line of a file ends when something bad stands behind it; None when nothing does."""
    good_end, bad = 0, False
    for line in lines:
        if line.whole:  # a line of another version is named and kept: only what was torn is cut
            good_end, bad = line.end, False
        else:
            bad = True
    return good_end if bad else None


def cut_tail(file: LogFile) -> bytes:
    """Cut the torn tail of the log's last file, synced, and return what was cut (b'' when nothing was torn)."""
    size = torn_tail(read_lines(file.path))
    if size is None:
        return b""
    with file.path.open("rb") as opened:
        opened.seek(size)
        torn = opened.read()
    descriptor = os.open(file.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return torn


class Branch(Struct, frozen=True):
    """A timeline as the log tells it: its parent, and the seq up to which it shares the parent's events."""

    timeline: str
    parent: str | None
    fork_seq: int
    at: str


def branches(folder: Path) -> dict[str, Branch]:
    """Return the timelines whose beginning is in the log, by id. Reads the first line of each file only."""
    found = {}
    for file in log_files(folder):
        event = _first_event(file.path)
        if event is not None and isinstance(event.body, TimelineBegun):
            body = event.body
            found[body.timeline] = Branch(body.timeline, body.parent, body.fork_seq, event.at)
    return found


def _first_event(path: Path) -> Event | None:
    return parse_line(first_line(path))[0]


def first_line(path: Path) -> bytes:
    """Return the first line of a file, with its end."""
    with path.open("rb") as file:
        return file.readline()


def is_head(file: LogFile) -> bool:
    """Tell whether a file has one line only: the head of a timeline whose next files are gone, or just begun."""
    return file.path.stat().st_size == len(first_line(file.path))


def begins_at(folder: Path, timeline: str) -> int:
    """Return the seq from which on no file of a timeline's descent is missing, as names and heads tell; 1: none is.

    Older files go once two backups stand behind them (log_thinning.py).
    """
    begin, reached = 1, 0
    for name, last in descent(folder, timeline):
        files = [file for file in log_files(folder, name) if last is None or file.first_seq <= last]
        for index, file in enumerate(files):
            if file.first_seq > reached + 1:
                begin = file.first_seq
            following = files[index + 1].first_seq - 1 if index + 1 < len(files) else last or file.first_seq
            reached = file.first_seq if is_head(file) else following
    return begin


def newest_timeline(folder: Path) -> str | None:
    """Return the timeline that was begun last and that no other one continues; None when the log names none."""
    known = branches(folder)
    continued = {branch.parent for branch in known.values()}
    leaves = [branch for branch in known.values() if branch.timeline not in continued]
    if leaves:
        return max(leaves, key=lambda branch: (branch.at, branch.fork_seq)).timeline
    files = log_files(folder)
    return files[-1].timeline if files else None


def descent(folder: Path, timeline: str) -> list[tuple[str, int | None]]:
    """Return a timeline's ancestors, oldest first, and itself, each with the last seq that counts (None: all)."""
    known = branches(folder)
    chain: list[tuple[str, int | None]] = [(timeline, None)]
    branch = known.get(timeline)
    while branch is not None and branch.parent is not None and len(chain) <= len(known):
        chain.append((branch.parent, branch.fork_seq))
        branch = known.get(branch.parent)
    return chain[::-1]


def lines_of_descent(folder: Path, timeline: str, after_seq: int) -> Iterator[Line]:
    """Yield the lines, good and bad, that may hold events behind `after_seq`, along a timeline's descent, in order."""
    for name, last in descent(folder, timeline):
        files = log_files(folder, name)
        for index, file in enumerate(files):
            if index + 1 < len(files) and files[index + 1].first_seq <= after_seq + 1:
                continue
            for line in read_lines(file.path):
                if line.event is None or (line.event.seq > after_seq and (last is None or line.event.seq <= last)):
                    yield line
