"""The window's process: what is missing is told before Qt is imported, with the line that installs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).parents[2]
FAKED = """
import sys
from shared import window_libraries
window_libraries._opens = lambda name: name != "libEGL.so.1"
import gui.__main__ as window
window.is_child = lambda: True
code = window.main()
assert not any(name.startswith("PySide6") for name in sys.modules), "Qt was imported"
sys.exit(code)
"""


def run(*arguments):
    env = {**os.environ, "PYTHONPATH": str(TREE)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env, check=False)


def test_a_missing_library_is_named_with_the_line_that_installs_it():
    ran = run("-c", FAKED)
    assert ran.returncode == 78
    assert ran.stderr.strip() == "the window cannot be shown: libEGL.so.1 is missing; apt-get install libegl1"


def test_started_by_hand_it_says_how_it_is_started():
    ran = run("-P", "-m", "gui")
    assert ran.returncode == 2
    assert "stepwell gui" in ran.stderr
