"""Writes a copy of the store that a program written for the older `tasks.db` reads: its tables, words and local time.

The store is read in one transaction, so the copy is of one moment. It is written under a hidden temporary name beside
the target, synced, and renamed when it is whole. The older words have no CREATED, STOPPING and CRASHED for sure, so
these become UNKNOWN, RUNNING and INTERRUPTED. Pictures stay in the home and are named by their whole path; of an
imported step whose picture was missing, the older path is given. The other tables are legacy_tables.py's. Called by
verb.py; must not change the store.
"""

from __future__ import annotations

import errno
import os
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import apsw
from msgspec import Struct

from persistence_daemon import queries
from persistence_daemon.export.legacy_tables import write_tables
from persistence_daemon.export.target import check_place, give_name, refused
from shared.faultpoints import reach
from shared.posix import fsync_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from persistence_daemon.export.masking import Masker
    from persistence_daemon.export.reading import StoreReader

_PAGE: Final = 500  # rows between two signs of life
_OTHER_FILE: Final = "name another FILE"
_STATUS: Final = {"CREATED": "UNKNOWN", "STOPPING": "RUNNING", "CRASHED": "INTERRUPTED"}
_LABEL: Final = {"right": "correct"}
_SCHEMA: Final = (
    (
        "CREATE TABLE tasks (session_id TEXT PRIMARY KEY, user_id TEXT, timestamp TEXT, task_description TEXT,"
        " final_status TEXT, total_steps INTEGER, total_time REAL, error_message TEXT, device_id TEXT, base_url TEXT,"
        " model_name TEXT, updated_at TEXT)"
    ),
    (
        "CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, step_num INTEGER,"
        " screenshot_path TEXT, screenshot_analysis TEXT, action TEXT, action_params TEXT, execution_time REAL,"
        " success INTEGER, message TEXT, thinking TEXT, user_label TEXT, user_correction TEXT,"
        " FOREIGN KEY (session_id) REFERENCES tasks (session_id))"
    ),
    "CREATE INDEX idx_steps_session ON steps (session_id, step_num)",
    "CREATE INDEX idx_steps_session_label ON steps (session_id, user_label)",
)
_TASKS: Final = (
    "SELECT session_id, user_id, timestamp, task_description, final_status, total_steps, total_time, error_message,"
    " device_id, base_url, model_name, updated_at FROM tasks ORDER BY created_seq"
)
_STEPS: Final = (
    "SELECT session_id, step_num, screenshot_path, CASE WHEN json_valid(original) THEN original ->> 'screenshot_path'"
    " END, screenshot_analysis, action, nullif(action_params, ''), execution_time, success, message, thinking,"
    " user_label, user_correction FROM steps"
    " WHERE session_id IN (SELECT session_id FROM tasks) ORDER BY id"
)
_OF_READING: Final = frozenset({apsw.SQLITE_IOERR_READ, apsw.SQLITE_IOERR_SHORT_READ})  # of the store
_COUNTS: Final = "SELECT count(*), total(total_steps), (SELECT count(*) FROM legacy_rows) FROM tasks"
_Value = str | int | float | None
_Row = tuple[_Value, ...]


class Copied(Struct, frozen=True, kw_only=True):
    """What the copy holds, and at which event of the store it was read."""

    tasks: int
    steps: int
    rows: int  # of other tables
    behind: int  # rows that stay behind: second ones of a task that has its row
    seq: int


class _Progress:
    """Counts the rows that are written, and gives a sign of life now and then."""

    def __init__(self, total: int, advance: Callable[[int, int], None]) -> None:
        self._done = 0
        self._total = total
        self._advance = advance

    def wrote(self) -> None:
        """Take note of one more row."""
        self._done += 1
        if self._done % _PAGE == 0 or self._done >= self._total:
            reach("export.rows")
            self._advance(self._done, self._total)

    def told(self, rows: Iterator[_Row]) -> Iterator[_Row]:
        """Yield rows, each counted when the next one is asked for."""
        for row in rows:
            yield row
            self.wrote()


def check_legacy_target(target: Path, home: Path, *, overwrite: bool) -> None:
    """Refuse a target that cannot be used; BadInputError says why. Changes nothing."""
    check_place(target, home, _OTHER_FILE)
    for end in ("-wal", "-journal"):
        beside = target.with_name(target.name + end)
        if os.path.lexists(beside):  # it belongs to the file there now and would be played into ours
            raise refused(f"{beside} shows that {target} is in use", f"close what uses it, or {_OTHER_FILE}")
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise refused(f"{target} is there already", f"{_OTHER_FILE}, or say --overwrite")
    if target.is_symlink() or not target.is_file():
        raise refused(f"{target} is not a plain file, so it is not overwritten", _OTHER_FILE)


def export_legacy(
    reader: StoreReader,
    home: Path,
    target: Path,
    masker: Masker,
    advance: Callable[[int, int], None],
    *,
    overwrite: bool,
) -> Copied:
    """Write the copy; when this returns it is durable under its name. After an error nothing of it remains."""
    place = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        copied = reader.read(partial(_fill, place=place, home=home, masker=masker, advance=advance))
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        give_name(place, target, overwrite=overwrite)
    finally:
        place.unlink(missing_ok=True)
    fsync_dir(target.parent)
    return copied


def _fill(
    store: apsw.Connection, *, place: Path, home: Path, masker: Masker, advance: Callable[[int, int], None]
) -> Copied:
    place.unlink(missing_ok=True)  # a read that is done again begins anew
    os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    tasks, steps, rows = (int(count) for count in store.execute(_COUNTS).get)
    progress = _Progress(tasks + steps + rows, advance)
    into = apsw.Connection(str(place))
    try:
        into.pragma("journal_mode", "OFF")  # what is half-done is removed, not rolled back
        with into:
            for statement in _SCHEMA:
                into.execute(statement)
            insert = f"INSERT INTO tasks VALUES ({_marks(12)})"  # noqa: S608 - marks only
            into.executemany(insert, progress.told(_tasks(store, masker)))
            insert = f"INSERT INTO steps VALUES (NULL, {_marks(12)})"  # noqa: S608 - marks only
            into.executemany(insert, progress.told(_steps(store, home, masker)))
            behind = write_tables(store, into, masker, progress.wrote)
    except (apsw.FullError, apsw.IOError) as error:
        if getattr(error, "extendedresult", 0) in _OF_READING:
            raise
        number = into.system_errno or errno.ENOSPC  # only the copy is written to; said as by any other file
        raise OSError(number, os.strerror(number), str(place.parent)) from None
    finally:
        into.close()
    return Copied(tasks=tasks, steps=steps, rows=rows - behind, behind=behind, seq=queries.where(store).seq)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _tasks(store: apsw.Connection, masker: Masker) -> Iterator[_Row]:
    for session_id, user, timestamp, text, status, *rest in store.execute(_TASKS):
        state = _STATUS.get(status, status)
        yield (session_id, user, _local(timestamp), masker.text(text), state, *_masked(rest, masker))


def _steps(store: apsw.Connection, home: Path, masker: Masker) -> Iterator[_Row]:
    for session_id, number, picture, older, *texts, label, correction in store.execute(_STEPS):
        path = older if picture is None else str(home / picture)
        told = correction if label is None else masker.text(correction or "")
        yield (session_id, number, path, *_masked(texts, masker), _LABEL.get(label, label), told)


def _masked(values: list[_Value], masker: Masker) -> Iterator[_Value]:
    return (masker.text(value) if isinstance(value, str) else value for value in values)


def _local(timestamp: str) -> str:
    """Return a UTC time of the store as this machine's local time, as older programs write it."""
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
