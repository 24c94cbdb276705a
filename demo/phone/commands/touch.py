"""`input` and `screencap`: what a finger does, and what an eye sees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from demo.phone import keys
from demo.phone.commands.base import JAVA_FAILED, Result, World, refused

if TYPE_CHECKING:
    from collections.abc import Callable

_SOURCES: Final = ("touchscreen", "keyboard", "touchpad", "mouse")
_SWIPE_MS: Final = 300
_LONGEST_MS: Final = 60_000
_NO_PERMISSION: Final = (
    "java.lang.SecurityException: Injecting input events requires the caller (or the source of the instrumentation,"
    " if any) to have the INJECT_EVENTS permission."
)


def screencap(world: World, words: list[str], _stdin: bytes) -> Result:
    """`screencap -p [FILE]`: the screen as a PNG."""
    if not words or words[0] != "-p":
        return refused("screencap: only -p (PNG) is known to this phone")
    if world.faults.take("no-screenshot"):
        return refused("Capturing failed.")
    with world.phone.lock:
        png = world.phone.screenshot()
    if world.faults.take("half-png"):
        png = png[: len(png) // 2]
    if len(words) > 1:
        world.files.write(words[1], png)
        return Result()
    return Result(out=png)


def input_command(world: World, words: list[str], _stdin: bytes) -> Result:
    """`input tap|swipe|draganddrop|text|keyevent …`."""
    if words and words[0] in _SOURCES:
        words = words[1:]
    action = _ACTIONS.get(words[0]) if words else None
    if action is None:
        return refused(f"Error: Unknown command: {words[0] if words else ''}", JAVA_FAILED)
    if world.faults.no_inject:
        return refused(_NO_PERMISSION, JAVA_FAILED)
    try:
        return action(world, words[1:])
    except (ValueError, OverflowError):
        return refused(f"Error: Invalid arguments for command: {words[0]}", JAVA_FAILED)


def _tap(world: World, words: list[str]) -> Result:
    x, y = _numbers(words, 2)
    with world.phone.lock:
        world.phone.tap(x, y)
    return Result()


def _swipe(world: World, words: list[str]) -> Result:
    x1, y1, x2, y2, milliseconds = _numbers(words if len(words) > 4 else [*words, str(_SWIPE_MS)], 5)  # noqa: PLR2004 - the time is the fifth
    if not 0 <= milliseconds <= _LONGEST_MS:
        raise ValueError(milliseconds)
    time.sleep(world.pace * milliseconds / 1000)
    with world.phone.lock:
        world.phone.swipe((x1, y1), (x2, y2), milliseconds)
    return Result()


def _text(world: World, words: list[str]) -> Result:
    text = " ".join(words)
    if not text:
        raise ValueError(text)
    if not text.isascii():  # as Android: its key map has no such character
        error = "java.lang.NullPointerException: Attempt to get length of null array"
        return Result(err=f"Exception occurred while executing 'text':\n{error}\n".encode(), exit=JAVA_FAILED)
    with world.phone.lock:
        world.phone.type_text(text.replace("%s", " "))
    return Result()


def _keyevent(world: World, words: list[str]) -> Result:
    codes = [keys.key_code(word) for word in words if not word.startswith("--")]
    known = [code for code in codes if code is not None]
    if not codes or len(known) < len(codes):
        raise ValueError(words)
    with world.phone.lock:
        for code in known:
            world.phone.press_key(code)
    return Result()


def _numbers(words: list[str], count: int) -> list[int]:
    """Return exactly `count` numbers; Android takes fractions and cuts them."""
    if len(words) != count:
        raise ValueError(words)
    return [int(float(word)) for word in words]


_ACTIONS: Final[dict[str, Callable[[World, list[str]], Result]]] = {
    "tap": _tap,
    "swipe": _swipe,
    "draganddrop": _swipe,
    "text": _text,
    "keyevent": _keyevent,
}
