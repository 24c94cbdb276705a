"""Reads the store strictly read-only, in short transactions, beside a running daemon or with none.

With no daemon and no write-ahead log the file is opened as frozen, because an ordinary reader would make -shm and -wal
beside it. After each such read it is looked whether the file is still what it was: if a daemon has begun in between,
the read is done again beside it. No file of the database is ever opened by other means. Called by run.py and verb.py.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, TypeVar

import apsw

from persistence_daemon.connection import limit_reads, open_frozen, open_reader
from persistence_daemon.migrations import SCHEMA_VERSION, check_owner
from shared.errors import BadInputError, ErrorCode, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.paths import Home

T = TypeVar("T")
_REMEDY: Final = "start Stepwell in this home, so that it can put the store in order"
_Look = tuple[int, int, int, bool]


class StoreReader:
    """One home's store, for reading. BadInputError or StoreError when it cannot be read."""

    def __init__(self, home: Home, *, limited: bool = True) -> None:
        """Open the store. Not `limited`: one read may last, as a backup's does, and the log grows behind it."""
        self._limited = limited
        self._path = home.database
        self._wal = home.database.with_name(home.database.name + "-wal")
        self._look = self._look_at_files()
        self._frozen = not self._wal.exists()
        self._connection = self._open()
        self.read(self._check_file)

    def read(self, query: Callable[[apsw.Connection], T]) -> T:
        """Return what `query` reads in one transaction of its own, ended after READ_LIMIT_S."""
        try:
            return self._read(query)
        except apsw.BusyError as error:
            sentence = f"{self._path} is locked by something else: {error}"
            raise StoreError(ErrorCode.STORE_BUSY, sentence, remedy="try again", retryable=True) from None
        except apsw.Error as error:
            raise StoreError(ErrorCode.INTERNAL, f"{self._path} cannot be read: {error}", remedy=_REMEDY) from None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _read(self, query: Callable[[apsw.Connection], T]) -> T:
        if not self._frozen:
            return self._once(query)
        try:
            found = self._once(query)
        except apsw.Error:
            if self._look_at_files() == self._look:
                raise
        else:
            if self._look_at_files() == self._look:
                return found
        self._connection.close()
        self._frozen = False
        self._connection = self._open()
        return self._once(query)

    def _open(self) -> apsw.Connection:
        opened = open_frozen(self._path) if self._frozen else open_reader(self._path)
        self._limit = limit_reads(opened) if self._limited else contextlib.nullcontext()
        return opened

    def _once(self, query: Callable[[apsw.Connection], T]) -> T:
        with self._limit, self._connection:
            found = query(self._connection)
        return found  # noqa: RET504 - apsw says of its context that it may swallow an error; it does not

    def _look_at_files(self) -> _Look:
        try:
            found = self._path.stat()
        except OSError as error:
            sentence = f"there is no store in {self._path.parent}: {error.strerror}"
            raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="name another home by --home DIR") from None
        if found.st_size == 0:  # SQLite would take it for a new store, and a write-ahead log beside it for waste
            raise BadInputError(ErrorCode.BAD_HOME, f"{self._path} is empty: the store was lost", remedy=_REMEDY)
        return found.st_ino, found.st_size, found.st_mtime_ns, self._wal.exists()

    def _check_file(self, connection: apsw.Connection) -> None:
        version = int(connection.pragma("user_version"))
        check_owner(self._path, int(connection.pragma("application_id")), version)
        if version < SCHEMA_VERSION:
            sentence = f"{self._path} has schema {version}, and {SCHEMA_VERSION} is needed to read it"
            raise BadInputError(
                ErrorCode.BAD_HOME, sentence, remedy="start Stepwell once: it brings the store up to date"
            )
