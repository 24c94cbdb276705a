"""Make docs/pictures/*.png again: a demo, a display in memory, the real window, and what it shows.

    python docs/make_pictures.py                   all of them
    python docs/make_pictures.py history run-tap   only these

Needs Xvfb (`apt-get install xvfb`) and the window's libraries. Everything runs by the real commands in homes that are
removed afterwards; what a picture shows is set by what the window remembers (`window.json`) before it starts. Each
step waits for what it needs, never for a time. Called by a person after a change of the window.
"""  # noqa: INP001 - a folder of pages with two programs in it

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from PIL import Image, ImageChops, ImageGrab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TREE: Final = Path(__file__).resolve().parents[1]
PICTURES: Final = TREE / "docs" / "pictures"
SIZE: Final = (1280, 800)
BYTES_MAX: Final = 120_000
PATIENCE_S: Final = 90.0
STEADY: Final = 3  # so many pictures in a row must be the same, so that nothing is still arriving
TASKS: Final = {
    "dark": "Open Settings and turn on dark mode",
    "contact": "Add a contact 张三 with number 13800138000",
    "live": "Add a contact 李四 with number 13900139000",  # each name is new to the phone: else it has little to do
    "crashed": "Add a contact 王五 with number 13700137000",
    "declined": "Order a pizza for four",
    "zh": "打开设置并开启深色模式",
}


def main() -> int:
    """Make the pictures that the arguments name."""
    parser = argparse.ArgumentParser(description="Make docs/pictures again.")
    parser.add_argument("names", nargs="*", help="which ones; all when none is named")
    wanted = set(parser.parse_args().names) or set(SHOWN)
    if unknown := wanted - set(SHOWN):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}; there are: {', '.join(SHOWN)}")
    PICTURES.mkdir(exist_ok=True)
    with display() as screen:
        for language in ("en", "zh"):
            names = [name for name in SHOWN if name in wanted and (name == "chinese") == (language == "zh")]
            if names:
                with Demo(screen, language) as demo:
                    demo.make(names)
    return 0


class Demo:
    """A demo in a home of its own, the tasks that were run in it, and its window."""

    def __init__(self, screen: str, language: str) -> None:
        self._screen = screen
        self._language = language
        self._folder = tempfile.TemporaryDirectory(prefix="stepwell-pictures-")
        self.home = Path(self._folder.name) / "home"
        self.tasks: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.stepwell("up", "--demo", "--headless", "--detach", "--language", self._language)
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stepwell("down")
        self._folder.cleanup()

    def make(self, names: list[str]) -> None:
        """Run tasks, and make the pictures of this demo; what runs comes before what has crashed."""
        if self._language == "zh":
            self.run("zh")
        else:
            self.run("dark")
            self.run("declined")
            if "phones" in names:
                self._live()
            self.run("contact")
            self.crash()
        for name in names:
            if name != "phones":
                self.shoot(name)

    def run(self, name: str) -> None:
        """Run a task to its end, whatever that is."""
        self.tasks[name] = self._queue(name)
        self.wait_for(f"{name} has ended", lambda: self.state(self.tasks[name]) in ENDED)

    def crash(self) -> None:
        """Kill the worker in the midst of a task, as the demo's button does."""
        self.tasks["crashed"] = self._queue("crashed")
        self.wait_for("it has begun", lambda: len(self.steps("crashed")) > 1)
        rows = json.loads(self.stepwell("status", "--json"))["processes"]
        os.kill(next(row["pid"] for row in rows if row["name"] == "worker-1"), signal.SIGKILL)
        self.wait_for("it is recorded as crashed", lambda: self.state(self.tasks["crashed"]) == "CRASHED")

    def shoot(self, name: str, ready: Callable[[], object] = lambda: True) -> None:
        """Open the window as the picture wants it, wait until it is `ready` and rests, and keep what it shows."""
        page, theme, more = SHOWN[name]
        remembered = {"page": page, "theme": theme, "notify": False, **more(self)}
        (self.home / "window.json").write_text(json.dumps(remembered), encoding="utf-8")
        (self.home / "stepwell.toml").write_text(f'language = "{self._language}"\n', encoding="utf-8")
        with self._window():
            self.wait_for(f"the window of {name} is ready", ready)
            keep(self._rest(name), PICTURES / f"{name}.png")

    def steps(self, name: str) -> list[dict[str, Any]]:
        """Return the steps of a task that was run under a name."""
        steps: list[dict[str, Any]] = json.loads(self.stepwell("show", self.tasks[name], "--json"))["steps"]
        return steps

    def step_with(self, name: str, action: str) -> int:
        """Return the number of the last step with an action; of the last one when there is none."""
        steps = self.steps(name)
        found = [step["step_num"] for step in steps if f'"{action}"' in json.dumps(step["action"])]
        return int((found or [step["step_num"] for step in steps])[-1])

    def state(self, session_id: str) -> str:
        """Return a task's state."""
        return str(json.loads(self.stepwell("show", session_id, "--json"))["task"]["final_status"])

    def stepwell(self, *arguments: str) -> str:
        """Run a command in this home and return what it printed."""
        ran = subprocess.run(self._command(*arguments), capture_output=True, text=True, check=True, env=self._env())
        return ran.stdout

    def wait_for(self, what: str, condition: Callable[[], object]) -> None:
        """Wait until a condition is true; end with a sentence when it does not become so."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"not within {PATIENCE_S:g} s: {what}")
            time.sleep(0.1)

    def _live(self) -> None:
        """PHONES while a task runs; the picture is taken when a few steps are recorded, then the task goes on."""
        self.tasks["live"] = self._queue("live")
        self._queue("dark")  # something must wait, too
        self.shoot("phones", lambda: len(self.steps("live")) > 2)  # noqa: PLR2004 - a few
        self.wait_for("both have ended", lambda: '"CREATED"' not in self._all() and '"RUNNING"' not in self._all())

    def _all(self) -> str:
        return self.stepwell("tasks", "--json")

    def _queue(self, name: str) -> str:
        printed = json.loads(self.stepwell("run", TASKS[name], "--no-wait", "--json").splitlines()[0])
        return str(printed["session_id"])

    @contextlib.contextmanager
    def _window(self) -> Iterator[None]:
        window = subprocess.Popen(self._command("gui"), env=self._env() | {"DISPLAY": self._screen})
        try:
            yield
        finally:
            window.send_signal(signal.SIGINT)
            window.wait(timeout=PATIENCE_S)

    def _rest(self, name: str) -> Image.Image:
        """Return what the display shows once it shows something and that no longer changes, or hardly."""
        seen = [self._grab()]

        def rests() -> bool:
            seen.append(self._grab())
            last = seen[-STEADY:]
            alike = all(_differs_little(last[0], other) for other in last)
            return len(last) == STEADY and alike and (last[-1].getcolors(64) is None)

        self.wait_for(f"the window of {name} rests", rests)
        return seen[-1]

    def _grab(self) -> Image.Image:
        time.sleep(0.3)  # between two looks
        return ImageGrab.grab(xdisplay=self._screen).convert("RGB")

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "supervisor", *arguments, "--home", str(self.home)]

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEPWELL_", "QT_"))}
        return kept | {"PYTHONPATH": str(TREE), "PYTHONUTF8": "1"}


ENDED: Final = ("SUCCESS", "FAILED", "STOPPED", "CRASHED")
# Name → page, theme, and what else the window remembers.
SHOWN: Final[dict[str, tuple[str, str, Callable[[Demo], dict[str, Any]]]]] = {
    # A task was shown before: else the demo's first minute would follow the running one in RUN.
    "phones": ("phones", "light", lambda demo: _at(demo, "dark", None)),
    "run-tap": ("run", "light", lambda demo: _at(demo, "contact", demo.step_with("contact", "Tap"))),
    "run-crashed": ("run", "light", lambda demo: _at(demo, "crashed", None)),
    "history": ("history", "light", lambda _demo: {"history": {"tab": "history"}}),
    "statistics": ("history", "light", lambda _demo: {"history": {"tab": "statistics"}}),
    "logs": ("history", "dark", lambda _demo: {"history": {"tab": "logs"}}),
    "settings-dark": ("settings", "dark", lambda _demo: {"settings": {"section": "general"}}),
    "chinese": ("run", "light", lambda demo: _at(demo, "zh", demo.step_with("zh", "Tap"))),
}


def _at(demo: Demo, name: str, step_num: int | None) -> dict[str, Any]:
    return {"session_id": demo.tasks[name], "step_num": step_num}


def _differs_little(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether two pictures are the same but for a clock or an age that went on."""
    difference = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 8 else 0)  # noqa: PLR2004
    return difference.histogram()[255] < SIZE[0] * SIZE[1] / 200


def keep(picture: Image.Image, file: Path) -> None:
    """Write a picture with as many colours as it may have bytes."""
    for colours in (256, 160, 96, 64):
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size < BYTES_MAX:
            break
    print(f"{file.relative_to(TREE)}: {file.stat().st_size:,} bytes", flush=True)


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Give a display of its own, in memory; Xvfb chooses its number and says when it is there."""
    read_end, write_end = os.pipe()
    geometry = f"{SIZE[0]}x{SIZE[1]}x24"
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


if __name__ == "__main__":
    sys.exit(main())
