"""A store's file out of nothing, or out of a backup and the event log: made under another name, whole, then renamed.

A fresh store and a rebuilt one both begin with a `TimelineBegun`: its line is durable in a new file of the event log
before the store takes its name, so a crash in between is one more rebuild. What was there before is never deleted: it
is quarantined by rename. Called by start.py under the daemon's lock, while no connection is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw
from msgspec import Struct

from persistence_daemon.apply import Applier
from persistence_daemon.backup import Backup, damage_of, fsync_file, listed_backups
from persistence_daemon.connection import open_frozen, open_writer
from persistence_daemon.event_log import EventLog
from persistence_daemon.log_reader import (
    begins_at,
    cut_tail,
    descent,
    is_empty,
    lines_of_descent,
    log_files,
    newest_timeline,
)
from persistence_daemon.migrations import migrate
from persistence_daemon.roll_forward import roll_forward
from shared.errors import BadInputError, ErrorCode
from shared.messages import Event, TimelineBegun
from shared.posix import fsync_dir

if TYPE_CHECKING:
    from pathlib import Path

    from shared.paths import Home

COMPANIONS: Final = ("-wal", "-shm", "-journal")
QUARANTINE: Final = "quarantine"


class Beginning(Struct, frozen=True):
    """What a new timeline needs that follows from nothing: the time, its random id, and whose it is."""

    at: str
    timeline: str
    by: str
    demo: bool
    start_id: str


def create(home: Home, begin: Beginning) -> None:
    """Make a fresh store; the home has none and no trace of one."""
    path = cleared(home)
    connection = _empty(path, begin)
    begin_timeline(connection, home, begin, None, 0)
    take_name(connection, path, home.database)


def rebuild(home: Home, begin: Beginning) -> list[str]:
    """Make the store anew from the newest backup and the event log; return what a person must know.

    BadInputError BAD_HOME, with nothing changed, when there is neither a backup nor a log that begins at seq 1.
    """
    timeline = newest_timeline(home.event_log)
    base, damaged = _base(home, timeline)
    if base is None and not _begins_at_one(home, timeline):
        raise BadInputError(
            ErrorCode.BAD_HOME,
            f"{home.database} is missing or damaged, and there is neither a backup nor a whole event log to rebuild it",
            remedy="put a copy of tasks.db (with its -wal) back, or use another home; nothing was changed",
        )
    where = quarantine(home, begin.at)
    path = cleared(home)
    connection = from_backup(home, path, base, begin) if base is not None else _empty(path, begin)
    problems: list[str] = []
    if timeline is not None:
        files = log_files(home.event_log, timeline)
        if files:
            cut_tail(files[-1])
        seq = connection.execute("SELECT seq FROM meta").get
        done = roll_forward(connection, Applier(connection), lines_of_descent(home.event_log, timeline, seq))
        problems = done.problems
    parent, seq = connection.execute("SELECT timeline, seq FROM meta").get
    begin_timeline(connection, home, begin, parent or None, seq)
    take_name(connection, path, home.database)
    kept = "" if where is None else f"; what was there lies in {where.relative_to(home.root)}"
    told = f"the store was rebuilt up to event {seq} from {_named(base)} and the event log{kept}"
    return [told, *damaged, *problems]


def quarantine(home: Home, at: str) -> Path | None:
    """Rename what is there of the store into a folder of its own, whole; None when nothing is."""
    there = [path for path in (home.database, *companions(home.database)) if path.exists()]
    if not there:
        return None
    folder = home.root / QUARANTINE / at.replace(":", "").replace(".", "-")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in there:
        path.rename(folder / path.name)
    for changed in (folder, folder.parent, home.root):  # the new names first: no power cut may leave a file without one
        fsync_dir(changed)
    return folder


def companions(database: Path) -> list[Path]:
    """Return the files that SQLite keeps beside a database."""
    return [database.with_name(database.name + suffix) for suffix in COMPANIONS]


def _named(base: Backup | None) -> str:
    return "nothing" if base is None else f"the backup {base.name}"


def fitting(home: Home, backups: list[Backup], timeline: str | None) -> list[Backup]:
    """Return those on the timeline's descent; of a parent only up to the fork. None known: all of them."""
    if timeline is None:
        return backups
    limits = dict(descent(home.event_log, timeline))
    return [
        backup
        for backup in backups
        if backup.timeline in limits and backup.seq <= (limits[backup.timeline] or backup.seq)
    ]


def _base(home: Home, timeline: str | None) -> tuple[Backup | None, list[str]]:
    """Return the newest sound backup that a rebuild may begin with, and what is wrong with newer ones."""
    backups = fitting(home, listed_backups(home), timeline)
    if timeline is not None:
        backups.sort(key=lambda backup: backup.seq)
    damaged: list[str] = []
    for backup in reversed(backups):
        found = damage_of(home.backups, backup, deep=True)
        if not found:
            return backup, damaged
        damaged.append(f"the backup {backup.name} {found}; an older one was used")
    return None, damaged


def _begins_at_one(home: Home, timeline: str | None) -> bool:
    return timeline is not None and not is_empty(home.event_log) and begins_at(home.event_log, timeline) == 1


def cleared(home: Home) -> Path:
    """Return the name under which a new store is made, with nothing there."""
    path = home.database.with_name(home.database.name + ".new")
    for leftover in (path, *companions(path)):
        leftover.unlink(missing_ok=True)
    return path


def _empty(path: Path, begin: Beginning) -> apsw.Connection:
    connection = open_writer(path)
    migrate(connection)
    connection.execute(
        "INSERT INTO meta (id, timeline, seq, start_id, demo, created_at) VALUES (1, '', 0, ?, ?, ?)",
        (begin.start_id, begin.demo, begin.at),
    )
    return connection


def from_backup(home: Home, path: Path, base: Backup, begin: Beginning) -> apsw.Connection:
    """Make the store at `path` from one of the home's backups, brought to this schema; return the open writer."""
    source = open_frozen(home.backups / base.name)
    try:
        source.execute("VACUUM INTO ?", (str(path),))
    finally:
        source.close()
    connection = open_writer(path)
    migrate(connection)
    connection.execute("UPDATE meta SET start_id = '', demo = ?", (begin.demo,))
    return connection


def begin_timeline(
    connection: apsw.Connection, home: Home, begin: Beginning, parent: str | None, fork_seq: int
) -> None:
    """Begin a new timeline behind `fork_seq`: its line is durable in the event log, then in the store."""
    body = TimelineBegun(timeline=begin.timeline, parent=parent, fork_seq=fork_seq, demo=begin.demo)
    event = Event(seq=fork_seq + 1, timeline=begin.timeline, at=begin.at, by=begin.by, body=body)
    log = EventLog(home.event_log, begin.timeline)
    log.append([event])
    log.close()
    connection.execute("BEGIN IMMEDIATE")
    applier = Applier(connection)
    applier.apply(event)
    applier.finish(event.seq, begin.timeline)
    connection.execute("COMMIT")


def take_name(connection: apsw.Connection, path: Path, name: Path) -> None:
    """Close the new store and give it its name, durably; apsw.Error or OSError, and it has no name, when that fails."""
    # Closing moves the WAL into the file too, but says nothing when the disk does not take it.
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    fsync_file(path)
    path.rename(name)
    fsync_dir(name.parent)
