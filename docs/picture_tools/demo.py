"""A demo in a home of its own, the tasks that are run in it, and its window: all by the real commands.

Each step waits for what it needs, never for a time. Used by make_pictures.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from picture_tools.screen import PATIENCE_S, display, keep, rest, wait_for
from picture_tools.shown import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from picture_tools.shown import Picture
    from shared.settings import Language

TREE: Final = Path(__file__).resolve().parents[2]
FEW: Final = 2  # steps: then there is something to be seen
ENDED: Final = ("SUCCESS", "FAILED", "STOPPED", "CRASHED")


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
        wait_for(f"{name} has ended", lambda: self.state(self.tasks[name]) in ENDED)

    def crash(self) -> None:
        """Kill the worker in the midst of a task, as the demo's button does."""
        self.tasks["crashed"] = self._queue("crashed")
        wait_for("it has begun", lambda: len(self.steps("crashed")) > 1)
        rows = json.loads(self.stepwell("status", "--json"))["processes"]
        os.kill(next(row["pid"] for row in rows if row["name"] == "worker-1"), signal.SIGKILL)
        wait_for("it is recorded as crashed", lambda: self.state(self.tasks["crashed"]) == "CRASHED")

    def shoot(self, name: str, picture: Picture, ready: Callable[[], object] = lambda: True) -> None:
        """Open the window as the picture wants it, wait until it is `ready` and rests, and keep what it shows."""
        remembered = {"page": picture.page, "theme": picture.theme, "notify": False, **picture.more(self)}
        (self.home / "window.json").write_text(json.dumps(remembered), encoding="utf-8")
        (self.home / "stepwell.toml").write_text(f'language = "{self._language}"\n', encoding="utf-8")
        size = (picture.size[0] * picture.scale, picture.size[1] * picture.scale)
        with display(size) as self._screen, self._window(picture.scale, size):
            wait_for(f"the window of {name} is ready", ready)
            keep(rest(self._screen, name), self._pictures / f"{name}.png")

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

    def _live(self, picture: Picture) -> None:
        """PHONES while a task runs; the picture is taken when a few steps are recorded, then the task goes on."""
        self.tasks["live"] = self._queue("live")
        self._queue("dark")  # something must wait, too
        self.shoot("phones", picture, lambda: len(self.steps("live")) > FEW)
        wait_for("both have ended", lambda: '"CREATED"' not in self._all() and '"RUNNING"' not in self._all())

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
            wait_for("there is a window", is_placed)
            yield
        finally:
            window.send_signal(signal.SIGINT)
            window.wait(timeout=PATIENCE_S)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "supervisor", *arguments, "--home", str(self.home)]

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEPWELL_", "QT_"))}
        return kept | {"PYTHONPATH": str(TREE), "PYTHONUTF8": "1"}
