"""The pictures of deleted tasks go from the disk: after the commit, off its path, one task after the other.

What a crash leaves is gone after the next start: `meta.erased_seq` says up to which deletion everything is gone, and
whatever was deleted since is looked for again. An id is never given to another task, so nothing else can have come
there. The mark is sweeper.py's to write, when the rows are gone too. Called by upkeep.py; must not write to the store.
"""

from __future__ import annotations

import queue
import shutil
import threading
from typing import TYPE_CHECKING

from msgspec import Struct

from shared.logs import get_logger
from shared.messages import TaskDeleted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import apsw

    from shared.messages import Event
    from shared.paths import Home


class Deleted(Struct, frozen=True):
    """A task that was deleted by event `seq`."""

    seq: int
    session_id: str


def not_erased(connection: apsw.Connection) -> list[Deleted]:
    """Return the deletions whose rows or pictures may still be there, oldest first."""
    found = connection.execute(
        "SELECT seq, session_id FROM deletions WHERE seq > (SELECT erased_seq FROM meta) ORDER BY seq"
    )
    return [Deleted(int(str(seq)), str(session_id)) for seq, session_id in found]


def deletions_in(events: Iterable[Event]) -> list[Deleted]:
    """Return the deletions among committed events."""
    return [Deleted(event.seq, event.body.session_id) for event in events if isinstance(event.body, TaskDeleted)]


class Eraser:
    """Removes folders in a thread of its own. `erased_seq`: up to there everything is gone."""

    def __init__(self, home: Home, left: Iterable[Deleted]) -> None:
        self._home = home
        self._asked: queue.SimpleQueue[Deleted | None] = queue.SimpleQueue()
        self.erased_seq = 0
        self._stop = threading.Event()
        self.erase(left)
        self._thread = threading.Thread(target=self._run, name="eraser", daemon=True)
        self._thread.start()

    def erase(self, deleted: Iterable[Deleted]) -> None:
        """Let the pictures of committed deletions be removed, in the order of their events."""
        for one in deleted:
            self._asked.put(one)

    def close(self) -> None:
        """End the thread with the folder in hand; what is left is the next start's."""
        self._stop.set()
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        failed = False
        while (one := self._asked.get()) is not None and not self._stop.is_set():
            try:
                for folder in (self._home.screenshots / one.session_id, self._home.thumbs / one.session_id):
                    _remove(folder)
            except OSError as error:
                failed = True  # the mark stays before it: the next start tries again
                get_logger().warning("pictures of a deleted task remain", task=one.session_id, error=repr(error))
            if not failed:
                self.erased_seq = one.seq


def _remove(folder: Path) -> None:
    """Remove a folder and what is in it, not what a link leads to; OSError when something remains."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
