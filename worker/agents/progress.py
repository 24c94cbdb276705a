"""Does the agent get anywhere? Notices the same action on the same screen, again and again.

Three times: the model is told. Six times: the task ends with `no progress`. Two pictures show the same screen when,
made small and without the status bar, they hardly differ: a clock that moves on is no progress. Pictures are compared
only while the action stays the same. Pure but for decoding. Called by the phone agent.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from worker.agents.actions import Action

TELL_AT: Final = 3
STOP_AT: Final = 6
_SIZE: Final = (60, 120)
_STATUS_BAR: Final = 0.05  # of the height
_SAME: Final = 12  # of 255, in the small picture's most different spot; a switch that turned differs by more


class Repetition:
    """Counts how often the newest action was asked for on the same screen, in a row."""

    def __init__(self) -> None:
        self._action: Action | None = None
        self._png = b""
        self._screen: bytes | None = None
        self.times = 0

    def add(self, action: Action, png: bytes) -> int:
        """Count the next action on the screen that `png` shows; return how often in a row, itself included."""
        if action == self._action and self._same_screen(png):
            self.times += 1
        else:
            self.times = 1
            self._screen = None
        self._action, self._png = action, png
        return self.times

    def _same_screen(self, png: bytes) -> bool:
        if png == self._png:
            return True
        before = self._screen if self._screen is not None else small_screen(self._png)
        now = small_screen(png)
        self._screen = now
        return (
            len(before) == len(now) and max((abs(a - b) for a, b in zip(before, now, strict=True)), default=0) <= _SAME
        )


def small_screen(png: bytes) -> bytes:
    """Return the screen in shades of grey, 60 by 120, without its status bar."""
    from PIL import Image  # noqa: PLC0415 - loaded with the first repeated action

    with Image.open(io.BytesIO(png)) as picture:
        below = (0, int(picture.height * _STATUS_BAR), picture.width, picture.height)
        return picture.convert("L").crop(below).resize(_SIZE, Image.Resampling.BOX).tobytes()
