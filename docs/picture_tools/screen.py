"""A display in memory, and what it shows once that rests. Used by demo.py."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageGrab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BYTES_MAX: Final = 120_000
PATIENCE_S: Final = 90.0
STEADY: Final = 3  # so many pictures in a row must be the same, so that nothing is still arriving
DIFFERENT: Final = 8  # of 255: less is not seen


@contextlib.contextmanager
def display(size: tuple[int, int]) -> Iterator[str]:
    """Give a display of its own, in memory; Xvfb chooses its number and says when it is there."""
    read_end, write_end = os.pipe()
    geometry = f"{size[0]}x{size[1]}x24"
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", geometry, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write_end,), stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as said:
            number = said.readline().strip()
        if not number:
            sys.exit("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def wait_for(what: str, condition: Callable[[], object]) -> None:
    """Wait until a condition is true; end with a sentence when it does not become so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"not within {PATIENCE_S:g} s: {what}")
        time.sleep(0.1)


def rest(screen: str, name: str) -> Image.Image:
    """Return what a display shows once it shows something and that no longer changes, or hardly."""
    seen = [_grab(screen)]

    def rests() -> bool:
        seen.append(_grab(screen))
        last = seen[-STEADY:]
        alike = all(_differs_little(last[0], other) for other in last)
        return len(last) == STEADY and alike and (last[-1].getcolors(64) is None)

    wait_for(f"the window of {name} rests", rests)
    return seen[-1]


def keep(picture: Image.Image, file: Path) -> None:
    """Write a picture with as many colours as it may have bytes."""
    for colours in (256, 160, 96, 64):
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size < BYTES_MAX:
            break
    print(f"{file}: {file.stat().st_size:,} bytes", flush=True)


def _grab(screen: str) -> Image.Image:
    time.sleep(0.3)  # between two looks
    return ImageGrab.grab(xdisplay=screen).convert("RGB")


def _differs_little(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether two pictures are the same but for a clock or an age that went on."""
    difference = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > DIFFERENT else 0)
    return difference.histogram()[255] < one.width * one.height / 200
