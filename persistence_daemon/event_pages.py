"""Committed events after a seq, read from the event log's files: found by halving, read no further than a page needs.

The log may hold lines that are not committed yet, and may cut them again; so nothing behind the seq of the reader's own
transaction is looked at. What stands up to there never changes. Called on read-only connections by views.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

from persistence_daemon.fitting import take
from persistence_daemon.log_reader import LogFile, descent, log_files, parse_line
from persistence_daemon.queries import where
from shared.messages import Event, EventPage, ListEvents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

    from shared.paths import Home

_SEQ: Final = re.compile(rb'[0-9a-f]{8} \{"type":"Event","seq":(\d{1,19}),')  # as event_log.py writes a line
_NEAR_BYTES: Final = 64 << 10  # nearer than that, lines are read one by one


def list_events(connection: apsw.Connection, home: Home, request: ListEvents) -> EventPage:
    """Return a page of events by rising seq, up to where this read of the store stands."""
    at = where(connection)
    events = events_of_descent(home.event_log, at.timeline, request.after, at.seq)
    items, more = take(events, request.limit)
    following = items[-1].seq if more else None
    return EventPage(items=items, next=following, timeline=at.timeline, seq=at.seq)


def events_of_descent(folder: Path, timeline: str, after: int, last: int) -> Iterator[Event]:
    """Yield the good lines' events behind `after` up to `last`, along a timeline's descent, in order."""
    for name, fork in descent(folder, timeline):
        until = last if fork is None else min(last, fork)
        files = log_files(folder, name)
        for index, file in enumerate(files):
            if file.first_seq > until:
                break
            if index + 1 == len(files) or files[index + 1].first_seq > after + 1:
                yield from _events_of_file(file, after, until)


def _events_of_file(file: LogFile, after: int, until: int) -> Iterator[Event]:
    with file.path.open("rb") as opened:
        opened.seek(_place_before(opened, after))
        for raw in opened:
            seq = _seq_of(raw)
            if seq is not None and seq > until:
                return
            event, _ = parse_line(raw) if seq is None or seq > after else (None, "")
            if event is not None and after < event.seq <= until:
                yield event


def _place_before(opened: BinaryIO, after: int) -> int:
    """Return the beginning of a line at or before the first one behind `after`, by halving the file."""
    low, high = 0, opened.seek(0, 2)
    while high - low > _NEAR_BYTES:
        middle = (low + high) // 2
        start, seq = _first_line_from(opened, middle, high)
        if seq is not None and seq <= after:
            low = start
        else:
            high = middle
    return low


def _first_line_from(opened: BinaryIO, place: int, end: int) -> tuple[int, int | None]:
    """Return where the first readable line that begins behind `place` and before `end` begins, and its seq."""
    opened.seek(place)
    opened.readline()
    while (start := opened.tell()) < end:
        seq = _seq_of(opened.readline())
        if seq is not None:
            return start, seq
    return end, None


def _seq_of(raw: bytes) -> int | None:
    found = _SEQ.match(raw)
    return None if found is None else int(found[1])
