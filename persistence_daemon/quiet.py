"""A home in which nothing lives, and nothing can begin to while a verb changes what lies in it.

The locks of supervisor and daemon are held meanwhile, so a start is refused; a worker that still lives (its lock is
held) is a reason to refuse. Called by the verbs that change a home: restore, and the removal of orphans.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from shared.errors import BadInputError, ErrorCode
from shared.posix import FileLock, LockHeldError, lock_holder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.paths import Home


@contextlib.contextmanager
def quiet_home(home: Home) -> Iterator[None]:
    """Hold the home's locks for the time of the block; BadInputError HOME_IN_USE when anything lives there."""
    with contextlib.ExitStack() as held:
        for name in ("supervisor", "daemon"):
            try:
                lock = FileLock.take(home.lock(name))
            except LockHeldError as error:
                raise _in_use(home, f"its {name}, process {error.pid}, runs") from None
            held.callback(lock.release)
        for path in home.outbox.glob("*.lock"):
            pid = lock_holder(path)
            if pid is not None:
                raise _in_use(home, f"the worker {path.stem}, process {pid}, lives")
        yield


def _in_use(home: Home, why: str) -> BadInputError:
    sentence = f"{home.root} is in use: {why}"
    return BadInputError(ErrorCode.HOME_IN_USE, sentence, remedy="end it first: stepwell down")
