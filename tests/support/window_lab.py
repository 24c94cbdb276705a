"""A screen of its own, a person's hands on it, and what the window itself tells of where it is.

A `Screen` is an Xvfb on a free display. A `Person` presses keys and clicks by xdotool, as hands would; keys
go to the window that has the focus; a condition is waited for, never a time. Pictures are kept beside the test's files.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final, Self

import psutil
from PIL import ImageChops, ImageGrab
from stepwell_harness import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from PIL import Image
    from stepwell_harness import Stepwell

SIZE: Final = (1280, 800)
_START_S: Final = 20.0


class Screen:
    """An X server without a monitor; `name` is its DISPLAY."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        said, told = os.pipe()
        depth = f"{size[0]}x{size[1]}x24"
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(told), "-screen", "0", depth, "-nolisten", "tcp", "-noreset"],
            pass_fds=(told,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(told)
        self.name = f":{_read_line(said)}"
        if self.name == ":":
            self.close()
            raise AssertionError("Xvfb did not start")

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to show its window here, whatever other tests have set for Qt."""
        return on_display(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait(timeout=20)

    def picture(self) -> Image.Image:
        """Return what is on the screen."""
        return ImageGrab.grab(xdisplay=self.name).convert("RGB")


class Person:
    """Somebody who sits in front of the window of a Stepwell that runs on `screen`."""

    def __init__(self, stepwell: Stepwell, screen: Screen, pictures: Path) -> None:
        self._stepwell = stepwell
        self.screen = screen
        self._pictures = pictures
        self._taken = 0
        pictures.mkdir(exist_ok=True)

    # --- the window

    @property
    def pid(self) -> int:
        """The window's process."""
        return self._stepwell.pid("gui")

    def has_window(self, restarts: int = 0) -> bool:
        """Tell whether the window is ready, in the life after so many restarts."""
        row = next((row for row in self._stepwell.processes() if row.name == "gui"), None)
        return row is not None and (row.state, row.restarts) == ("ready", restarts)

    def turn_to(self, title: str = "Stepwell") -> None:
        """Wait for a window of that title, and give it the keyboard; there is no window manager that would."""
        found = wait_for(f"a window {title!r} is on the screen", lambda: self._windows(title))

        def has_keyboard() -> bool:
            self._do("windowfocus", found[-1])
            return self._do("getwindowfocus").strip() == found[-1]

        wait_for(f"the window {title!r} has the keyboard", has_keyboard)

    def count_windows(self, title: str) -> int:
        """Return how many windows of that title are on the screen."""
        return len(self._windows(title))

    def _windows(self, title: str) -> list[str]:
        return self._do("search", "--onlyvisible", "--name", title).split()

    # --- the hands

    def press(self, *keys: str) -> None:
        """Press keys one after another, in the words of xdotool: `ctrl+Return`, `Tab`."""
        self._do("key", "--clearmodifiers", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._do("type", "--delay", "15", text)

    def click(self, at: tuple[int, int], times: int = 1) -> None:
        """Click with the left button at a place of the screen."""
        self._do("mousemove", *map(str, at), "click", "--repeat", str(times), "--delay", "60", "1")

    def press_until(self, what: str, condition: Callable[[], object], *keys: str) -> None:
        """Press keys, again each second, until `condition` holds: where once more does no harm."""

        def reached() -> bool:
            self.press(*keys)
            with contextlib.suppress(AssertionError):
                wait_for(what, condition, 1.0)
                return True
            return False

        wait_for(what, reached)

    def _do(self, *arguments: str) -> str:
        """Run xdotool. It fails when it finds no window; whoever asks waits for what it says."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env={**os.environ, "DISPLAY": self.screen.name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            text=True,
        )
        return done.stdout

    # --- what is to be seen

    def remembered(self) -> dict[str, Any]:
        """Return what the window remembers of itself, {} before it has written it."""
        try:
            found: dict[str, Any] = json.loads((self._stepwell.home / "window.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def is_still(self) -> bool:
        """Tell whether nothing moves on the screen for a third of a second: it is built and drawn."""
        before = self.screen.picture()
        time.sleep(0.3)
        return self.screen.picture() == before

    def look(self, name: str) -> Image.Image:
        """Take a picture of the screen, and keep it."""
        picture = self.screen.picture()
        self._taken += 1
        picture.save(self._pictures / f"{self._taken:02}-{name}.png")
        return picture


def on_display(name: str) -> dict[str, str]:
    """Return the variables that let Qt use a display."""
    return {"DISPLAY": name, "QT_QPA_PLATFORM": "xcb"}


def _read_line(source: int) -> str:
    """Return a line from a pipe and close it, '' when none comes. The server dies of a pipe that is closed earlier."""
    found = b""
    while not found.endswith(b"\n") and select.select([source], [], [], _START_S)[0]:
        piece = os.read(source, 16)
        if not piece:
            break
        found += piece
    os.close(source)
    return found.decode().strip()


def share_of(picture: Image.Image, colour: str) -> float:
    """Return which share of a picture has exactly the colour `#rrggbb`."""
    wanted = tuple(bytes.fromhex(colour.removeprefix("#")))
    counted = picture.getcolors(picture.width * picture.height) or []
    return sum(count for count, found in counted if found == wanted) / (picture.width * picture.height)


def count_colours(picture: Image.Image) -> int:
    """Return how many colours a picture has; an empty window has a few."""
    return len(picture.getcolors(picture.width * picture.height) or [])


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return which share of the pixels of two pictures of the same size differs."""
    same = ImageChops.difference(one, other).convert("L").histogram()[0]
    return 1 - same / (one.width * one.height)


def alive_of(home: Path) -> list[str]:
    """Return the processes that were started for a home and still run, by their command lines."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("STEPWELL_HOME") == str(home):
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found
