"""`stepwell verify`: database, event log, pictures and backups, each for itself and against the others. It only reads.

The rules are check.py's and invariants.py's, the same that every fault test ends with; what is added here is that one
damaged part does not keep the others from being looked at. It runs beside a living daemon or with none. What no row
names (orphans) is told, and is no fault. Called by verify_verb.py.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Final

import apsw
from msgspec import Struct

from persistence_daemon.backup import Backup, damage_of, read_list
from persistence_daemon.check import areas, without_torn_end
from persistence_daemon.connection import open_reader_without_limit
from persistence_daemon.invariants import check_events
from persistence_daemon.log_reader import descent, lines_of_descent, log_files, newest_timeline, read_lines
from persistence_daemon.migrations import SCHEMA_VERSION, check_owner
from persistence_daemon.pictures import NAMED_PICTURES
from shared.errors import BadInputError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.messages import Event
    from shared.paths import Home

_SETTLED_S: Final = 60.0  # a younger file without a row may belong to a commit that is under way


class Finding(Struct, frozen=True):
    """Something that is wrong: in which part, and a sentence."""

    area: str
    sentence: str


def verify(home: Home, *, deep: bool, tell: Callable[[str, int, int], None]) -> Iterator[Finding]:
    """Yield all that is wrong in `home`, each once; BadInputError when there is no store of this program's."""
    seen: set[tuple[str, str]] = set()
    parts = itertools.chain(_store(home, deep=deep), _log(home), _backups(home, deep=deep, tell=tell))
    for area, sentences in parts:
        tell(area, 0, 1)
        for sentence in _guarded(sentences):
            if (area, sentence) not in seen:
                seen.add((area, sentence))
                yield Finding(area, sentence)
        tell(area, 1, 1)


def orphans(home: Home, now: float | None = None) -> list[Path]:
    """Return what lies in the home and belongs to nothing: pictures that no row names, leftovers of broken writes.

    Nothing that changed in the last minute is among them. apsw.Error when the store cannot be read.
    """
    connection = open_reader_without_limit(home.database)
    try:
        named = {home.root / path for path, _ in connection.execute(NAMED_PICTURES)}
    finally:
        connection.close()
    pictures = (path for path in home.screenshots.glob("*/*.png") if path not in named)
    half_done = (home.screenshots.glob("*/.*.tmp"), home.backups.glob("*.tmp"), home.event_log.glob(".*.tmp"))
    leftovers = itertools.chain.from_iterable(half_done)
    before = (time.time() if now is None else now) - _SETTLED_S
    return sorted(path for path in itertools.chain(pictures, leftovers) if path.lstat().st_mtime < before)


def _guarded(sentences: Iterator[str]) -> Iterator[str]:
    """Yield them; what cannot be read at all is one more."""
    try:
        yield from sentences
    except (apsw.Error, OSError) as error:
        yield f"cannot be read: {error}"


def _store(home: Home, *, deep: bool) -> Iterator[tuple[str, Iterator[str]]]:
    if not home.database.exists():
        yield "database", iter([f"{home.database} is missing: starting Stepwell makes it anew from backup and log"])
        return
    connection = open_reader_without_limit(home.database)
    try:
        connection.execute("BEGIN")
        version = int(connection.pragma("user_version"))
        check_owner(home.database, int(connection.pragma("application_id")), version)
        if version != SCHEMA_VERSION:
            sentence = f"the store has schema {version}, this program checks {SCHEMA_VERSION}"
            raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="start Stepwell once: it brings the store up")
        yield from areas(connection, home, deep=deep)
    except apsw.Error as error:
        yield "database", iter([f"cannot be read: {error}"])
    finally:
        connection.close()


def _log(home: Home) -> Iterator[tuple[str, Iterator[str]]]:
    yield "event log", _bad_lines(home.event_log)
    timeline = newest_timeline(home.event_log)
    if timeline is not None:
        yield "event log", check_events(_without_gap(home.event_log, timeline))


def _bad_lines(folder: Path) -> Iterator[str]:
    for file in log_files(folder):
        for line in without_torn_end(read_lines(file.path)):
            if line.event is None:
                yield f"{file.path.name}: the line at byte {line.start} {line.why}"


def _without_gap(folder: Path, timeline: str) -> Iterator[Event]:
    """Yield the events from seq 1 up to the first gap: behind it nothing can be said of what came before."""
    last = 0
    for line in lines_of_descent(folder, timeline, 0):
        if line.event is not None:
            if line.event.seq > last + 1:
                return
            last = line.event.seq
            yield line.event


def _backups(home: Home, *, deep: bool, tell: Callable[[str, int, int], None]) -> Iterator[tuple[str, Iterator[str]]]:
    entries, bad = read_list(home.backups)
    yield "backups", _ahead(home, entries)
    yield "backups", (f"line {number} of the list of backups cannot be read" for number in bad)
    for number, entry in enumerate(entries, 1):
        yield "backups", _of_backup(home.backups, entry, deep=deep)
        tell("backups", number, len(entries))


def _ahead(home: Home, entries: list[Backup]) -> Iterator[str]:
    """Yield the backups that are newer than the store: it was put in an older one's place, or lost what it had.

    Where the store stands is read after the list, so that a backup taken meanwhile is none of them.
    """
    if not home.database.exists():
        return  # which is said elsewhere
    connection = open_reader_without_limit(home.database)
    try:
        timeline, seq = connection.execute("SELECT timeline, seq FROM meta").get
    finally:
        connection.close()
    for entry in entries:
        ancestors = dict(descent(home.event_log, entry.timeline)[:-1])
        if (entry.timeline == timeline and entry.seq > seq) or timeline in ancestors:
            yield (
                f"the backup {entry.name} is newer than the store: it stands at event {entry.seq} of timeline"
                f" {entry.timeline}, the store at event {seq} of {timeline}; `stepwell backup restore {entry.name}`"
                " brings what the store lacks"
            )


def _of_backup(folder: Path, entry: Backup, *, deep: bool) -> Iterator[str]:
    found = damage_of(folder, entry, deep=deep)
    if found:
        yield f"the backup {entry.name} {found}"
