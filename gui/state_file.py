"""Which of the home's files a window remembers itself in: `window.json`, or the next one that no open window holds.

Two windows of one home that wrote one file would each undo what the other had kept. A window holds its file by a lock
of the kernel beside the home's sockets, which ends with it however it ends; so a window that is started again after a
kill finds what the killed one left. Called by desk.py, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError
from shared.logs import get_logger
from shared.posix import FileLock, LockHeldError

if TYPE_CHECKING:
    from pathlib import Path

    from shared.paths import Home

_NAME: Final = "window"


class StateFile:
    """This window's file until `release`. `first`: the first window's file, None when that is ours."""

    def __init__(self, home: Home, name: str, lock: FileLock | None) -> None:
        self.path: Path = home.root / f"{name}.json"
        self.first: Path | None = None if name == _NAME else home.root / f"{_NAME}.json"
        self._lock = lock

    def release(self) -> None:
        """Let another window have it."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def take_state_file(home: Home) -> StateFile:
    """Return the first file that no other window holds; where none can be locked, one without it, and told."""
    number = 1
    while True:
        name = _NAME if number == 1 else f"{_NAME}-{number}"
        try:
            return StateFile(home, name, FileLock.take(home.lock(name)))
        except LockHeldError:
            number += 1
        except (OSError, BadInputError) as error:
            get_logger().warning("the window's state file could not be locked", file=name, error=str(error))
            return StateFile(home, name, None)
