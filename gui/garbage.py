"""Python's search for garbage in the window: not among what lasts, and so not felt.

A full search looks at every object: with all pages built it takes 12 to 19 ms, at a moment that nobody chose. So once
the window is whole, what it is made of is put out of the search's sight. It comes back before the window is built anew:
what the old one is made of would otherwise never be found, and each change of language or theme would leave a window
behind. Called by app.py.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.main_window import MainWindow


def spare_what_lasts(window: MainWindow) -> None:
    """Search only among what came after the window was whole, until it is built anew."""
    window.whole.connect(_put_out_of_sight)
    window.renewed.connect(gc.unfreeze)


def _put_out_of_sight() -> None:
    gc.collect()  # or what is garbage by now would be kept with the rest
    gc.freeze()
