"""The verb `python -P -m persistence_daemon import`: brings an older program's history in, with nothing running.

    import --home H --file PATH [--utc-offset +08:00]             all of it in one commit, or nothing
    import --home H --file PATH [--utc-offset …] --dry-run        says what it would do; also beside a running Stepwell

It prints JSON lines (verb_lines.py); `kind` tells them apart:

    {"kind": "progress", "what": "reading"|"importing", "done": …, "total": …}
    {"kind": "warning", "message": …}
    {"kind": "notice", "what": "repaired"|"disagreement"|"screenshot"|"torn"|"known"|"deleted"|"left_out",
     "sentence": …, "session_id": …, …}
    {"kind": "result", "source": …, "dry_run": …, "tasks": …, "steps": …, …, "repairs": {how: number}, "seq": …}

The source is read from a private copy (source.py); the home is not touched before that copy is found good. The event
log, pictures and rows then come in as large_commit.py and new_pictures.py say. Exit codes as in verb_lines.py.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw
import msgspec
from msgspec import Struct

from persistence_daemon.export.reading import StoreReader
from persistence_daemon.importing.known import Known, known_in, nothing_known
from persistence_daemon.importing.new_pictures import NewPictures
from persistence_daemon.importing.old_tasks import Origin
from persistence_daemon.importing.old_times import offset_of
from persistence_daemon.importing.plan import Plan, Source, check_tables
from persistence_daemon.importing.report import Report
from persistence_daemon.importing.shots import Shots
from persistence_daemon.importing.source import open_copy, refuse
from persistence_daemon.importing.tables import Tables
from persistence_daemon.importing.task_backups import TaskBackups
from persistence_daemon.large_commit import commit_whole
from persistence_daemon.quiet import quiet_home
from persistence_daemon.rebuild import Beginning
from persistence_daemon.start import open_store
from persistence_daemon.times import now_text
from persistence_daemon.transaction import Policy
from persistence_daemon.verb_lines import EndAsked, Progress, run_told, say
from shared.errors import FULL_ERRNOS, BadInputError, ErrorCode, StepwellError
from shared.identity import Identity, new_incarnation
from shared.paths import Home
from shared.posix import is_network_file_system

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from persistence_daemon.batch import Store
    from persistence_daemon.pictures import NewPicture
    from shared.messages import EventBody

_BY: Final = "import"  # whom the events name
_REMEDY: Final = "nothing was imported; make room or mend what is named, then import again"


class _Given(Struct, frozen=True):
    """What was asked for, and who wants it to end."""

    home: Home
    source: Source
    tell: Callable[[str, int, int], None]
    look: Callable[[], None]


def run_verb(arguments: Sequence[str]) -> int:
    """Import what `arguments` name; return the exit code."""
    parser = argparse.ArgumentParser(prog="persistence_daemon import")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--file", required=True, type=Path)
    parser.add_argument("--utc-offset", default="")
    parser.add_argument("--dry-run", action="store_true")
    given = parser.parse_args(arguments)
    asked = EndAsked()
    home = Home(given.home.absolute())
    act = partial(import_file, home, given.file, given.utc_offset, asked.look, dry_run=given.dry_run)
    return run_told(act, "it could not be imported", _REMEDY, asked)


def import_file(home: Home, file: Path, utc_offset: str, look: Callable[[], None], *, dry_run: bool) -> int:
    """Import `file` into `home`, or say what that would do; return 0. What `look` raises ends it, with nothing kept."""
    offset, path, progress = offset_of(utc_offset), file.resolve(), Progress()

    def tell(what: str, done: int, total: int) -> None:
        look()
        progress(what, done, total)

    with tempfile.TemporaryDirectory(prefix="stepwell-import-") as folder:
        copy = open_copy(path, Path(folder), tell)
        try:
            tables = Tables(copy)
            if why := check_tables(tables):
                raise refuse(path, why)
            latest = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
            source = Source(tables, TaskBackups(path), Shots(path), Origin(str(path), offset, latest))
            call = _Given(home, source, tell, look)
            if dry_run:
                _try_out(call)
            else:
                _bring_in(call)
        finally:
            copy.close()
    return 0


def _try_out(given: _Given) -> None:
    """Say what would be done; nothing is written."""
    known = nothing_known()
    if given.home.database.exists():
        reader = StoreReader(given.home, limited=False)
        try:
            known = reader.read(known_in)
        finally:
            reader.close()
    report = _report()
    for _ in _plan(given, known, report, lambda _pictures: None).events():
        given.look()
    _tell_result(given, report, dry_run=True, seq=None)


def _bring_in(given: _Given) -> None:
    """Bring everything in by one commit, under the locks of a home in which nothing lives."""
    home = given.home
    home.prepare()
    if is_network_file_system(home.root):
        raise BadInputError(ErrorCode.BAD_HOME, f"{home.root} lies on a network file system, where locks do not hold")
    with contextlib.ExitStack() as held:
        _be_alone(held, home)
        opened = open_store(home, _policy(), _beginning())
        for alert in opened.alerts:
            say("warning", message=alert)
        held.callback(opened.store.close)
        pictures = NewPictures(home)
        held.callback(pictures.close)
        report = _report()
        try:
            seq = _commit(given, opened.store, pictures, report)
        except BaseException as error:
            pictures.remove()
            number = _of_the_disk(error, opened.store)
            if number is None:
                raise
            raise OSError(number, os.strerror(number), str(home.root)) from None
    _tell_result(given, report, dry_run=False, seq=seq)


def _commit(given: _Given, store: Store, pictures: NewPictures, report: Report) -> int:
    for leftover in given.home.event_log.glob(".*.tmp"):
        leftover.unlink()  # of an import that was killed
    events = _watched(_plan(given, known_in(store.connection), report, pictures.keep).events(), given.look)
    first = next(events, None)
    if first is None:
        return store.seq  # everything was here
    return commit_whole(store, given.home.event_log, _all(first, events), now_text(), _BY)


def _of_the_disk(error: BaseException, store: Store) -> int | None:
    """Return the system's number for what kept the disk from taking the import; None when it was not the disk."""
    if isinstance(error, (apsw.FullError, apsw.IOError)):
        return store.connection.system_errno or errno.ENOSPC
    return error.errno if isinstance(error, OSError) and error.errno in FULL_ERRNOS else None


def _all(first: EventBody, rest: Iterator[EventBody]) -> Iterator[EventBody]:
    yield first
    yield from rest


def _watched(events: Iterator[EventBody], look: Callable[[], None]) -> Iterator[EventBody]:
    """Yield events, and end between two of them when that was asked for."""
    for body in events:
        look()
        yield body


def _be_alone(held: contextlib.ExitStack, home: Home) -> None:
    """Take the home's locks; StepwellError STORE_BUSY while anything lives there, since all must come in at once."""
    try:
        held.enter_context(quiet_home(home))
    except BadInputError as error:
        if error.code is not ErrorCode.HOME_IN_USE:
            raise
        sentence = f"{error.message}; an import needs the store for itself"
        raise StepwellError(
            ErrorCode.STORE_BUSY, sentence, remedy="bring Stepwell down first: stepwell down", retryable=True
        ) from None


def _policy() -> Policy:
    return Policy(Identity(_BY, new_incarnation()), resume_queue=False, is_alive=lambda _worker: False)


def _beginning() -> Beginning:
    return Beginning(now_text(), new_incarnation(), _BY, demo=False, start_id="")


def _plan(given: _Given, known: Known, report: Report, keep: Callable[[list[NewPicture]], None]) -> Plan:
    return Plan(given.source, known, report, keep, partial(given.tell, "importing"))


def _report() -> Report:
    return Report(lambda facts: say("notice", **facts))


def _tell_result(given: _Given, report: Report, *, dry_run: bool, seq: int | None) -> None:
    figures = msgspec.to_builtins(report.figures)
    source = given.source.origin.source
    say("result", source=source, dry_run=dry_run, **figures, repairs=dict(report.repairs), seq=seq)
