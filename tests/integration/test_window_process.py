"""The window's process, played by a stand-in: it comes first, endangers nothing, and is closed when a person likes."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stepwell_harness import Stepwell, is_alive, wait_for

from shared.errors import StepwellError
from supervisor.plan import HEAD_START_S

if TYPE_CHECKING:
    import subprocess

    from shared.messages import ProcessRow

STAND_IN = Path(__file__).parents[1] / "support" / "stand_in_window"


@pytest.fixture
def stepwell(stepwell: Stepwell) -> Stepwell:
    """A Stepwell on a machine with a display."""
    stepwell.env = {"PYTHONPATH": f"{STAND_IN}:{stepwell.tree}", "DISPLAY": ":0"}
    return stepwell


def up(stepwell: Stepwell, how: str = "open") -> subprocess.Popen[bytes]:
    child = stepwell.start("up", "--demo", "--fast", env={"STAND_IN_WINDOW": how})
    wait_for("all but the window is ready", lambda: others_ready(stepwell))
    return child


def others_ready(stepwell: Stepwell) -> bool:
    rows = [row for row in stepwell.processes() if row.role != "gui"]
    return any(row.role == "worker" for row in rows) and all(row.state == "ready" for row in rows)


def window(stepwell: Stepwell) -> ProcessRow:
    rows = stepwell.processes()
    assert rows
    assert rows[0].name == "gui", "it is started first"
    return rows[0]


def said(stepwell: Stepwell) -> str:
    return (stepwell.home.parent / f"{stepwell.home.name}.out").read_text()


def close_window(stepwell: Stepwell) -> None:
    (stepwell.home / "run" / "close-window").touch()


def pids_of_others(stepwell: Stepwell) -> set[int | None]:
    return {row.pid for row in stepwell.processes() if row.role != "gui"}


def test_a_killed_window_comes_back_a_closed_one_does_not_and_everything_else_goes_on(stepwell: Stepwell) -> None:
    up(stepwell)
    wait_for("the window is ready", lambda: window(stepwell).state == "ready")
    others = pids_of_others(stepwell)
    os.kill(window(stepwell).pid or 0, signal.SIGKILL)
    wait_for("it is back", lambda: (window(stepwell).state, window(stepwell).restarts) == ("ready", 1))
    close_window(stepwell)
    wait_for("it has ended", lambda: window(stepwell).state == "ended")
    wait_for(
        "the terminal says so",
        lambda: "gui        ended: closed; `stepwell gui` opens a window again" in said(stepwell),
    )
    assert others_ready(stepwell)
    assert pids_of_others(stepwell) == others
    assert window(stepwell).restarts == 1


def test_the_window_comes_before_all_else_and_all_else_when_it_is_there_or_had_its_head_start(
    stepwell: Stepwell,
) -> None:
    up(stepwell)
    told = [
        (line["event"], line["child"].partition(".")[0], datetime.fromisoformat(line["at"]))
        for line in stepwell.logged("supervisor")
        if line["event"] in ("child started", "child ready")
    ]
    (what, who, began), (then, _, at) = told[:2]
    assert (what, who) == ("child started", "gui")
    # A crowded machine may be slower with the window than its head start.
    assert then == "child ready" or (at - began).total_seconds() >= HEAD_START_S - 0.05


@pytest.mark.faults
def test_a_window_that_is_killed_six_times_in_a_minute_is_not_given_up(stepwell: Stepwell) -> None:
    def wait_for_life(restarts: int) -> None:
        wait_for("it is ready", lambda: (window(stepwell).state, window(stepwell).restarts) == ("ready", restarts))

    up(stepwell)
    for count in range(6):
        wait_for_life(count)
        os.kill(window(stepwell).pid or 0, signal.SIGKILL)
    wait_for_life(6)
    assert others_ready(stepwell)


def test_without_its_libraries_the_sentence_is_told_once_and_everything_else_runs(stepwell: Stepwell) -> None:
    up(stepwell, "library")
    row = wait_for("it is given up", lambda: window(stepwell) if window(stepwell).state == "failed" else None)
    assert row.detail == "the window cannot be shown: libGL.so.1 is missing; apt-get install libgl1"
    assert row.restarts == 0
    assert said(stepwell).count("apt-get install libgl1") == 1
    assert others_ready(stepwell)


def test_without_a_display_there_is_no_window_and_the_terminal_says_why(stepwell: Stepwell) -> None:
    del stepwell.env["DISPLAY"]
    up(stepwell)
    assert "gui" not in [row.name for row in stepwell.processes()]
    assert "there is no display: running headless" in said(stepwell)


@pytest.mark.parametrize("how", ["slow", "hung"])
def test_a_window_that_does_not_answer_delays_neither_the_start_nor_the_end_and_is_not_killed(
    stepwell: Stepwell, how: str
) -> None:
    child = up(stepwell, how)
    wait_for("the start is over", lambda: "Stepwell runs in" in said(stepwell))
    if how == "hung":
        wait_for("it is reported", lambda: "no heartbeat" in window(stepwell).detail)
    pid = window(stepwell).pid or 0
    task = stepwell.script("- tap: [100, 200]\n- tap: [101, 201]\n")
    stepwell.wait_state(task, "SUCCESS")
    assert is_alive(pid)
    workers = [row.pid or 0 for row in stepwell.processes() if row.role == "worker"]
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    wait_for("the workers have ended", lambda: not any(is_alive(one) for one in workers))
    assert time.monotonic() - began < 2.0
    child.wait(timeout=20)
    assert not is_alive(pid)


def test_a_window_of_its_own_is_opened_and_closed_beside_the_supervisors(stepwell: Stepwell) -> None:
    up(stepwell)
    first, second = (stepwell.start("gui") for _ in range(2))
    pids = wait_for("two more windows are open", lambda: windows_of(stepwell))
    names = [row.name for row in stepwell.processes()]
    assert [name for name in names if name.startswith("gui")] == ["gui"], "they are not the supervisor's"
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=10) == 0
    wait_for("one is closed", lambda: sum(is_alive(pid) for pid in pids) == 1)
    second.kill()
    second.wait()
    wait_for("the other ends with its command", lambda: not any(is_alive(pid) for pid in pids), 2.5)
    assert window(stepwell).state == "ready"
    assert window(stepwell).restarts == 0
    third = stepwell.start("gui")
    wait_for("a third is open", lambda: len(list((stepwell.home / "logs").glob("gui-*.jsonl"))) == 3)
    close_window(stepwell)
    assert third.wait(timeout=10) == 0
    assert others_ready(stepwell)


def windows_of(stepwell: Stepwell) -> list[int]:
    """The pids of the windows that commands have opened, when two of them are ready."""
    logs = [path.stem for path in (stepwell.home / "logs").glob("gui-*.jsonl")]
    ready = [line["pid"] for name in logs for line in stepwell.logged(name) if line["event"] == "ready"]
    return ready if len(ready) == 2 else []


def test_a_window_that_cannot_be_opened_is_a_clear_error(stepwell: Stepwell) -> None:
    nothing = stepwell.run("gui")
    assert (nothing.code, "not running" in nothing.err) == (3, True)
    stepwell.up("--fast")
    no_display = stepwell.run("gui", env={"DISPLAY": ""})
    assert (no_display.code, "no display" in no_display.err) == (2, True)
    no_library = stepwell.run("gui", env={"STAND_IN_WINDOW": "library"})
    assert (no_library.code, "apt-get install libgl1" in no_library.err) == (2, True)


def test_the_demos_window_shows_a_run_without_a_click_and_closing_it_brings_the_demo_down(stepwell: Stepwell) -> None:
    demo = stepwell.start("demo", "--fast")
    wait_for("the sample task has ended well", lambda: sample(stepwell) == "SUCCESS")
    assert window(stepwell).state == "ready"
    assert demo.poll() is None, "it stays"
    close_window(stepwell)
    assert demo.wait(timeout=30) == 0
    assert "SUCCESS" in said(stepwell)
    assert stepwell.processes() == []


def test_the_window_of_a_demo_is_told_the_language_that_was_asked_for_and_the_settings_stay(stepwell: Stepwell) -> None:
    demo = stepwell.start("demo", "--fast", "--language", "zh")
    wait_for("the sample task has ended well", lambda: sample(stepwell) == "SUCCESS")
    told = json.loads((stepwell.home / "run" / "window-options.json").read_text())
    assert told == {"ends_with_window": "1", "language": "zh"}
    assert not (stepwell.home / "stepwell.toml").exists()
    close_window(stepwell)
    assert demo.wait(timeout=30) == 0


def test_ctrl_c_ends_the_demo_with_its_window_and_the_task_in_hand(stepwell: Stepwell) -> None:
    demo = stepwell.start("demo")
    wait_for("the sample task runs", lambda: sample(stepwell) == "RUNNING")
    demo.send_signal(signal.SIGINT)
    assert demo.wait(timeout=40) == 0
    assert "STOPPED" in said(stepwell)
    assert stepwell.processes() == []


def test_a_demo_that_is_brought_down_from_elsewhere_ends_well(stepwell: Stepwell) -> None:
    demo = stepwell.start("demo", "--fast")
    wait_for("the sample task has ended well", lambda: sample(stepwell) == "SUCCESS")
    assert stepwell.run("down").code == 0
    assert demo.wait(timeout=30) == 0
    assert "brought down" in said(stepwell)


def test_a_demo_whose_window_cannot_be_shown_goes_on_in_the_terminal(stepwell: Stepwell) -> None:
    done = stepwell.run("demo", "--fast", env={"STAND_IN_WINDOW": "library"})
    assert done.code == 0, done.out + done.err
    assert "apt-get install libgl1" in done.out
    assert "SUCCESS" in done.out


def sample(stepwell: Stepwell) -> str:
    try:
        return str(stepwell.task("@last").final_status)
    except StepwellError:
        return ""
