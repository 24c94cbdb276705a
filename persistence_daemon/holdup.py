"""What a store that takes nothing now (FULL, BUSY) does to the daemon's loop: which requests wait, and until when.

The loop keeps the requests of the failed batch in `Waiting` and tries again when `Holdup` says that it is time, and
goes on meanwhile with views, answers and positions. Three more tries within `STORE_RETRY_S`; then whoever asks is told
after each try, and the tries go on every `_AGAIN_S` until one succeeds. Pure: no clock, no socket, no store; the time
comes in as `now` (monotonic seconds). Called by server.py.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from shared.messages import Request, WriteRecords
from shared.settings import BATCH_MAX, STORE_RETRY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.identity import Identity
    from shared.messages import Message
    from shared.transport import Incoming

_AGAIN_S: Final = 1.0  # between tries after the first ones: a store that has space again must heal in less than 5 s
_BYTES_MAX: Final = 64 << 20  # of pictures that wait; each worker has one of at most 16 MB on its way


class Holdup:
    """Whether the store takes something now, and when to try it again. One object, one thread."""

    def __init__(self) -> None:
        self.sentence = ""  # why nothing can be stored; '' when all is well
        self.retry_at = -math.inf
        self._failures = 0

    def is_due(self, now: float) -> bool:
        """Tell whether a batch may be tried now."""
        return now >= self.retry_at

    def failed(self, now: float, sentence: str) -> None:
        """Note that a try failed."""
        delay = STORE_RETRY_S[self._failures] if self._failures < len(STORE_RETRY_S) else _AGAIN_S
        self._failures += 1
        self.retry_at = now + delay
        self.sentence = sentence

    def healed(self) -> None:
        """Note that the store takes everything again."""
        self.sentence = ""
        self.retry_at = -math.inf
        self._failures = 0

    def hurry(self) -> None:
        """Let the next try come at once."""
        self.retry_at = -math.inf

    def may_wait(self, one: Incoming) -> bool:
        """Tell whether a request is kept for the next try; otherwise its sender is told now.

        One whose deadline comes before the next try is told while it still listens: that the store is full, not
        silence.
        """
        return self._failures <= len(STORE_RETRY_S) and not is_late(one, self.retry_at)


class Waiting:
    """The requests that the next batch is made of, in the order in which they came."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Identity, int], Incoming] = {}
        self._records = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_full(self) -> bool:
        """Whether one commit could not take more."""
        return self._records >= BATCH_MAX or self._bytes >= _BYTES_MAX

    def add(self, one: Incoming) -> bool:
        """Take a request in; False when there is no room. What was resent stands here once."""
        key = (one.sender, one.id)
        if key in self._kept:
            return True
        if self.is_full:
            return False
        self._kept[key] = one
        self._records += _records_in(one)
        self._bytes += len(one.picture)
        return True

    def take(self, now: float, wanted: Callable[[Message], bool] = lambda _message: True) -> list[Incoming]:
        """Return what waits and is wanted, without what is past its deadline by now; the rest goes on waiting."""
        waited = list(self._kept.values())
        self._kept.clear()
        self._records = self._bytes = 0
        taken = []
        for one in waited:
            if not wanted(one.message):
                self.add(one)
            elif not is_late(one, now):
                taken.append(one)
        return taken


def is_late(one: Incoming, now: float) -> bool:
    """Tell whether nobody waits for the answer any more at `now`; records, which have happened, are never late."""
    return isinstance(one.message, Request) and one.message.deadline <= now


def _records_in(one: Incoming) -> int:
    return len(one.message.records) if isinstance(one.message, WriteRecords) else 1
