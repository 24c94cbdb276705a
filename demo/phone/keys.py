"""Android's key codes, as far as the simulated phone knows them. Source: `android.view.KeyEvent`. Pure."""

from __future__ import annotations

from typing import Final

HOME: Final = 3
BACK: Final = 4
DPAD_UP: Final = 19
DPAD_DOWN: Final = 20
POWER: Final = 26
TAB: Final = 61
SPACE: Final = 62
ENTER: Final = 66
DEL: Final = 67
ESCAPE: Final = 111
SLEEP: Final = 223
WAKEUP: Final = 224
_DIGIT_0: Final = 7
_LETTER_A: Final = 29
_LAST_CODE: Final = 316

_NAMES: Final = {
    "HOME": HOME,
    "BACK": BACK,
    "DPAD_UP": DPAD_UP,
    "DPAD_DOWN": DPAD_DOWN,
    "DPAD_LEFT": 21,
    "DPAD_RIGHT": 22,
    "DPAD_CENTER": 23,
    "VOLUME_UP": 24,
    "VOLUME_DOWN": 25,
    "POWER": POWER,
    "TAB": TAB,
    "SPACE": SPACE,
    "ENTER": ENTER,
    "DEL": DEL,
    "MENU": 82,
    "SEARCH": 84,
    "ESCAPE": ESCAPE,
    "MOVE_HOME": 122,
    "MOVE_END": 123,
    "APP_SWITCH": 187,
    "SLEEP": SLEEP,
    "WAKEUP": WAKEUP,
    "UNKNOWN": 0,
    "VOLUME_MUTE": 164,
    "NUMPAD_ENTER": ENTER,
}


def key_code(word: str) -> int | None:
    """Return the code of `66`, `ENTER` or `KEYCODE_ENTER`; None when there is no such key."""
    if word.isascii() and word.isdigit():
        return int(word) if int(word) <= _LAST_CODE else None
    name = word.upper().removeprefix("KEYCODE_")
    if len(name) == 1 and name.isascii() and name.isalnum():
        return _DIGIT_0 + int(name) if name.isdigit() else _LETTER_A + ord(name) - ord("A")
    return _NAMES.get(name)


def character(code: int) -> str:
    """Return the character that a key types, or nothing."""
    if _DIGIT_0 <= code <= _DIGIT_0 + 9:
        return str(code - _DIGIT_0)
    if _LETTER_A <= code <= _LETTER_A + 25:
        return chr(ord("a") + code - _LETTER_A)
    return " " if code == SPACE else ""
