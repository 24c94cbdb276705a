"""The person's keyboard comes back after a crash too: owed before another is chosen, settled before the next claim."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from acknowledgements import keep_acknowledgements
from fault_checks import EventRecorder, check_everything, logged_events, taps
from stepwell_harness import FaultPoints, Stepwell, is_alive, wait_for

from demo.phone.state import ADB_IME, STANDARD_IME
from shared.messages import ClaimTask, DebtOwed, DebtSettled, DebtTried, StateChanged
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path

POINT = "worker.keyboard_chosen"
TYPE = "- type: 你好\n"


def kinds(stepwell: Stepwell) -> list[str]:
    """What became of debts and claims, in the order of the event log."""
    found = []
    for event in logged_events(stepwell).values():
        if isinstance(event.body, DebtOwed | DebtTried | DebtSettled):
            found.append(type(event.body).__name__)
        elif isinstance(event.body, StateChanged) and event.body.event is TaskEvent.CLAIMED:
            found.append(ClaimTask.__name__)
    return found


def run_another_task(stepwell: Stepwell) -> str:
    task = stepwell.script(taps(2, first=300))
    assert stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
    return task


def test_a_worker_killed_while_it_types_leaves_a_debt_that_is_settled_before_the_next_claim(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    points = FaultPoints(tmp_path / "faults", f"{POINT}=kill@1")
    keep_acknowledgements(stepwell)
    stepwell.up("--fast", env=points.environment())
    recorder = EventRecorder(stepwell)
    task = stepwell.script(TYPE)
    waiting = stepwell.script(taps(2, first=300))
    wait_for("the worker was killed with ADB Keyboard chosen", lambda: points.hits(POINT))
    wait_for("it is dead", lambda: not is_alive(points.hits(POINT)[0]))
    shown = stepwell.wait_state(task, "CRASHED", "SUCCESS", "FAILED")
    assert (shown["task"]["state"], shown["steps"][0]["outcome"]) == ("CRASHED", "unknown")
    wait_for("the keyboard is back, though the phone is held", lambda: stepwell.phone_state()["ime"] == STANDARD_IME)
    wait_for("the debt is settled", lambda: kinds(stepwell)[-1] == "DebtSettled")
    assert stepwell.task(waiting).final_status == "CREATED"
    stepwell.run("devices", "release", stepwell.phone_state()["serial"])
    assert stepwell.wait_state(waiting, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
    typed = stepwell.script(TYPE)
    assert stepwell.wait_state(typed, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
    wait_for("the keyboard is back", lambda: stepwell.phone_state()["ime"] == STANDARD_IME)
    stepwell.down()
    recorder.close()
    paid = ["ClaimTask", "DebtOwed", "DebtSettled"]
    assert kinds(stepwell) == [*paid, "ClaimTask", *paid]
    check_everything(stepwell, recorder, [task, waiting, typed])


@pytest.mark.faults
def test_a_supervisor_killed_while_a_worker_has_another_keyboard_chosen_leaves_a_debt_for_the_next_start(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    points = FaultPoints(tmp_path / "faults", f"{POINT}=block@1:{{gate}}")
    keep_acknowledgements(stepwell)
    supervisor = stepwell.up("--fast", env=points.environment())
    task = stepwell.script(TYPE)
    wait_for("ADB Keyboard is chosen", lambda: points.hits(POINT))
    worker = points.hits(POINT)[0]
    supervisor.kill()
    supervisor.wait()
    wait_for("the worker has ended with its supervisor", lambda: not is_alive(worker))
    points.open_gate()
    stepwell.up("--fast")
    shown = stepwell.wait_state(task, "CRASHED", "SUCCESS", "FAILED")
    assert (shown["task"]["state"], shown["steps"][0]["outcome"]) == ("CRASHED", "unknown")
    wait_for("the debt is settled", lambda: kinds(stepwell)[-1] == "DebtSettled")
    assert stepwell.phone_state()["ime"] == STANDARD_IME
    stepwell.down()
    check_everything(stepwell, None, [task])


@pytest.mark.faults
def test_a_debt_that_fails_three_times_holds_the_phone_and_a_release_writes_it_off(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    points = FaultPoints(tmp_path / "faults", f"{POINT}=block@1:{{gate}}")
    stepwell.up("--fast", env=points.environment())
    task = stepwell.script(TYPE)
    wait_for("ADB Keyboard is chosen", lambda: points.hits(POINT))
    stepwell.phone_shell(f"ime disable {STANDARD_IME}")
    os.kill(points.hits(POINT)[0], signal.SIGKILL)
    points.open_gate()
    serial = stepwell.phone_state()["serial"]

    def held() -> str:
        return next(
            row["held"] for row in stepwell.run("devices", "--json").json["items"] if row["device_id"] == serial
        )

    wait_for("the phone is held for its debt", lambda: "could not be put back in 3 tries" in held())
    assert STANDARD_IME in held()
    assert "crashed" in held(), "why it was held before is not lost"
    assert stepwell.phone_state()["ime"] == ADB_IME
    assert stepwell.run("devices", "release", serial).code == 0
    other = run_another_task(stepwell)
    stepwell.down()
    assert kinds(stepwell) == ["ClaimTask", "DebtOwed", *["DebtTried"] * 3, "DebtSettled", "ClaimTask"]
    check_everything(stepwell, None, [task, other])
