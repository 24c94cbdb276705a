"""Misbehaviour on request: what the phone does wrong, and how often. Set by `demo-fault`, a command of the demo's own.

    offline SECONDS     drop all connections and refuse new ones for so long
    slow SECONDS        every command takes so much longer
    half-png N          the next N screenshots stop in the middle
    no-screenshot N     the next N screenshots fail
    fail N              the next N commands are not carried out and exit with 1
    drop-answer N       the next N commands that change the phone are carried out, but the link breaks before the answer
    no-inject           touches, keys and text are refused as some vendors do, until `clear`
    clear               all of these end

Asked by `services` and the commands; nothing else misbehaves.
"""

from __future__ import annotations

import threading
from typing import Final

_COUNTED: Final = ("half-png", "no-screenshot", "fail", "drop-answer")
_LONGEST: Final = 600.0  # seconds: a demo that is away for longer is a mistake


class UnknownFaultError(Exception):
    """There is no such fault, or its number is wrong."""


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = dict.fromkeys(_COUNTED, 0)
        self.slow = 0.0
        self.no_inject = False

    def arm(self, words: list[str]) -> float | None:
        """Arm what the words of `demo-fault` say; return the seconds to be offline, or None.

        Raises UnknownFaultError for anything else, and then changes nothing.
        """
        name, arguments = (words[0], words[1:]) if words else ("", [])
        value = _number(arguments)
        if name == "offline" and value is not None:
            return value
        with self._lock:
            self._arm(name, value)
        return None

    def take(self, name: str) -> bool:
        """Use up one of a counted fault; False when none is left."""
        with self._lock:
            armed = self._left[name] > 0
            self._left[name] -= armed
            return armed

    def _arm(self, name: str, value: float | None) -> None:
        if name in _COUNTED and value is not None:
            self._left[name] = int(value)
        elif name == "slow" and value is not None:
            self.slow = value
        elif name == "no-inject" and value is None:
            self.no_inject = True
        elif name == "clear" and value is None:
            self._left = dict.fromkeys(_COUNTED, 0)
            self.slow = 0.0
            self.no_inject = False
        else:
            raise UnknownFaultError(f"demo-fault: unknown fault or wrong number: {name or '(nothing)'}")


def _number(arguments: list[str]) -> float | None:
    """Return the one number, or None when there is no argument."""
    if not arguments:
        return None
    try:
        value = float(arguments[0])
    except ValueError as error:
        raise UnknownFaultError(f"demo-fault: not a number: {arguments[0]}") from error
    if len(arguments) > 1 or not 0 <= value <= _LONGEST:
        raise UnknownFaultError(f"demo-fault: one number from 0 to {_LONGEST:.0f} is wanted")
    return value
