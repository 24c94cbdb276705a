"""The on-screen keyboard: where its keys are, for drawing and for taps alike.

Two kinds: the phone's own, with letters, and the ADB Keyboard, which shows only a narrow bar and takes its text from
broadcasts. Pure. Called by `page` (drawing) and `phone` (taps).
"""

from __future__ import annotations

from typing import Final

import msgspec

from demo.phone.scene import HEIGHT, WIDTH, Box, contains

TOP: Final = 1590  # of the phone's own keyboard
ADB_TOP: Final = 2250
_ROWS: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_GAP: Final = 10
_KEY_WIDTH: Final = WIDTH // 10
_KEY_HEIGHT: Final = 140
_FIRST_ROW: Final = TOP + 24
_SIDE: Final = 150  # width of the keys at the ends of the lower rows


class Key(msgspec.Struct, frozen=True):
    """One key: what it enters (a character, or `DEL`, `ENTER`, `SHIFT`) and where it is."""

    value: str
    box: Box
    icon: str = ""


def all_keys() -> tuple[Key, ...]:
    """Return the keys of the phone's own keyboard."""
    found: list[Key] = []
    for number, letters in enumerate(_ROWS):
        left = (WIDTH - len(letters) * _KEY_WIDTH) // 2
        found += [Key(char, _box(left + i * _KEY_WIDTH, number, _KEY_WIDTH)) for i, char in enumerate(letters)]
    third, last = len(_ROWS) - 1, len(_ROWS)
    found.append(Key("SHIFT", _box(0, third, _SIDE), "shift"))
    found.append(Key("DEL", _box(WIDTH - _SIDE, third, _SIDE), "erase"))
    found.append(Key(",", _box(0, last, _SIDE)))
    found.append(Key(" ", _box(_SIDE, last, WIDTH - 3 * _SIDE)))
    found.append(Key(".", _box(WIDTH - 2 * _SIDE, last, _SIDE)))
    found.append(Key("ENTER", _box(WIDTH - _SIDE, last, _SIDE), "enter"))
    return tuple(found)


def key_at(x: int, y: int) -> Key | None:
    """Return the key at a point of the screen, or None."""
    return next((key for key in all_keys() if contains(key.box, x, y)), None)


def top_of(ime: str, adb_ime: str) -> int:
    """Return where the keyboard of this input method begins."""
    return ADB_TOP if ime == adb_ime else TOP


def area(top: int) -> Box:
    """Return the whole area of a keyboard that begins at `top`."""
    return (0, top, WIDTH, HEIGHT)


def _box(left: int, row: int, width: int) -> Box:
    top = _FIRST_ROW + row * _KEY_HEIGHT
    return (left + _GAP // 2, top + _GAP, left + width - _GAP // 2, top + _KEY_HEIGHT - _GAP)
