"""Stop stops: the step in flight is finished and recorded, a hang is ended by force, the device is free."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from fault_checks import check_everything, taps
from stepwell_harness import Stepwell, wait_for

if TYPE_CHECKING:
    from pathlib import Path


def wait_for_open_step(stepwell: Stepwell, task: str, number: int) -> None:
    def begun() -> bool:
        return client.task(task).task.total_steps >= number

    client = stepwell.client()
    wait_for(f"step {number} has begun", begun)
    client.close()


def finish_another_task(stepwell: Stepwell) -> str:
    """The device is free: another task runs on it to its end."""
    task = stepwell.script(taps(2, first=400))
    assert stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
    return task


def test_stop_in_mid_step_keeps_the_step_with_its_outcome_and_frees_the_device(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    task = stepwell.script("- tap: [100, 200]\n- wait: 50\n- tap: [101, 201]\n")
    wait_for_open_step(stepwell, task, 2)
    asked = time.monotonic()
    assert stepwell.run("stop", task).code in (0, 4)
    shown = stepwell.wait_state(task, "STOPPED")
    assert time.monotonic() - asked < 40, "the wait of 50 s was cut short"
    assert shown["transitions"][-1]["event"] == "stopped", "nobody had to use force"
    assert shown["steps"][0]["outcome"] == "done"
    assert shown["steps"][1]["outcome"] is not None
    assert len(shown["steps"]) == 2
    assert shown["task"]["total_steps"] == 2
    assert shown["task"]["total_time"] > 0
    assert [row["to_state"] for row in shown["transitions"]] == ["CREATED", "RUNNING", "STOPPING", "STOPPED"]
    other = finish_another_task(stepwell)
    stepwell.down()
    check_everything(stepwell, None, [task, other])


def test_a_waiting_task_is_cancelled(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    running = stepwell.script("- wait: 50\n")
    waiting = stepwell.script(taps(2))
    assert stepwell.run("stop", waiting).code in (0, 4)
    assert stepwell.wait_state(waiting, "STOPPED")["steps"] == []
    assert stepwell.run("stop", "--all").code in (0, 4)
    stepwell.wait_state(running, "STOPPED")


def test_a_hanging_agent_is_ended_by_force_and_its_step_is_named_unknown(stepwell_with_plugins: Stepwell) -> None:
    stepwell = stepwell_with_plugins
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text("[limits]\nstop_grace_s = 1.0\n")
    stepwell.up("--fast")
    task = stepwell.submit("hang", "--agent", "hanging")
    wait_for_open_step(stepwell, task, 1)
    stepwell.run("stop", task)
    shown = stepwell.wait_state(task, "STOPPED", "CRASHED")
    assert shown["task"]["state"] == "STOPPED"
    assert shown["transitions"][-1]["event"] == "forced"
    assert shown["steps"][0]["outcome"] == "unknown"
    assert shown["task"]["unknown_step"] == 1
    wait_for("the worker is back", stepwell.all_ready)
    stepwell.run("devices", "release", stepwell.phone_state()["serial"])
    other = finish_another_task(stepwell)
    stepwell.down()
    check_everything(stepwell, None, [task, other])


@pytest.mark.parametrize("store_away", [False, True], ids=["store-there", "store-away"])
@pytest.mark.parametrize(
    "rounds", [1, pytest.param(3, marks=pytest.mark.faults)]
)  # the fifth death in a minute is one too many
def test_a_stopped_process_is_always_forced_when_it_does_not_answer_a_stop(
    stepwell: Stepwell, store_away: bool, rounds: int
) -> None:
    stepwell.up("--fast")
    tasks = [stop_a_stopped_worker(stepwell, 200 + number, store_away=store_away) for number in range(rounds)]
    check_everything(stepwell, None, tasks)


def stop_a_stopped_worker(stepwell: Stepwell, tap: int, *, store_away: bool) -> str:
    """SIGSTOP the worker (and the daemon), stop its task, and return it when it has ended as asked."""
    task = stepwell.script(f"- tap: [100, {tap}]\n- wait: 50\n")
    wait_for_open_step(stepwell, task, 2)
    wait_for("a heartbeat names the task", lambda: any(row.session_id == task for row in stepwell.processes()))
    daemon = stepwell.pid("daemon")
    os.kill(stepwell.pid("worker-1"), signal.SIGSTOP)
    if store_away:
        os.kill(daemon, signal.SIGSTOP)
    try:
        done = stepwell.run("stop", task)
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert done.code == 0, done.err
    shown = stepwell.wait_state(task, "STOPPED", "CRASHED")
    assert [row["event"] for row in shown["transitions"][2:]] == ["stop_asked", "forced"], shown["task"]
    assert all(row["by"].startswith("cli-") for row in shown["transitions"][2:])
    assert shown["task"]["state"] == "STOPPED"
    assert shown["steps"][1]["outcome"] == "unknown"
    wait_for("the worker is back", stepwell.all_ready)
    stepwell.run("devices", "release", stepwell.phone_state()["serial"])
    return task


def test_missed_heartbeats_after_a_stop_was_asked_for_end_the_task_as_stopped(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    task = stepwell.script("- wait: 50\n")
    wait_for_open_step(stepwell, task, 1)
    os.kill(stepwell.pid("worker-1"), signal.SIGSTOP)
    command = subprocess.Popen(stepwell.command("stop", task), env=stepwell.environment(), stdout=subprocess.DEVNULL)
    wait_for("the supervisor knows of the stop", lambda: stop_is_expected(stepwell))
    command.kill()  # before the 2 s are over after which it would have asked for force
    command.wait()
    shown = stepwell.wait_state(task, "STOPPED", "CRASHED")
    assert shown["task"]["state"] == "STOPPED"
    assert "stopped by a person; the worker missed its heartbeats" in shown["task"]["error_message"]


def stop_is_expected(stepwell: Stepwell) -> bool:
    return any(line["event"] == "a person stops the task of a worker" for line in stepwell.logged("supervisor"))


def test_an_agent_that_swallows_every_stop_makes_no_new_step(stepwell_with_plugins: Stepwell, tmp_path: Path) -> None:
    stepwell = stepwell_with_plugins
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text("[limits]\nstop_grace_s = 1.0\n")
    stepwell.up("--fast")
    task = stepwell.submit("swallow", "--agent", "swallowing")
    wait_for_open_step(stepwell, task, 3)
    stepwell.run("stop", task)
    shown = stepwell.wait_state(task, "STOPPED")
    stopping = next(row["seq"] for row in shown["transitions"] if row["to_state"] == "STOPPING")
    assert all(step["begun_seq"] < stopping for step in shown["steps"])
    wait_for("the worker is back", stepwell.all_ready)
    check_everything(stepwell, None, [task])
