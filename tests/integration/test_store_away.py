"""The commands while the store does not answer: they go on, act at once, and say what they do not know."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from stepwell_harness import PATIENCE_S, Stepwell, wait_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

WAITING = "- wait: 50\n"
AT_ONCE_S = 10.0  # one second is meant; who waits for the store waits until it is back: for ever, here


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    instance = Stepwell(tmp_path_factory.mktemp("away") / "home")
    instance.up("--fast")
    yield instance
    instance.end()


@contextmanager
def store_away(stepwell: Stepwell) -> Iterator[None]:
    """Let the daemon answer nobody; it is the same one before and after."""
    daemon = stepwell.pid("daemon")
    os.kill(daemon, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(daemon, signal.SIGCONT)


def start_waiting(stepwell: Stepwell, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start `run` on a task that waits in its first step, and return it when that step has begun."""
    child, task = stepwell.start_run(WAITING, *arguments)
    wait_for("the step has begun", lambda: stepwell.task(task).open_step == 1)
    wait_for("a heartbeat names the task", lambda: any(row.session_id == task for row in stepwell.processes()))
    return child, task


def stops_of(stepwell: Stepwell, task: str) -> list[dict[str, object]]:
    return [row for row in stepwell.logged("worker-1") if row["event"] == "stop asked" and row["task"] == task]


def test_ctrl_c_stops_the_task_and_the_absence_and_the_return_are_said_once(running: Stepwell) -> None:
    child, task = start_waiting(running)
    assert child.stderr is not None
    with store_away(running):
        said = [child.stderr.readline()]
        assert "the store does not answer" in said[0]
        asked = time.monotonic()
        child.send_signal(signal.SIGINT)
        wait_for("the worker stops the task", lambda: stops_of(running, task))
        assert time.monotonic() - asked < AT_ONCE_S
        assert child.poll() is None
    out, rest = child.communicate(timeout=30)
    assert child.returncode == 4, rest
    assert json.loads(out.splitlines()[-1])["task"]["state"] == "STOPPED"
    assert [said[0], *rest.splitlines(keepends=True)] == [
        "stepwell: the store does not answer; waiting for it …\n",
        "stepwell: stopping … (Ctrl-C again leaves the task running)\n",
        "stepwell: the store is back\n",
    ]
    by = [row["by"] for row in running.show(task)["transitions"]]
    assert by[0] == by[2] == by[3] != "worker-1"
    assert by[0].startswith("cli-")


def test_a_second_ctrl_c_leaves_at_once_with_130(running: Stepwell) -> None:
    child, task = start_waiting(running)
    assert child.stderr is not None
    with store_away(running):
        assert "the store does not answer" in child.stderr.readline()
        child.send_signal(signal.SIGINT)
        assert "stopping" in child.stderr.readline()
        asked = time.monotonic()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
        assert time.monotonic() - asked < AT_ONCE_S
    assert child.returncode == 130
    running.wait_state(task, "STOPPED")


@pytest.mark.parametrize("command", ["run", "wait"])
def test_a_timeout_passes_with_7(running: Stepwell, command: str) -> None:
    began = time.monotonic()
    child, task = start_waiting(running, *(("--timeout", "3") if command == "run" else ()))
    with store_away(running):
        if command == "wait":
            child.kill()
            child.communicate()
            began = time.monotonic()
            done = running.run("wait", task, "--timeout", "1", "--json")
            assert (done.code, done.json["task"]) == (7, None)
        else:
            child.communicate(timeout=30)
            assert child.returncode == 7
        assert time.monotonic() - began < PATIENCE_S, "it waited for the store"
    assert running.task(task).final_status == "RUNNING"
    assert running.run("stop", task).code == 0


def test_a_submission_names_its_task_and_says_that_it_is_not_confirmed(running: Stepwell) -> None:
    script = ("--agent", "script", "--script", running.flow_file("- wait: 0\n"), "--no-start")
    with store_away(running):
        told = running.run("run", "x", *script, "--json")
    assert told.code == 3
    error = json.loads(told.err)
    assert error["code"] == "STORE_AWAY"
    assert f"task {error['session_id']} is not confirmed" in error["message"]
    assert error["session_id"] in error["remedy"]


def test_all_that_runs_is_stopped_and_what_waits_is_said_not_to_be(running: Stepwell) -> None:
    child, task = start_waiting(running)
    with store_away(running):
        done = running.run("stop", "--all", "--json")
    assert done.code == 3
    assert "1 running tasks are being stopped" in json.loads(done.err)["message"]
    child.communicate(timeout=30)
    assert child.returncode == 4
    assert stops_of(running, task)


def test_a_command_that_waits_ends_with_3_when_stepwell_is_brought_down(running: Stepwell) -> None:
    first, _ = start_waiting(running)
    second, waiting = running.start_run(WAITING)
    running.down()
    first.communicate(timeout=30)
    assert first.returncode in (3, 4)  # whether it could still read the end of its task
    _, err = second.communicate(timeout=30)
    assert second.returncode == 3
    assert json.loads(err.splitlines()[-1])["code"] == "NOT_RUNNING"
    assert running.show(waiting)["task"]["state"] == "CREATED"
