"""Each open window of a home has a state file of its own, and one that is started again finds what it had."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gui.state import WindowState
from gui.state_file import take_state_file
from shared.paths import Home

TREE = Path(__file__).parents[2]
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from gui.state import WindowState
from gui.state_file import take_state_file
from shared.paths import Home
app = QCoreApplication([])
file = take_state_file(Home(Path(sys.argv[1])))
state = WindowState(file.path, file.first)
print(file.path.name, state.now.draft.text or "-", state.now.theme, flush=True)
for line in sys.stdin:
    state.now.draft.text, state.now.theme = line.split()
    state.save()
    state.close()
    print("written", flush=True)
file.release()
"""


class Window:
    """A process that remembers itself as a window does."""

    def __init__(self, home: Home) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WINDOW, str(home.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TREE)},
        )
        self.file, self.draft, self.theme = self._read().split()

    def type(self, text: str, theme: str) -> None:
        self.process.stdin.write(f"{text} {theme}\n")
        self.process.stdin.flush()
        assert self._read() == "written"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def _read(self) -> str:
        return self.process.stdout.readline().strip()


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def open_window(home):
    windows = []

    def make():
        windows.append(Window(home))
        return windows[-1]

    yield make
    for window in windows:
        if window.process.poll() is None:
            window.end()


def kept(home, name):
    return json.loads((home.root / name).read_text())["draft"]["text"]


def test_windows_that_are_open_together_keep_what_is_typed_apart(home, open_window):
    first, second, third = (open_window() for _ in range(3))
    assert [one.file for one in (first, second, third)] == ["window.json", "window-2.json", "window-3.json"]
    first.type("one", "dark")
    second.type("two", "light")
    first.type("one-more", "dark")
    assert (kept(home, "window.json"), kept(home, "window-2.json")) == ("one-more", "two")
    assert not (home.root / "window-3.json").exists(), "nothing was chosen there"


def test_a_killed_window_comes_back_with_what_it_had_beside_one_that_goes_on(home, open_window):
    first, second = open_window(), open_window()
    first.type("one", "dark")
    second.type("two", "light")
    first.kill()
    again = open_window()
    assert (again.file, again.draft, again.theme) == ("window.json", "one", "dark")
    second.type("two-more", "light")
    again.type("one-more", "dark")
    assert (kept(home, "window.json"), kept(home, "window-2.json")) == ("one-more", "two-more")


def test_a_closed_windows_file_is_the_next_ones(open_window):
    first, second = open_window(), open_window()
    second.type("two", "light")
    first.end()
    second.end()
    assert open_window().file == "window.json"
    again = open_window()
    assert (again.file, again.draft) == ("window-2.json", "two")


def test_a_further_window_begins_with_what_was_set_up_in_the_first_and_not_with_what_is_typed_there(open_window):
    first = open_window()
    first.type("one", "dark")
    second = open_window()
    assert (second.file, second.draft, second.theme) == ("window-2.json", "-", "dark")


def test_only_the_first_window_of_a_home_is_new(home, qapp):
    file = take_state_file(home)
    assert file.first is None
    assert WindowState(file.path).is_new
    assert not WindowState(home.root / "window-2.json", file.path).is_new
    file.release()


def test_a_first_windows_file_that_cannot_be_read_is_left_to_it(home, qapp):
    (home.root / "window.json").write_text("{")
    assert WindowState(home.root / "window-2.json", home.root / "window.json").now.theme == "system"
    assert (home.root / "window.json").read_text() == "{"


def test_what_lies_in_the_locks_place_keeps_no_window_from_opening(home, qapp):
    home.lock("window").mkdir()
    file = take_state_file(home)
    assert file.path.name == "window.json"
    file.release()


def test_the_desk_holds_its_file_until_it_is_closed(core, open_window):
    assert core.desk.state._path.name == "window.json"
    process = Window(core.home)
    assert process.file == "window-2.json"
    process.end()
    core.desk.close()
    process = Window(core.home)
    assert process.file == "window.json"
    process.end()
