"""No action without its record: with the commit of the intent blocked, the phone has seen nothing.

The control is a worker that touches the device first, made in a copied tree: the same check must fail on it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING

from fault_checks import check_everything, taps
from stepwell_harness import REPOSITORY, FaultPoints, Stepwell, wait_for

from shared.task_state import TaskState, is_final

if TYPE_CHECKING:
    from pathlib import Path

HONEST_TAPS = 3  # some of their commits are blocked; each look costs WATCH_S
CONTROL_TAPS = 16  # enough that an intent is among the commits that are blocked, not only outcomes
WATCH_S = 0.6


def phone_saw_an_action_before_its_intent_was_committed(stepwell: Stepwell, folder: Path, count: int) -> bool:
    """Block the commit of each intent in turn, look at the phone, and let it go."""
    points = FaultPoints(folder, "daemon.before_commit=block@1:{gate}")
    environment = points.environment()
    points.open_gate()
    stepwell.up("--fast", env=environment)
    task = stepwell.script(taps(count))
    early = False
    while not early and not is_over(stepwell, task):
        before = len(points.hits("daemon.before_commit"))  # counted first: the next commit may come at once
        points.gate.touch()
        wait_for(
            "a commit is blocked, or all is over", lambda b=before: is_blocked(points, b) or is_over(stepwell, task)
        )
        early = touched_early(stepwell, task)
        at = progress(stepwell, task)
        points.open_gate()
        # The daemon must see the open gate before it is shut again.
        wait_for("the commit goes on", lambda at=at: progress(stepwell, task) != at or is_over(stepwell, task))
    stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED", "STOPPED")
    if not early:
        stepwell.down()
        check_everything(stepwell, None, [task])
    return early


def is_blocked(points: FaultPoints, before: int) -> bool:
    """Tell whether the daemon has come to the fault point once more."""
    return len(points.hits("daemon.before_commit")) > before


def is_over(stepwell: Stepwell, task: str) -> bool:
    """Tell whether the file says that the task has ended; the daemon may stand at the gate and answer nobody."""
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    row = reader.execute("SELECT final_status FROM tasks WHERE session_id = ?", (task,)).fetchone()
    reader.close()
    return row is not None and is_final(TaskState(row[0]))


def progress(stepwell: Stepwell, task: str) -> tuple[object, ...]:
    """Return what the file says of the task: it changes with every commit of a run."""
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    sql = "SELECT final_status, (SELECT count(*) || '/' || count(outcome) FROM steps WHERE session_id = ?1) FROM tasks"
    row = reader.execute(f"{sql} WHERE session_id = ?1", (task,)).fetchone()
    reader.close()
    return tuple(row or ())


def touched_early(stepwell: Stepwell, task: str) -> bool:
    """Watch the phone for a while in which nothing can be committed; adb needs some 50 ms to bring an action there."""
    end = time.monotonic() + WATCH_S
    while time.monotonic() < end:
        if not committed_covers_phone(stepwell, task):
            return True
        time.sleep(0.05)
    return False


def committed_covers_phone(stepwell: Stepwell, task: str) -> bool:
    """Tell whether each tap that the phone saw has an intent that readers (so: committed) can see, right now.

    Read from the file: the daemon itself stands at the fault point and answers nobody.
    """
    seen = {command for command in stepwell.mutating() if command.startswith("input tap")}  # first: never ahead of it
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    rows = reader.execute("SELECT action_params FROM steps WHERE session_id = ? AND action_params <> ''", (task,))
    params = [json.loads(row[0]) for row in rows]
    reader.close()
    intended = {f"input tap {found['x']} {found['y']}" for found in params if "x" in found}
    return seen <= intended


def test_the_phone_has_seen_nothing_while_the_commit_of_the_intent_is_blocked(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    assert not phone_saw_an_action_before_its_intent_was_committed(stepwell, tmp_path / "faults", HONEST_TAPS)


def test_control_a_worker_that_touches_the_device_first_is_caught(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for package in ("shared", "persistence_daemon", "worker", "supervisor", "demo"):
        shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    break_the_promise(tree / "worker")
    mutant = Stepwell(tmp_path / "home", tree=tree)
    try:
        assert phone_saw_an_action_before_its_intent_was_committed(mutant, tmp_path / "faults", CONTROL_TAPS)
    finally:
        mutant.end()


def break_the_promise(worker: Path) -> None:
    """Make the copied worker go on before the intent is acknowledged."""
    path = worker / "context.py"
    source = path.read_text(encoding="utf-8")
    promise = "acknowledged = self._buffer.wait_acknowledged(parcel, self.stop.is_set)"
    assert promise in source, "the mutant must follow the code"
    path.write_text(source.replace(promise, "acknowledged = True"), encoding="utf-8")
