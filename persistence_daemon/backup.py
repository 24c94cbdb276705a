"""A verified copy of the store, taken beside the writer.

VACUUM INTO a temporary file, fsync, verify it through another connection (quick_check, counts, where it stands), give
it its name, fsync the folder, sync the event log, and only then list it. An unlisted file is no backup. The live files
are never copied or opened by other means. Called at start when the log has a hole, from a thread of its own.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from persistence_daemon.connection import open_frozen, open_reader_without_limit
from shared.errors import ErrorCode, StoreError
from shared.posix import fsync_dir, write_durably

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.paths import Home

_LIST: Final = "list.jsonl"
_TEMPORARY: Final = "under-way.tmp"


class Backup(Struct, frozen=True, kw_only=True):
    """A line of the list: a copy of the store as it stood at `seq` of `timeline`."""

    name: str
    timeline: str
    seq: int
    at: str
    reason: str
    size_bytes: int
    tasks: int
    steps: int


def listed_backups(home: Home) -> list[Backup]:
    """Return the verified backups whose files are there, oldest first. A line that cannot be read is left out."""
    try:
        lines = (home.backups / _LIST).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        with contextlib.suppress(msgspec.DecodeError):
            backup = msgspec.json.decode(line, type=Backup)
            if (home.backups / backup.name).is_file():
                found.append(backup)
    return found


def take_backup(home: Home, reason: str, at: str, sync_log: Callable[[], None]) -> Backup:
    """Take, verify and list a backup; StoreError when the copy does not verify, apsw.Error or OSError when none is."""
    temporary = home.backups / _TEMPORARY
    temporary.unlink(missing_ok=True)
    source = open_reader_without_limit(home.database)
    try:
        source.execute("VACUUM INTO ?", (str(temporary),))
    finally:
        source.close()
    _fsync(temporary)
    backup = _verified(temporary, reason, at)
    temporary.rename(home.backups / backup.name)
    fsync_dir(home.backups)
    sync_log()
    entries = [*listed_backups(home), backup]
    write_durably(home.backups / _LIST, b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))
    return backup


def _verified(path: Path, reason: str, at: str) -> Backup:
    connection = open_frozen(path)
    try:
        found = connection.execute("PRAGMA quick_check(1)").get
        if found != "ok":
            raise StoreError(ErrorCode.INTERNAL, f"a backup did not verify and was not listed: {found}")
        timeline, seq = connection.execute("SELECT timeline, seq FROM meta").get
        tasks = connection.execute("SELECT count(*) FROM tasks").get
        steps = connection.execute("SELECT count(*) FROM steps").get
    finally:
        connection.close()
    stamp = at[:19].replace("-", "").replace(":", "")
    return Backup(
        name=f"{seq:012}-{timeline}-{stamp}.sqlite",
        timeline=timeline,
        seq=seq,
        at=at,
        reason=reason,
        size_bytes=path.stat().st_size,
        tasks=tasks,
        steps=steps,
    )


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
