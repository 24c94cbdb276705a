"""The rows of deleted tasks go from the store: after the commit that deleted them, in portions between the batches.

`TaskDeleted` takes a task's own row away, and with it everything that is shown of the task; its steps, notes and what
was set aside of it may be a hundred thousand rows, which no batch may wait for. They are rubbish from then on: nothing
reads rows of a task that stands in `deletions`. Each portion is a transaction of its own without an event, so the
event log does not know of it, and a replay ends with the same rows once they are swept there too.

`meta.erased_seq` says up to which deletion rows and pictures (eraser.py) are gone; what a crash leaves is swept after
the next start. Called by upkeep.py on the writing thread; must not wait or look at files.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from persistence_daemon.connection import transaction
from shared.faultpoints import reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import apsw

    from persistence_daemon.eraser import Deleted

# The tables whose rows of a deleted task stay until they are swept; their keys, the newest row first, so that what
# is left of a task's steps has no gap.
SWEPT: Final = {"steps": ("id", "step_num"), "notes": ("seq", "seq"), "set_aside": ("seq", "seq")}
_LOOK_ROWS: Final = 16  # between two looks at the clock; a row takes some 20 µs, one of a megabyte a few ms


class Sweeper:
    """Removes rows. `left`: deletions whose rows or pictures may still be there, oldest first."""

    def __init__(self, connection: apsw.Connection, left: Iterable[Deleted]) -> None:
        self._connection = connection
        self._left = deque(left)  # whose rows may be there
        self._swept: deque[Deleted] = deque()  # whose rows are gone, their pictures perhaps not

    def __len__(self) -> int:
        return len(self._left) + len(self._swept)

    def add(self, deleted: Iterable[Deleted]) -> None:
        """Take in committed deletions, in the order of their events."""
        self._left.extend(deleted)

    def has_work(self, erased_seq: int) -> bool:
        """Tell whether a portion would do something; pictures are gone up to `erased_seq`."""
        return bool(self._left) or bool(self._swept and self._swept[0].seq <= erased_seq)

    def portion(self, erased_seq: int, may_go_on: Callable[[], bool]) -> None:
        """Remove rows until `may_go_on` says no, and keep up to where everything is gone; in one transaction.

        apsw.Error when it could not be done; then nothing was.
        """
        swept: list[Deleted] = []
        gone = [one.seq for one in takewhile(lambda one: one.seq <= erased_seq, self._swept)]
        with transaction(self._connection):
            for one in self._left:
                if not self._sweep(one.session_id, may_go_on):
                    break
                swept.append(one)
                if not may_go_on():
                    break
            if gone:
                self._connection.execute("UPDATE meta SET erased_seq = max(erased_seq, ?)", (gone[-1],))
            reach("daemon.sweeping")
        reach("daemon.swept")
        for _ in gone:
            self._swept.popleft()
        for _ in swept:
            self._swept.append(self._left.popleft())

    def _sweep(self, session_id: str, may_go_on: Callable[[], bool]) -> bool:
        """Remove rows of a task, some at least; tell whether none is left."""
        for table, (key, order) in SWEPT.items():
            find = f"SELECT {key} FROM {table} WHERE session_id = ? ORDER BY {order} DESC LIMIT ?"  # noqa: S608 - ours
            remove = f"DELETE FROM {table} WHERE {key} = ?"  # noqa: S608 - our own names
            while found := self._connection.execute(find, (session_id, _LOOK_ROWS)).fetchall():
                self._connection.executemany(remove, found)
                if not may_go_on():
                    return False
        return True
