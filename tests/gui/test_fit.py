"""The window fits a small screen: each page, filled with the longest texts, at 1200x700, at 100 % and at 200 %.

Qt takes its scale when it starts, so each combination is looked at by a process of its own (window_fit.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PROGRAM = TREE / "tests" / "support" / "window_fit.py"


def look(folder, language, scale, *more):
    # Python may have been told to leave the program's own folder out.
    where = os.pathsep.join((str(TREE), str(PROGRAM.parent)))
    variables = {"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": where}
    command = [sys.executable, str(PROGRAM), language, str(folder), *more]
    ran = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, encoding="utf-8", timeout=90, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("scale", ["1", "2"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_is_too_large_or_cuts_a_text_off(tmp_path, language, scale):
    found = look(tmp_path, language, scale)
    assert {view: shown["wrong"] for view, shown in found.items() if shown["wrong"]} == {}
    assert {shown["ratio"] for shown in found.values()} == {float(scale)}


def test_a_page_that_is_too_wide_is_noticed(tmp_path):
    views = ["phones", "run, thinking", "history, history", "settings, general"]
    found = look(tmp_path, "en", "2", *views)
    assert [view for view, shown in found.items() if shown["wrong"]] == views
