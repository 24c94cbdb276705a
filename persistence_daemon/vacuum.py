"""Free pages of the store's file go back to the disk, some at a time; and SQLite's statistics are kept fresh.

The file was made with `auto_vacuum=INCREMENTAL`: pages at its end move into free ones, then it is cut, at the next
checkpoint. Called by upkeep.py on the writing thread, between the batches; must not decide when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.connection import transaction
from shared.faultpoints import reach

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from persistence_daemon.commits import Checkpoints

_LOOK_PAGES: Final = 8  # between two looks at the clock; a page that moves costs some 20 µs
_WORTH_SHARE: Final = 4  # a quarter of the file: less is soon written in again
_WORTH_BYTES: Final = 16 << 20
_ROWS_LOOKED_AT: Final = 100  # of each index, for SQLite's statistics: some 20 ms, whatever the store has


class Vacuum:
    """Gives free pages back. One object, on the writing thread."""

    def __init__(self, connection: apsw.Connection, checkpoints: Checkpoints) -> None:
        self._connection = connection
        self._checkpoints = checkpoints
        self.page_bytes = int(connection.pragma("page_size"))
        connection.pragma("analysis_limit", _ROWS_LOOKED_AT)

    def free_pages(self) -> int:
        """Return how many pages of the file hold nothing."""
        return int(self._connection.pragma("freelist_count"))

    def pages(self) -> int:
        """Return how many pages the file has."""
        return int(self._connection.pragma("page_count"))

    def is_worth_it(self) -> bool:
        """Tell whether so much is free that it should go without anybody asking."""
        free = self.free_pages()
        return free * self.page_bytes >= _WORTH_BYTES and free * _WORTH_SHARE >= self.pages()

    def portion(self, may_go_on: Callable[[], bool]) -> None:
        """Give pages back until none is free or `may_go_on` says no; apsw.Error when it could not be done."""
        with transaction(self._connection):
            while self.free_pages():
                self._connection.execute(f"PRAGMA incremental_vacuum({_LOOK_PAGES})").fetchall()  # a row a page
                if not may_go_on():
                    break
            reach("daemon.vacuuming")
        if not self.free_pages():
            self._checkpoints.want()  # only then the file becomes shorter

    def optimize(self) -> None:
        """Let SQLite look whether its statistics are stale, and make them anew then."""
        self._connection.execute("PRAGMA optimize").fetchall()
