"""Keeps the process small: the memory of a picture goes back to the system when the picture is sent.

A picture takes 10 MB while it is drawn. glibc learns from the first that such pieces are usual, and from then on keeps
them, once for each thread that drew. A fixed limit stops that learning. Called by `__main__` before anything is drawn.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_M_MMAP_THRESHOLD: Final = -3  # of glibc's malloc.h
_LARGE: Final = 512 * 1024  # bytes: what is larger is given back as soon as it is freed


def give_large_pieces_back() -> None:
    """Tell glibc so; other C libraries have no such word, and nothing happens."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _LARGE)
