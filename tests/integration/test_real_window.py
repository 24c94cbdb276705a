"""The real window, drawn to memory, as a child of the real supervisor: it comes up, comes back, and goes."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest
from stepwell_harness import Stepwell, wait_for

if TYPE_CHECKING:
    from shared.messages import ProcessRow


@pytest.fixture
def stepwell(stepwell: Stepwell) -> Stepwell:
    """A Stepwell whose window is drawn to memory."""
    stepwell.env = {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}
    return stepwell


def window(stepwell: Stepwell) -> ProcessRow | None:
    return next((row for row in stepwell.processes() if row.role == "gui"), None)


def ready(stepwell: Stepwell, but: int | None = None) -> ProcessRow:
    def found() -> ProcessRow | None:
        row = window(stepwell)
        return row if row is not None and row.state == "ready" and row.pid != but else None

    return wait_for("the window is ready", found)  # type: ignore[no-any-return]


def test_a_killed_window_comes_back_where_it_was_and_tasks_do_not_notice(stepwell: Stepwell) -> None:
    stepwell.home.mkdir()
    remembered = {"page": "settings", "theme": "dark", "settings": {"section": "about"}}
    (stepwell.home / "window.json").write_text(json.dumps(remembered))
    stepwell.start("up", "--demo", "--fast")
    first = ready(stepwell).pid or 0
    os.kill(first, signal.SIGKILL)
    done = stepwell.run("run", "Open Settings and turn on dark mode", "--json")
    assert done.code == 0, done.err
    ready(stepwell, but=first)
    kept = json.loads((stepwell.home / "window.json").read_text())
    assert (kept["page"], kept["settings"]["section"]) == ("settings", "about")
    assert stepwell.run("down").code == 0
    log = [json.loads(line) for line in (stepwell.home / "logs" / "gui.jsonl").read_text().splitlines()]
    ends = [line["exit_code"] for line in log if line["event"] == "ended"]
    assert ends == [0], "it ended by itself, not by force"
    assert not [line for line in log if line["level"] == "error"]
