"""What the agent is at now, for whoever looks: nothing of it is recorded, and nothing hangs on it.

The agent's thread says it as it goes, by replacing one small frozen value; the control thread makes a `Live` of it only
when somebody asks. So it costs next to nothing while nobody does. Filled by context.py and the agents, asked by
server.py.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.messages import Live
from worker.storable import storable_text

if TYPE_CHECKING:
    from collections.abc import Callable

THINKING_BYTES: Final = 1 << 18  # of a reply under way; an honest one has some 15 KiB


class Phase(StrEnum):
    """The words of `Live.phase`."""

    LOOKING = "looking"  # taking a screenshot
    THINKING = "thinking"  # the model answers
    ACTING = "acting"  # a step is open
    WAITING = "waiting"  # for a person
    RESTING = "resting"


class _Now(Struct, frozen=True):
    """What is true until the next one replaces it."""

    phase: Phase
    step_num: int | None
    since: float
    thinking: str = ""


class LiveView:
    """One per task. One thread tells, any thread asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now = _Now(Phase.RESTING, None, clock())

    def enter(self, phase: Phase, step_num: int | None = None) -> None:
        """Say what begins now, and for which step: the open one, or the one that is being thought out."""
        self._now = _Now(phase, step_num, self._clock())

    def think(self, text: str) -> None:
        """Say how far the model's reply has come: the whole text so far."""
        now = self._now
        self._now = _Now(now.phase, now.step_num, now.since, text)

    def told(self, session_id: str) -> Live:
        """Return it as a message."""
        now = self._now
        return Live(
            session_id=session_id,
            step_num=now.step_num,
            phase=now.phase,
            thinking=storable_text(now.thinking, THINKING_BYTES),
            since_s=max(0.0, self._clock() - now.since),
        )
