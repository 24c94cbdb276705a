"""Does the model go round in circles? The same action on the same screen: 3 times → tell it, 6 times → stop.

Screens are compared by a small grey picture without the status bar, whose clock changes by itself. Used by the phone
agent; must not touch a device.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from worker.agents.actions import Action

WARN_AT: Final = 3
STUCK_AT: Final = 6
_STATUS_BAR: Final = 0.05  # of the height
_GRID: Final = (54, 120)  # coarse enough for a blinking cursor, fine enough for one switch
_LEVELS: Final = 16


class Progress:
    """Counts how often in a row the model has done the same thing on the same screen."""

    def __init__(self) -> None:
        self._action: Action | None = None
        self._screen = b""
        self._times = 0

    def seen(self, png: bytes, action: Action) -> int:
        """Count an action on a screen; return how often it came in a row, this time included."""
        screen = signature(png)
        same = action == self._action and screen == self._screen
        self._times = self._times + 1 if same else 1
        self._action, self._screen = action, screen
        return self._times

    @property
    def should_warn(self) -> bool:
        """Whether the model should be told now."""
        return self._times >= WARN_AT

    @property
    def is_stuck(self) -> bool:
        """Whether there is no hope left."""
        return self._times >= STUCK_AT


def signature(png: bytes) -> bytes:
    """Return what is compared of a screen."""
    from PIL import Image  # noqa: PLC0415 - 10 MB that a worker without a task need not hold

    with Image.open(io.BytesIO(png)) as image:
        width, height = image.size
        small = image.convert("L").crop((0, int(height * _STATUS_BAR), width, height)).resize(_GRID)
        return small.point(lambda level: level * _LEVELS // 256).tobytes()
