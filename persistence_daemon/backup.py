"""A verified copy of the store, taken beside the writer.

VACUUM INTO a temporary file, fsync, verify it through another connection (quick_check, counts, where it stands), give
it its name, fsync the folder, sync the event log, and only then list it. An unlisted file is no backup. The live files
are never copied or opened by other means. The copy's own rows name its pictures with their digests. In a folder
other than the home's own (`--to DIR`) the pictures are copied first, so that it holds all that a destroyed home needs.
Called by the daemon in a thread of its own, at start before a migration, and by backup_verb.py in its own process.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import apsw
import msgspec
from msgspec import Struct

from persistence_daemon.connection import open_frozen, open_reader_without_limit
from persistence_daemon.log_reader import log_files
from persistence_daemon.pictures import NAMED_PICTURES, digest_of_file
from shared.errors import ErrorCode, StoreError
from shared.faultpoints import reach
from shared.posix import FileLock, fsync_dir, write_durably

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.paths import Home

LIST: Final = "list.jsonl"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\.sqlite")
_TEMPORARY: Final = "under-way.tmp"
_PROGRESS_STEPS: Final = 20_000  # of SQLite's virtual machine, well below a millisecond


class Backup(Struct, frozen=True, kw_only=True):
    """A line of the list: a copy of the store as it stood at `seq` of `timeline`, which names `pictures` pictures.

    `digest` is the SHA-256 of its file: a changed byte inside a value is nothing that SQLite could see. An entry
    that was written before there were digests has ''.
    """

    name: str
    timeline: str
    seq: int
    at: str
    reason: str
    size_bytes: int
    tasks: int
    steps: int
    pictures: int = 0
    digest: str = ""


def read_list(folder: Path) -> tuple[list[Backup], list[int]]:
    """Return the entries of a folder's list, oldest first, and the numbers of the lines that cannot be read."""
    try:
        lines = (folder / LIST).read_bytes().splitlines()
    except FileNotFoundError:
        return [], []
    found, bad = [], []
    for number, line in enumerate(lines, 1):
        try:
            entry = msgspec.json.decode(line, type=Backup)
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad.append(number)
            continue
        if _NAME.fullmatch(entry.name):
            found.append(entry)
        else:
            bad.append(number)
    return found, bad


def backups_in(folder: Path) -> list[Backup]:
    """Return the verified backups whose files are in `folder`, oldest first."""
    return [backup for backup in read_list(folder)[0] if (folder / backup.name).is_file()]


def listed_backups(home: Home) -> list[Backup]:
    """Return the home's own verified backups whose files are there, oldest first."""
    return backups_in(home.backups)


def take_backup(
    home: Home,
    reason: str,
    at: str,
    sync_log: Callable[[], None],
    *,
    folder: Path | None = None,
    tell: Callable[[str, int, int], None] | None = None,
    before_listing: Callable[[Path], None] | None = None,
) -> Backup:
    """Take, verify and list a backup; StoreError when the copy does not verify, apsw.Error or OSError when none is.

    `folder` None: the home's own. `before_listing` gets the verified copy, and may still refuse it by raising.
    LockHeldError while another one of the same home is under way.
    """
    target = home.backups if folder is None else folder
    lock = FileLock.take(home.lock("backup"))
    temporary = target / _TEMPORARY
    try:
        temporary.unlink(missing_ok=True)
        _copy(home.database, temporary, tell)
        reach("backup.copied")
        backup = _verified(temporary, reason, at)
        reach("backup.verified")
        if before_listing is not None:
            before_listing(temporary)
        temporary.rename(target / backup.name)
        fsync_dir(target)
        reach("backup.named")
        sync_log()
        add_to_list(target, backup)
        reach("backup.listed")
    finally:
        temporary.unlink(missing_ok=True)
        lock.release()
    return backup


def add_to_list(folder: Path, backup: Backup) -> None:
    """List a backup whose file is durable, in place of an older entry of the same name."""
    write_list(folder, [*(entry for entry in backups_in(folder) if entry.name != backup.name), backup])


def write_list(folder: Path, entries: list[Backup]) -> None:
    """Make `entries` the folder's list, durably."""
    write_durably(folder / LIST, b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))


def damage_of(folder: Path, backup: Backup, *, deep: bool) -> str:
    """Return why a listed backup cannot be relied on, '' when it can; `deep` reads the whole file."""
    path = folder / backup.name
    if not path.is_file():
        return "is listed, but its file is gone"
    if path.stat().st_size != backup.size_bytes:
        return f"has {path.stat().st_size} bytes, its list says {backup.size_bytes}"
    try:
        found = _examined(path, deep=deep)
    except (apsw.Error, OSError, StoreError) as error:
        return f"cannot be used: {error}"
    stands = (backup.timeline, backup.seq, backup.tasks, backup.steps)
    is_same = found[: len(stands)] == stands and not (deep and backup.digest and digest_of_file(path) != backup.digest)
    return "" if is_same else "is not the one that the list describes"


def sync_log_files(home: Home) -> None:
    """Make the log durable, as a backup's place in the list wants it, where no EventLog is at hand.

    Only the last file of a timeline may be unsynced; which timeline goes on, names do not tell.
    """
    for file in {file.timeline: file for file in log_files(home.event_log)}.values():
        fsync_file(file.path)


def fsync_file(path: Path) -> None:
    """Make what a file holds durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(database: Path, path: Path, tell: Callable[[str, int, int], None] | None) -> None:
    source = open_reader_without_limit(database)
    try:
        if tell is not None:
            size = int(source.pragma("page_count")) * int(source.pragma("page_size"))

            def advance() -> bool:
                tell("database", path.stat().st_size if path.exists() else 0, size)
                return False

            source.set_progress_handler(advance, _PROGRESS_STEPS)
        source.execute("VACUUM INTO ?", (str(path),))
    finally:
        source.close()
    fsync_file(path)


def _verified(path: Path, reason: str, at: str) -> Backup:
    timeline, seq, tasks, steps, pictures = _examined(path, deep=True)
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
        pictures=pictures,
        digest=digest_of_file(path),
    )


def _examined(path: Path, *, deep: bool) -> tuple[str, int, int, int, int]:
    """Return timeline, seq and the numbers of tasks, steps and pictures of a copy; StoreError when it is damaged."""
    connection = open_frozen(path)
    try:
        found = connection.execute("PRAGMA quick_check(1)").get if deep else "ok"
        if found != "ok":
            raise StoreError(ErrorCode.INTERNAL, f"a backup did not verify and was not listed: {found}")
        timeline, seq = connection.execute("SELECT timeline, seq FROM meta").get
        tasks = connection.execute("SELECT count(*) FROM tasks").get
        steps = connection.execute("SELECT count(*) FROM steps").get
        pictures = connection.execute(f"SELECT count(*) FROM ({NAMED_PICTURES})").get  # noqa: S608 - a constant
    finally:
        connection.close()
    return timeline, seq, tasks, steps, pictures
