"""Stop stops: the step in flight is finished and recorded, a hang is ended by force, the device is free."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

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


def test_a_stopped_process_is_forced_when_it_does_not_answer_a_stop(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    task = stepwell.script("- tap: [100, 200]\n- wait: 50\n")
    wait_for_open_step(stepwell, task, 2)
    os.kill(stepwell.pid("worker-1"), signal.SIGSTOP)
    stepwell.run("stop", task)
    shown = stepwell.wait_state(task, "STOPPED", "CRASHED")
    # Whoever is first ends it: the stop that got no answer (STOPPED, forced) or the missed heartbeats (CRASHED).
    assert "forced" in shown["transitions"][-1]["event"] or "heartbeat" in shown["task"]["error_message"]
    assert shown["steps"][1]["outcome"] == "unknown"
    wait_for("the worker is back", stepwell.all_ready)
    check_everything(stepwell, None, [task])


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
