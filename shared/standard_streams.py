"""Descriptors 0, 1 and 2 of a process that was started without them (`stepwell up 2>&-`).

The kernel gives the lowest free number to whatever is opened next: a lock, a pipe or a socket would become "stderr",
and be written to, handed to children, or closed by a dup2. Called first of all by every entry point, so it imports
nothing of weight.
"""

from __future__ import annotations

import os
import sys
from typing import Final

STDERR: Final = 2


def occupy_standard_streams() -> None:
    """Open /dev/null in place of each standard descriptor that is closed, for this process and for its children."""
    opened = os.open(os.devnull, os.O_RDWR)
    while opened <= STDERR:
        os.set_inheritable(opened, True)
        opened = os.open(os.devnull, os.O_RDWR)
    os.close(opened)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open
    if sys.stderr is None:
        sys.stderr = open(STDERR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open
