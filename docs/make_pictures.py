"""Make docs/pictures/*.png again: a demo, a display in memory, the real window, and what it shows.

    python docs/make_pictures.py                   all of them
    python docs/make_pictures.py history run-tap   only these
    python docs/make_pictures.py --to /tmp/look --scale 2 --size 1200x700 --language zh --theme dark
                                                   a set that is only to be looked at: every picture like that

Needs Xvfb and xdotool (`apt-get install xvfb xdotool`) and the window's libraries. Everything runs by the real commands
in homes that are removed afterwards; what a picture shows is set by what the window remembers (`window.json`) before it
starts. Each step waits for what it needs, never for a time. Called by a person after a change of the window.
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from PIL import Image, ImageChops, ImageGrab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gui.state import PageName, Theme
    from shared.settings import Language

TREE: Final = Path(__file__).resolve().parents[1]
PICTURES: Final = TREE / "docs" / "pictures"
SIZE: Final = (1280, 800)
SMALL: Final = (1200, 700)
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
    "long": "Write to 王小明 that the meeting of the day after tomorrow begins at half past nine in the large room on"
    " the third floor, and that he should bring the figures of the last quarter, the ones that were corrected; " * 3,
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """How all pictures of a set shall look; None: as each of them is shown in docs."""

    folder: Path = PICTURES
    scale: int | None = None
    size: tuple[int, int] | None = None
    language: Language | None = None
    theme: Theme | None = None

    def of(self, name: str) -> Picture:
        """Return a picture as this set wants it."""
        wanted = {field: getattr(self, field) for field in ("scale", "size", "language", "theme")}
        return replace(SHOWN[name], **{field: value for field, value in wanted.items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What a picture shows: a page, what else the window remembers (`more`), and how the window looks."""

    page: PageName
    more: Callable[[Demo], dict[str, Any]]
    theme: Theme = "light"
    language: Language = "en"
    scale: int = 1
    size: tuple[int, int] = SIZE
    empty: bool = False  # in a home in which nothing has happened yet
    kept: bool = True  # in docs/pictures; else only to be looked at


def main() -> int:
    """Make the pictures that the arguments name."""
    parser = argparse.ArgumentParser(description="Make docs/pictures again.")
    parser.add_argument("names", nargs="*", help="which ones; all when none is named")
    parser.add_argument("--to", type=Path, default=PICTURES, metavar="FOLDER", help="where they go")
    parser.add_argument("--scale", type=int, choices=(1, 2), help="of all of them: 2 is a screen at 200 %%")
    parser.add_argument("--size", type=_size, metavar="WxH", help="of all windows, in pixels at 100 %%: 1200x700")
    parser.add_argument("--language", choices=("en", "zh"), help="of all of them")
    parser.add_argument("--theme", choices=("light", "dark"), help="of all of them")
    given = parser.parse_args()
    is_docs = given.to == PICTURES
    wanted = set(given.names) or {name for name, picture in SHOWN.items() if picture.kept or not is_docs}
    if unknown := wanted - set(SHOWN):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}; there are: {', '.join(SHOWN)}")
    given.to.mkdir(parents=True, exist_ok=True)
    look = Look(folder=given.to, scale=given.scale, size=given.size, language=given.language, theme=given.theme)
    pictures = {name: look.of(name) for name in SHOWN if name in wanted}
    kinds: dict[tuple[Language, bool], dict[str, Picture]] = {}
    for name, picture in pictures.items():
        kinds.setdefault((picture.language, picture.empty), {})[name] = picture
    for (language, empty), chosen in kinds.items():
        with Demo(language, look.folder, empty=empty) as demo:
            demo.make(chosen)
    return 0


def _size(text: str) -> tuple[int, int]:
    """Return the size that WxH names."""
    width, _, height = text.partition("x")
    return int(width), int(height)


class Demo:
    """A demo in a home of its own, the tasks that were run in it, and its window."""

    def __init__(self, language: Language, pictures: Path, *, empty: bool = False) -> None:
        self._language = language
        self._pictures = pictures
        self._empty = empty
        self._screen = ""
        self._folder = tempfile.TemporaryDirectory(prefix="stepwell-pictures-")
        self.home = Path(self._folder.name) / "home"
        self.tasks: dict[str, str] = {}

    def __enter__(self) -> Self:
        demo = () if self._empty else ("--demo",)
        self.stepwell("up", *demo, "--headless", "--detach", "--language", self._language)
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stepwell("down")
        self._folder.cleanup()

    def make(self, pictures: dict[str, Picture]) -> None:
        """Run tasks, and make the pictures of this demo; what runs comes before what has crashed."""
        if not self._empty:
            self._run_tasks(pictures)
        for name, picture in pictures.items():
            if name != "phones":
                self.shoot(name, picture)

    def _run_tasks(self, pictures: dict[str, Picture]) -> None:
        for name in ("zh", "dark", "declined", "long"):
            self.run(name)
        if "phones" in pictures:
            self._live(pictures["phones"])
        self.run("contact")
        self.crash()

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

    def shoot(self, name: str, picture: Picture, ready: Callable[[], object] = lambda: True) -> None:
        """Open the window as the picture wants it, wait until it is `ready` and rests, and keep what it shows."""
        remembered = {"page": picture.page, "theme": picture.theme, "notify": False, **picture.more(self)}
        (self.home / "window.json").write_text(json.dumps(remembered), encoding="utf-8")
        (self.home / "stepwell.toml").write_text(f'language = "{self._language}"\n', encoding="utf-8")
        size = (picture.size[0] * picture.scale, picture.size[1] * picture.scale)
        with display(size) as self._screen, self._window(picture.scale, size):
            self.wait_for(f"the window of {name} is ready", ready)
            keep(self._rest(name), self._pictures / f"{name}.png")

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

    def _live(self, picture: Picture) -> None:
        """PHONES while a task runs; the picture is taken when a few steps are recorded, then the task goes on."""
        self.tasks["live"] = self._queue("live")
        self._queue("dark")  # something must wait, too
        self.shoot("phones", picture, lambda: len(self.steps("live")) > 2)  # noqa: PLR2004 - a few
        self.wait_for("both have ended", lambda: '"CREATED"' not in self._all() and '"RUNNING"' not in self._all())

    def _all(self) -> str:
        return self.stepwell("tasks", "--json")

    def _queue(self, name: str) -> str:
        printed = json.loads(self.stepwell("run", TASKS[name], "--no-wait", "--json").splitlines()[0])
        return str(printed["session_id"])

    @contextlib.contextmanager
    def _window(self, scale: int, size: tuple[int, int]) -> Iterator[None]:
        """Open the window over the whole display; nothing else would give it that size."""
        variables = self._env() | {"DISPLAY": self._screen, "QT_SCALE_FACTOR": str(scale)}
        window = subprocess.Popen(self._command("gui"), env=variables)
        fill = ["xdotool", "search", "--onlyvisible", "--name", "Stepwell"]
        fill += ["windowmove", "0", "0", "windowsize", *map(str, size)]

        def is_placed() -> bool:
            return subprocess.run(fill, env=variables, capture_output=True, check=False).returncode == 0

        try:
            self.wait_for("there is a window", is_placed)
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
SHOWN: Final = {
    # A task was shown before: else the demo's first minute would follow the running one in RUN.
    "phones": Picture(page="phones", more=lambda demo: _at(demo, "dark", None)),
    "run-crashed": Picture(page="run", more=lambda demo: _at(demo, "crashed", None)),
    "history": Picture(page="history", more=lambda _demo: {"history": {"state": "FAILED"}}, size=SMALL),
    "statistics": Picture(page="history", more=lambda _demo: {"history": {"tab": "statistics"}}),
    "logs": Picture(page="history", more=lambda _demo: {"history": {"tab": "logs"}}, theme="dark"),
    "settings": Picture(page="settings", more=lambda _demo: {"settings": {"section": "general"}}, scale=2),
    "chinese": Picture(
        page="run", more=lambda demo: _at(demo, "zh", demo.step_with("zh", "Tap")), theme="dark", language="zh"
    ),
    "empty": Picture(page="phones", more=lambda _demo: {}, empty=True, size=SMALL),
    # Only to be looked at.
    "run-tap": Picture(
        page="run", more=lambda demo: _at(demo, "contact", demo.step_with("contact", "Tap")), kept=False
    ),
    "run-long": Picture(page="run", more=lambda demo: _at(demo, "long", None), kept=False),
    "run-choose": Picture(page="run", more=lambda _demo: {}, kept=False),
    "history-all": Picture(page="history", more=lambda _demo: {}, kept=False),
    "history-empty": Picture(page="history", more=lambda _demo: {}, empty=True, kept=False),
    "statistics-empty": Picture(
        page="history", more=lambda _demo: {"history": {"tab": "statistics"}}, empty=True, kept=False
    ),
    "run-empty": Picture(page="run", more=lambda _demo: {}, empty=True, kept=False),
    "guide": Picture(page="phones", more=lambda _demo: {"phones": {"guide_open": True}}, kept=False),
    "options": Picture(page="phones", more=lambda demo: {**_draft(), **_at(demo, "dark", None)}, kept=False),
    "models": Picture(page="settings", more=lambda _demo: {"settings": {"section": "models"}}, kept=False),
    "tasks": Picture(page="settings", more=lambda _demo: {"settings": {"section": "tasks"}}, kept=False),
    "about": Picture(page="settings", more=lambda _demo: {"settings": {"section": "about"}}, kept=False),
}


def _draft() -> dict[str, Any]:
    return {"draft": {"text": TASKS["long"], "max_steps": "many"}, "phones": {"options_open": True}}


def _at(demo: Demo, name: str, step_num: int | None) -> dict[str, Any]:
    return {"session_id": demo.tasks[name], "step_num": step_num}


def _differs_little(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether two pictures are the same but for a clock or an age that went on."""
    difference = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 8 else 0)  # noqa: PLR2004
    return difference.histogram()[255] < one.width * one.height / 200


def keep(picture: Image.Image, file: Path) -> None:
    """Write a picture with as many colours as it may have bytes."""
    for colours in (256, 160, 96, 64):
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size < BYTES_MAX:
            break
    print(f"{file}: {file.stat().st_size:,} bytes", flush=True)


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


if __name__ == "__main__":
    sys.exit(main())
