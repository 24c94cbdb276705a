"""The `command` agent with real programs on the demo phone: what each program does costs only its own task."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from fault_checks import check_everything, outcomes
from stepwell_harness import REPOSITORY, Stepwell, is_alive, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDINGS = ("SUCCESS", "FAILED", "CRASHED", "STOPPED")
ODD = REPOSITORY / "tests" / "support" / "programs" / "odd_program.py"
EXAMPLES = REPOSITORY / "examples" / "command"
MARK = "an outside program, whose own acts on the phone stand in no step"


class Lab:
    """A running demo, and programs in it."""

    def __init__(self, stepwell: Stepwell, folder: Path) -> None:
        self.stepwell = stepwell
        self.worker = stepwell.pid("worker-1")
        self.tasks: list[str] = []
        self._folder = folder

    def start(self, command: str, text: str = "x") -> str:
        """Queue a task that runs a command."""
        self.tasks.append(self.stepwell.submit(text, "--command", command))
        return self.tasks[-1]

    def odd(self, mode: str) -> tuple[str, Path]:
        """Queue a task that runs the odd program; return its id and the file with its pids."""
        pids = self._folder / f"{mode}-{len(self.tasks)}.pids"
        return self.start(shlex.join([sys.executable, str(ODD), mode, str(pids)])), pids

    def ended(self, task: str, state: str) -> dict[str, Any]:
        """Wait for the end of a task, which must be `state`; the worker must live on."""
        shown = self.stepwell.wait_state(task, *ENDINGS)
        assert shown["task"]["state"] == state, shown["task"]["error_message"]
        assert self.stepwell.pid("worker-1") == self.worker
        return shown

    def release(self) -> None:
        """Let the phone go on after an unknown outcome."""
        assert self.stepwell.run("devices", "release", self.stepwell.phone_state()["serial"]).code == 0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("command")
    stepwell = Stepwell(folder / "home")
    stepwell.up("--fast", "--seed", "1", "--language", "en")
    made = Lab(stepwell, folder)
    yield made
    stepwell.down()
    check_everything(stepwell, None, made.tasks)


def report_of(shown: dict[str, Any]) -> str:
    """Return the sentence with which the program reported success."""
    return str(shown["transitions"][-1]["reason"])


def pids_in(path: Path, count: int) -> list[int]:
    """Return the pids that a program has written down, when there are `count`."""
    wait_for(f"{count} pids in {path.name}", lambda: path.exists() and len(path.read_text().split()) == count)
    return [int(pid) for pid in path.read_text().split()]


def test_the_example_in_python_does_its_task_in_recorded_steps(lab: Lab) -> None:
    task = lab.start(shlex.join([sys.executable, str(EXAMPLES / "agent.py")]), "Settings")
    shown = lab.ended(task, "SUCCESS")
    assert report_of(shown).startswith("Settings is open (")
    assert outcomes(shown) == ["done", "done"]
    assert [step["action"]["action"] for step in shown["steps"]] == ["key", "launch"]
    assert all(step["screenshot_path"] for step in shown["steps"])
    assert lab.stepwell.mutating()[-1].startswith("monkey -p com.android.settings")


def test_the_example_in_shell_does_its_task_with_a_step_of_its_own(lab: Lab) -> None:
    shown = lab.ended(lab.start(f"sh {EXAMPLES / 'agent.sh'}"), "SUCCESS")
    assert report_of(shown).startswith("it is ")
    assert [(step["action"]["action"], step["outcome"]) for step in shown["steps"]] == [
        ("key", "done"),
        ("look at the clock", "done"),
    ]
    assert shown["steps"][1]["message"] == report_of(shown)


def test_a_run_is_marked_as_an_outside_programs_in_the_record_and_in_show(lab: Lab) -> None:
    task = lab.start(f"sh {EXAMPLES / 'agent.sh'}")
    shown = lab.ended(task, "SUCCESS")
    assert shown["notes"][0]["text"].startswith(f"{MARK}: sh ")
    assert f"run by {MARK}" in lab.stepwell.run("show", task).out


def test_mistakes_are_answered_by_errors_and_do_nothing(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    shown = lab.ended(lab.odd("mistakes")[0], "FAILED")
    assert shown["task"]["error_message"] == "mistakes were made"
    assert outcomes(shown) == ["failed", "done", "failed"]
    assert shown["steps"][0]["message"] == "not this time"
    said = shown["notes"][-1]["text"]
    for part in (
        "'fly'",
        "`begin` has opened",
        "more than 1,048,576 bytes",
        "act while step 1 is open",
        "finish while",
    ):
        assert part in said
    assert "No Such App" in said
    assert lab.stepwell.mutating()[len(before) :] == ["input tap 5 5"]


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("flood", "20 lines in a row that are no requests"),
        ("endless", "has written more than 67,108,864 bytes"),
        ("die", "ended without finish or fail (exit status 3); its last words: it is too hot here"),
        ("fork", "more than 256 processes at once"),
    ],
)
def test_a_program_that_misbehaves_fails_its_own_task_and_nothing_else(lab: Lab, mode: str, said: str) -> None:
    shown = lab.ended(lab.odd(mode)[0], "FAILED")
    assert said in shown["task"]["error_message"]
    assert shown["steps"] == []


def test_a_program_that_cannot_be_started_is_said(lab: Lab) -> None:
    shown = lab.ended(lab.start("/no/such/program"), "FAILED")
    assert "cannot be started: /no/such/program: No such file or directory" in shown["task"]["error_message"]


def test_children_that_a_program_leaves_behind_are_ended_with_its_task(lab: Lab) -> None:
    task, pids = lab.odd("leave_children")
    lab.ended(task, "SUCCESS")
    (child,) = pids_in(pids, 1)
    wait_for("the child is gone", lambda: not is_alive(child), 5.0)


def test_a_program_that_dies_in_its_own_step_leaves_it_unknown(lab: Lab) -> None:
    shown = lab.ended(lab.odd("die_in_a_step")[0], "FAILED")
    assert "signal 9" in shown["task"]["error_message"]
    assert outcomes(shown) == ["unknown"]
    assert shown["task"]["unknown_step"] == 1
    lab.release()


def test_a_stop_ends_a_program_that_hangs_deaf_and_all_that_it_has_started(lab: Lab) -> None:
    task, pids = lab.odd("hang")
    family = pids_in(pids, 3)
    begun = time.monotonic()
    assert lab.stepwell.run("stop", task).code == 0
    assert time.monotonic() - begun < 8
    shown = lab.ended(task, "STOPPED")
    assert "forced" not in [row["event"] for row in shown["transitions"]]
    assert outcomes(shown) == ["unknown"]
    assert [pid for pid in family if is_alive(pid)] == []
    lab.release()


def test_nothing_of_a_program_outlives_a_worker_that_is_killed(lab: Lab) -> None:
    task, pids = lab.odd("hang")
    family = pids_in(pids, 3)
    os.kill(lab.worker, signal.SIGKILL)
    wait_for("the program and its children are gone", lambda: not any(is_alive(pid) for pid in family), 5.0)
    shown = lab.stepwell.wait_state(task, *ENDINGS)
    assert shown["task"]["state"] == "CRASHED"
    assert outcomes(shown) == ["unknown"]


def test_script_and_command_together_are_refused(lab: Lab) -> None:
    done = lab.stepwell.run("run", "x", "--command", "true", "--script", lab.stepwell.flow_file("- key: HOME"))
    assert done.code == 2
    assert "different agents" in done.err
