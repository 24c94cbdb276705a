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
    from types import FrameType

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


class EndAsked:
    """Whether SIGINT or SIGTERM has come.

    It is looked at between steps: an exception out of a signal's handler could come anywhere, also where a lock is held
    or while what is half-done is removed.
    """

    def __init__(self) -> None:
        self._asked = False

    def listen(self) -> None:
        """Take note of the signals from now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def look(self) -> None:
        """Raise KeyboardInterrupt if the end was asked for."""
        if self._asked:
            raise KeyboardInterrupt

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


def run_told(
    act: Callable[[], int],
    what: str,
    remedy: str = "nothing half-done was kept",
    asked: EndAsked | None = None,
) -> int:
    """Return what `act` returns; tell the error that ends it otherwise, of which `what` says what it kept from.

    `asked` is for what must end between two steps only; a verb without one, which only reads, is ended where it is.
    """
    if asked is not None:
        asked.listen()
    else:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
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
