"""What an error of SQLite or of the disk means for a batch: told by its extended code, never by its class alone.

BUSY, FULL, IOERR, CORRUPT and CONSTRAINT are different worlds: one heals by itself, one waits for a person, one makes
everything that this process knows of the file untrustworthy, one is a single record's own fault. Pure.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import apsw

from shared.errors import FULL_ERRNOS


class Trouble(Enum):
    """What must be done."""

    RECORD = auto()  # the record in hand is refused by SQLite for itself: set it aside, run the rest again
    FULL = auto()  # no space: cut the log back, keep the batch, try again
    BUSY = auto()  # something else holds the lock: the same
    FATAL = auto()  # the file or the disk failed: exit without closing, restart, verify from disk


_BY_CODE: Final = {
    apsw.SQLITE_CONSTRAINT: Trouble.RECORD,
    apsw.SQLITE_TOOBIG: Trouble.RECORD,
    apsw.SQLITE_MISMATCH: Trouble.RECORD,
    apsw.SQLITE_FULL: Trouble.FULL,
    apsw.SQLITE_BUSY: Trouble.BUSY,
    apsw.SQLITE_LOCKED: Trouble.BUSY,
}
# A full disk does not always say FULL: the -shm file grows by ftruncate.
_FULL_EXTENDED: Final = frozenset({apsw.SQLITE_IOERR_SHMSIZE})


class RolledBackError(Exception):
    """SQLite ended the transaction by itself, so what was written before is gone and the next would commit alone."""


def trouble_of(error: BaseException) -> Trouble | None:
    """Return what `error` means; None when it is neither SQLite's nor the disk's: a fault of the program."""
    if isinstance(error, OSError):
        return Trouble.FULL if error.errno in FULL_ERRNOS else Trouble.FATAL
    if isinstance(error, RolledBackError):
        return Trouble.BUSY
    if not isinstance(error, apsw.Error):
        return None
    extended = getattr(error, "extendedresult", 0)
    if extended in _FULL_EXTENDED:
        return Trouble.FULL
    code = getattr(error, "result", 0)
    if code in (apsw.SQLITE_ERROR, apsw.SQLITE_RANGE, apsw.SQLITE_MISUSE):
        return None
    return _BY_CODE.get(code, Trouble.FATAL)
