"""No action without its record: with the commit of the intent blocked, the phone has seen nothing.

The control is a worker that touches the device first, made in a copied tree: the same check must fail on it.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

from fault_checks import EventRecorder, check_everything, taps
from stepwell_harness import REPOSITORY, FaultPoints, Stepwell, wait_for

from shared.messages import StepBegun

if TYPE_CHECKING:
    from pathlib import Path

LOOK_S = 0.5
FLOW = taps(40)  # long enough that the first commits are blocked while it runs


def phone_saw_an_action_before_its_intent_was_committed(stepwell: Stepwell, folder: Path) -> bool:
    """Block the commit of each intent in turn, look at the phone, and let it go."""
    points = FaultPoints(folder, "daemon.before_commit=block@1:{gate}")
    environment = points.environment()
    points.open_gate()
    stepwell.up("--fast", env=environment)
    recorder = EventRecorder(stepwell)
    try:
        return look(stepwell, points, recorder)
    finally:
        recorder.close()


def look(stepwell: Stepwell, points: FaultPoints, recorder: EventRecorder) -> bool:
    task = stepwell.script(FLOW, "--max-steps", "50")
    early = False
    for _ in range(8):
        if stepwell.show(task)["task"]["state"] not in ("CREATED", "RUNNING"):
            break
        points.gate.touch()
        before = len(points.hits("daemon.before_commit"))
        wait_for("a commit is blocked", lambda b=before: len(points.hits("daemon.before_commit")) > b)
        time.sleep(LOOK_S)  # the time in which a worker that does not wait would touch the phone
        early = not committed_covers_phone(stepwell, recorder)
        points.open_gate()
        if early:
            break
    stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED", "STOPPED")
    if not early:
        stepwell.down()
        check_everything(stepwell, None, [task])
    return early


def committed_covers_phone(stepwell: Stepwell, recorder: EventRecorder) -> bool:
    """Tell whether each tap that the phone saw has an intent that was committed (only then it is published)."""
    seen = {command for command in stepwell.mutating() if command.startswith("input tap")}
    intended = set()
    for event in list(recorder.events.values()):
        if isinstance(event.body, StepBegun):
            params = json.loads(event.body.step.action_params)
            intended.add(f"input tap {params.get('x')} {params.get('y')}")
    return seen <= intended


def test_the_phone_has_seen_nothing_while_the_commit_of_the_intent_is_blocked(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    assert not phone_saw_an_action_before_its_intent_was_committed(stepwell, tmp_path / "faults")


def test_control_a_worker_that_touches_the_device_first_is_caught(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for package in ("shared", "persistence_daemon", "worker", "supervisor", "demo"):
        shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    break_the_promise(tree / "worker")
    mutant = Stepwell(tmp_path / "home", tree=tree)
    try:
        assert phone_saw_an_action_before_its_intent_was_committed(mutant, tmp_path / "faults")
    finally:
        mutant.end()


def break_the_promise(worker: Path) -> None:
    """Make the copied worker go on before the intent is acknowledged."""
    code = (worker / "context.py").read_text()
    kept = "acknowledged = self._buffer.wait_acknowledged(parcel, self.stop.is_set)"
    assert kept in code, "context.py has changed: write this mutant anew"
    (worker / "context.py").write_text(code.replace(kept, "acknowledged = True"))
