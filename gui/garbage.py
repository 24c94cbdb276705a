"""Python's search for garbage in the window: in the window's thread alone, and not among what lasts.

Python searches in whichever thread happens to make an object too many. The threads that read pictures, logs and sockets
make many, and a widget or a timer that is found and destroyed there, which Qt forbids, takes the window down with it: a
timer stays in the list of its own thread, which then fires it. So Python's own way is switched off, and a timer of the
window's thread searches when it is due.

A full search looks at every object: with all pages built it takes 12 to 19 ms, at a moment that nobody chose. So once
the window is whole, what it is made of is put out of the search's sight. It comes back before the window is built anew:
what the old one is made of would otherwise never be found, and each change of language or theme would leave a window
behind. Made by app.py.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from gui.main_window import MainWindow

_LOOK_MS: Final = 250


class Garbage(QObject):
    """See the head of this file. It is to be there before other threads run, until `close`, when they have ended."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        gc.disable()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(search_when_due)
        self._timer.start()
        window.whole.connect(_put_out_of_sight)
        window.renewed.connect(gc.unfreeze)

    def close(self) -> None:
        """Let Python search by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()


def search_when_due() -> None:
    """Search the oldest generation of which Python itself would say that it is due, if any."""
    counts, limits = gc.get_count(), gc.get_threshold()
    due = [generation for generation in (0, 1, 2) if counts[generation] > limits[generation]]
    if due:
        gc.collect(due[-1])


def _put_out_of_sight() -> None:
    gc.collect()  # or what is garbage by now would be kept with the rest
    gc.freeze()
