"""What the daemon's verbs share: JSON lines for whoever started them, and one edge at which every error is told.

A verb prints lines whose `kind` tells them apart; the last one is `result`, or `error` with code, message and remedy.
It ends with 0, 1 (a fault of Stepwell, or something is wrong), 2 (bad input, or a disk), 3 (the store is busy), or 130
after SIGINT or SIGTERM. Called by the verbs of `__main__`; must not know what they do.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import apsw

from shared.errors import ErrorCode, StepwellError

if TYPE_CHECKING:
    from collections.abc import Callable

_PROGRESS_S: Final = 0.1
_INTERRUPTED: Final = 130
_EXIT: Final = {ErrorCode.INTERNAL: 1, ErrorCode.STORE_BUSY: 3}


def say(kind: str, **facts: Any) -> None:
    """Print one line."""
    print(json.dumps({"kind": kind, **facts}, ensure_ascii=False), flush=True)


class Progress:
    """Says how far something is, some ten times a second and at its end."""

    def __init__(self) -> None:
        self._said = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` of `what` are done."""
        now = time.monotonic()
        if done >= total or now - self._said >= _PROGRESS_S:
            self._said = now
            say("progress", what=what, done=done, total=total)


def run_told(act: Callable[[], int], what: str, remedy: str = "nothing half-done was kept") -> int:
    """Return what `act` returns; tell the error that ends it otherwise, of which `what` says what it kept from."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: nothing half-done remains
    try:
        return act()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our lines has gone
        return 1
    except StepwellError as error:
        say("error", code=error.code, message=error.message, remedy=error.remedy)
        return _EXIT.get(error.code, 2)
    except (OSError, apsw.Error) as error:
        named = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
        say("error", code=ErrorCode.BAD_REQUEST, message=f"{what}: {named}", remedy=remedy)
        return 2
    except KeyboardInterrupt:
        return _INTERRUPTED
