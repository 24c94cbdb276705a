"""Guards of the live database files, against a mistake that passes every ordinary test.

Closing *any* handle of a SQLite file drops the POSIX locks that SQLite holds on it in this process; a second program
may then delete the WAL, and commits that were acknowledged are gone. So a plain `open()` of such a file is forbidden in
the daemon by an audit hook (it cannot be taken off again, which is the point), and a WAL that vanishes is fatal.
Backups are called `.sqlite`, so that they may be synced. Called by
`__main__` once the store is open (looks at a file's head come before), and by server.py.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES: Final = (".db", "-wal", "-shm")
_installed: list[bool] = []


class PlainOpenForbidden(RuntimeError):  # noqa: N818 - the name of a fact
    """Something in the daemon opened a database file by other means than SQLite."""


def forbid_plain_opens() -> None:
    """Forbid, from now on and for good, every plain open of `*.db`, `*-wal` and `*-shm` in this process."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open":
        return
    path = arguments[0]
    if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).endswith(_SUFFIXES):
        raise PlainOpenForbidden(f"{os.fsdecode(path)}: only SQLite may open a database file in this process")


class WalWatch:
    """Notices a WAL that vanished or was replaced: commits would go into a file that nobody can find."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + "-wal")
        self._inode = self._look()

    def is_there(self) -> bool:
        """Tell whether the WAL still has its name. One that was not there at first is taken when it appears."""
        now = self._look()
        if self._inode is None:
            self._inode = now
        return now == self._inode

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
