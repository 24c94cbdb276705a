"""Playing a run back: one step after another, with the pauses that it had, within reason.

`pause_s` is pure. `Player` owns the timer; it does not know the steps: it says `due`, and the page that shows the next
step tells how long to stay there. Used by page.py.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from gui.words import parsed_time

SPEEDS: Final = (1, 4, 16)
_SHORTEST_S: Final = 0.2
_LONGEST_S: Final = 3.0
_UNKNOWN_S: Final = 1.0  # between steps whose times are not known
_FRAME_S: Final = 0.03  # no faster than the eye and the pictures follow
_RETRY_MS: Final = 40  # while the next step's row is on its way


def pause_s(started_at: str, next_started_at: str, speed: int) -> float:
    """Return how long a step is shown before the next one."""
    begin, end = parsed_time(started_at), parsed_time(next_started_at)
    passed = (end - begin).total_seconds() if begin and end else _UNKNOWN_S
    return max(_FRAME_S, min(max(passed, _SHORTEST_S), _LONGEST_S) / speed)


class Player(QObject):
    """Plays while `is_playing`; `changed` says that it began or ended."""

    due = Signal()  # the next step shall be shown
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.due)
        self.is_playing = False

    def play(self) -> None:
        """Begin."""
        self.is_playing = True
        self.changed.emit()
        self.wait()

    def stay(self, seconds: float) -> None:
        """Show what is shown for so long, then be due again."""
        if self.is_playing:
            self._timer.start(int(seconds * 1000))

    def wait(self) -> None:
        """Be due again in a moment: the next step is not there yet."""
        self.stay(_RETRY_MS / 1000)

    def pause(self) -> None:
        """End."""
        if self.is_playing:
            self.is_playing = False
            self._timer.stop()
            self.changed.emit()
