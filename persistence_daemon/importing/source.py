"""An older store's file, opened so that not one byte of it changes: what is read is a private copy of one moment.

Where a program may have the file open, SQLite itself copies it, strictly read-only, so that commits that stand only in
the -wal come along. Where SQLite would make files beside it, or cannot read it as it lies there, the files are copied
as bytes, until nothing changed meanwhile, and the copy is put in order. The copy is then checked whole. Called by
verb.py before anything of the home is touched; must not write beside the source.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import apsw

from persistence_daemon.connection import open_frozen
from persistence_daemon.migrations import APPLICATION_ID
from shared.errors import FULL_ERRNOS, BadInputError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_WRITE_VERSION_AT: Final = 18  # in the header: sqlite.org/fileformat2.html
_WAL_MODE: Final = 2
_JOURNALS: Final = ("-wal", "-journal")
_BUSY_MS: Final = 5000  # the program that has it open commits in between
_TRIES: Final = 20  # of a copy that something writes to
_AGAIN_S: Final = 0.1
_COPY_PAGES: Final = 4096  # in one step of SQLite's copy: 16 MB, then the progress is told
_HARMLESS: Final = ("NULL value in ", "CHECK constraint failed", "TEXT value in ", "NUMERIC value in ")
_REMEDY: Final = "name the older program's tasks.db, or a sound copy of it; nothing was changed"

_Look = tuple[tuple[int, int, int] | None, ...]


def refuse(path: Path, why: str) -> BadInputError:
    """Return the error that `path` cannot be imported."""
    return BadInputError(ErrorCode.BAD_REQUEST, f"{path} {why}", remedy=_REMEDY)


def open_copy(path: Path, folder: Path, tell: Callable[[str, int, int], None]) -> apsw.Connection:
    """Return a reader of a copy of `path` in `folder`, checked whole; BadInputError says why it cannot be had."""
    head = _head(path)
    place = folder / "copy.sqlite"
    try:
        if not (_can_be_shared(path, head) and _copied_by_sqlite(path, place, tell)):
            _copy_bytes(path, place)
            _settle(place)
        copy = open_frozen(place)
        _check_content(path, copy)
    except apsw.NotADBError:
        raise refuse(path, "is not an SQLite file, or is encrypted") from None
    except (apsw.CorruptError, UnicodeDecodeError) as error:
        raise refuse(path, f"is damaged: {error}") from None
    except (apsw.FullError, apsw.IOError):  # only the copy is written
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from None
    except OSError as error:
        if error.errno in FULL_ERRNOS:
            raise OSError(error.errno, error.strerror, str(folder)) from None
        raise
    except apsw.Error as error:
        raise refuse(path, f"cannot be read: {error}") from None
    return copy


def _head(path: Path) -> bytes:
    """Return the header of the file; BadInputError for what cannot be an older store by its first bytes."""
    try:
        found = path.stat()
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(found.st_mode):
        raise refuse(path, "is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise refuse(path, "is not a file")
    if found.st_size == 0:
        raise refuse(path, "is empty (0 bytes)")
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from None
    if not head.startswith(_MAGIC):
        raise refuse(path, "is not an SQLite file, or is encrypted")
    if len(head) < _HEADER_BYTES:
        raise refuse(path, f"is cut off: it has {len(head)} bytes")
    return head


def _can_be_shared(path: Path, head: bytes) -> bool:
    """Tell whether SQLite can read the file where it lies without making a file beside it.

    In WAL mode it would make the -wal and -shm that are missing; nobody has the file open then.
    """
    return head[_WRITE_VERSION_AT] != _WAL_MODE or all(_beside(path, end).exists() for end in ("-wal", "-shm"))


def _copied_by_sqlite(path: Path, place: Path, tell: Callable[[str, int, int], None]) -> bool:
    """Copy the file through SQLite, as it stands at one moment; False when SQLite may not open it as it lies there."""
    try:
        source = apsw.Connection(f"file:{quote(str(path))}?mode=ro", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            source.set_busy_timeout(_BUSY_MS)
            with source:  # one read transaction
                source.execute("SELECT count(*) FROM sqlite_schema").fetchall()
                _back_up(source, place, tell)
        finally:
            source.close()
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.BusyError, apsw.IOError, apsw.ProtocolError):
        return False  # a folder that cannot be written, a crash that left something to be put in order
    return True


def _back_up(source: apsw.Connection, place: Path, tell: Callable[[str, int, int], None]) -> None:
    into = apsw.Connection(str(place))
    try:
        into.pragma("synchronous", "OFF")  # as in _settle
        with into.backup("main", source, "main") as copying:
            while not copying.done:
                copying.step(_COPY_PAGES)
                tell("reading", copying.page_count - copying.remaining, copying.page_count)
    finally:
        into.close()


def _copy_bytes(path: Path, place: Path) -> None:
    """Copy the file and its journals until nothing changed while it was copied; BadInputError when it always does."""
    for _ in range(_TRIES):
        before = _look(path)
        for end in ("", *_JOURNALS):
            source, target = _beside(path, end), _beside(place, end)
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        if _look(path) == before:
            return
        time.sleep(_AGAIN_S)
    raise refuse(path, "is written to all the time, so no copy of one moment can be taken: close what uses it")


def _settle(place: Path) -> None:
    """Bring what stands in a copied -wal or -journal into the copy."""
    connection = apsw.Connection(str(place))
    try:
        connection.pragma("synchronous", "OFF")  # a crash makes the copy worthless anyway
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        connection.pragma("journal_mode", "delete")
    finally:
        connection.close()


def _check_content(path: Path, copy: apsw.Connection) -> None:
    if int(copy.pragma("application_id")) == APPLICATION_ID:
        sentence = f"{path} is a store of Stepwell's own, not an older program's"
        raise BadInputError(
            ErrorCode.BAD_REQUEST, sentence, remedy="see `stepwell backup restore` for bringing it back"
        )
    found = [str(line) for (line,) in copy.execute("PRAGMA integrity_check(20)")]
    bad = [line for line in found if line != "ok" and not line.startswith(_HARMLESS)]
    if bad:
        raise refuse(path, f"is damaged in part: {bad[0].strip()}")


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _look(path: Path) -> _Look:
    """Return by what a change of the file or of its journals is noticed."""
    found: list[tuple[int, int, int] | None] = []
    for end in ("", *_JOURNALS):
        try:
            state = _beside(path, end).stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_size, state.st_mtime_ns))
    return tuple(found)
