"""Connections to the store: exactly one writes, any number read. Every pragma stands here with its reason.

Nothing else in Stepwell opens the database. No file of it is ever opened by other means in this process (audit.py):
closing such a handle would drop SQLite's locks. Called by start.py, views.py, backup.py and check.py.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import apsw

from shared.errors import ErrorCode, StepwellError, StoreError
from shared.settings import READ_LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WAL_LIMIT_BYTES: Final = 64 << 20  # what the WAL file is cut back to after a checkpoint
CHECKPOINT_PAGES: Final = 1000  # pages in the WAL (4 MB) that make a checkpoint worth its time when nobody waits
CHECKPOINT_COMMITS: Final = 250  # that share its price when somebody always waits; a WAL written over syncs faster
CHECKPOINT_LATEST_PAGES: Final = 16_000  # 64 MB: then whatever the number of commits; large ones fill it soon
BUSY_MS: Final = 250  # nobody else writes; a person's sqlite3 shell may hold the lock for a moment
_PROGRESS_STEPS: Final = 2000  # of SQLite's virtual machine, some 20 µs: between two looks at the clock
_FULL: Final = 2


def open_writer(path: Path) -> apsw.Connection:
    """Open the one connection that writes, making the file when it is missing. Looks are the caller's (start.py)."""
    connection = apsw.Connection(str(path))
    # Only a file without tables takes this, so it comes first: later deletions can give space back step by step.
    connection.pragma("auto_vacuum", "INCREMENTAL")
    connection.set_busy_timeout(BUSY_MS)
    if str(connection.pragma("journal_mode", "wal")) != "wal":  # readers never wait, one fsync a commit
        raise StoreError(ErrorCode.INTERNAL, f"{path} cannot be switched to WAL mode: is something else using it?")
    _harden(connection)
    connection.pragma("synchronous", "FULL")  # an acknowledged record survives a power cut; NORMAL loses the last
    connection.pragma("fullfsync", 1)  # macOS: a plain fsync stops at the drive's cache
    connection.pragma("wal_autocheckpoint", 0)  # the checkpoint inside COMMIT is what p99 is made of; see server.py
    connection.pragma("journal_size_limit", WAL_LIMIT_BYTES)
    connection.pragma("foreign_keys", 0)  # held by validation and check.py; per-row checks cost a lookup an insert
    connection.pragma("cache_size", -16_384)  # KiB; the hot pages are the tails of a few b-trees
    connection.pragma("temp_store", "MEMORY")
    if int(connection.pragma("synchronous")) != _FULL:
        raise StoreError(ErrorCode.INTERNAL, "SQLite does not keep synchronous=FULL: an acknowledgement would be false")
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """Open a connection that can only read, and whose reads end after `READ_LIMIT_S`."""
    connection = open_reader_without_limit(path)
    connection.pragma("query_only", 1)
    return connection


def open_reader_without_limit(path: Path) -> apsw.Connection:
    """Open a connection that cannot write, for reads that may take long (a backup: VACUUM INTO needs no query_only)."""
    connection = apsw.Connection(f"file:{quote(str(path))}?mode=ro", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    connection.set_busy_timeout(BUSY_MS)
    _harden(connection)
    return connection


def open_frozen(path: Path) -> apsw.Connection:
    """Open a file that nobody writes any more (a backup) without making a -shm or -wal beside it."""
    uri = f"file:{quote(str(path))}?mode=ro&immutable=1"
    connection = apsw.Connection(uri, apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    _harden(connection)
    return connection


def open_memory() -> apsw.Connection:
    """Open a store in memory: what the checker replays the event log into."""
    connection = apsw.Connection(":memory:")
    _harden(connection)
    return connection


@contextlib.contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit what the block writes, or nothing of it when it raises.

    Not apsw's own context: that one's savepoint is gone, an error of its own, when SQLite has rolled back by itself.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def limit_reads(connection: apsw.Connection, clock: Callable[[], float] = time.monotonic) -> ReadLimit:
    """Return the guard that ends a read of `connection` after `READ_LIMIT_S`, so that the WAL cannot grow behind it."""
    return ReadLimit(connection, clock)


class ReadLimit:
    """A context for one read: `apsw.InterruptError` inside it becomes a StepwellError that says why."""

    def __init__(self, connection: apsw.Connection, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = 0.0
        connection.set_progress_handler(self._too_late, _PROGRESS_STEPS)

    def __enter__(self) -> None:
        self._end = self._clock() + READ_LIMIT_S

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, apsw.InterruptError):
            raise StepwellError(
                ErrorCode.STORE_BUSY,
                f"a read took longer than {READ_LIMIT_S:g} s and was ended, so that it does not hold up the store",
                remedy="ask for less: narrower dates, a narrower filter, a shorter page",
                retryable=True,
            ) from None

    def _too_late(self) -> bool:
        return self._clock() > self._end


def _harden(connection: apsw.Connection) -> None:
    """Let nothing that stands in a file run code: neither its schema nor a crafted page."""
    connection.pragma("trusted_schema", 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    for part in (apsw.SQLITE_DBCONFIG_DQS_DML, apsw.SQLITE_DBCONFIG_DQS_DDL):
        connection.config(part, 0)  # a column that is not there is an error, not a text in double quotes
    connection.pragma("cell_size_check", 1)  # a corrupt page is noticed when it is read, not when it is used
    connection.pragma("mmap_size", 0)  # an I/O error becomes an error, not a SIGBUS
