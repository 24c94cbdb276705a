"""kill -9 at named fault points between intent, action, outcome and acknowledgement; each kill proven by the log.

The default run takes the points where a mistake would be dearest; the `faults` run takes all of them, by the process
itself and by the death of the supervisor while the process stands at the point.
"""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
from acknowledgements import keep_acknowledgements
from fault_checks import EventRecorder, check_everything, settle, taps
from stepwell_harness import REPOSITORY, FaultPoints, Stepwell, is_alive, wait_for

from shared.posix import lock_holder

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER_POINTS = [
    "worker.before_intent",
    "worker.after_intent_sent",
    "worker.intent_acked",
    "worker.after_action",
    "worker.outcome_sent",
    "worker.outcome_acked",
]
DAEMON_POINTS = [
    "daemon.drained",
    "daemon.picture_written",
    "daemon.before_append",
    "daemon.appended",
    "daemon.before_commit",
    "daemon.committed",
    "daemon.acknowledged",
    "daemon.published",
]
SUPERVISOR_POINTS = ["supervisor.forced_written"]
KEYBOARD_POINTS = ["worker.keyboard_chosen"]  # in test_debts.py: only typing comes there
BACKUP_POINTS = ["backup.copied", "backup.verified", "backup.picture", "backup.named", "backup.listed"]
RESTORE_POINTS = ["restore.made", "restore.aside", "restore.begun"]  # as the former, in the tests of these verbs
IMPORT_POINTS = ["import.pictures", "import.written", "import.named", "import.committed"]  # test_import.py
EXPORT_POINTS = ["export.rows"]  # test_export_legacy.py
UPKEEP_POINTS = ["daemon.sweeping", "daemon.swept", "daemon.vacuuming"]  # test_prune.py, test_vacuum.py
LOG_POINTS = ["log.thinning"]  # test_log_thinning.py
DEAREST = ["worker.after_action", "daemon.committed"]  # in the default run
HIT = 4  # in the middle of the run
LATER = 8  # a daemon that blocks before that would not even have taken the task in


def blocked_hit(point: str) -> int:
    """Return at which hit a process is blocked at `point`."""
    return LATER if point.startswith("daemon.") else HIT


@pytest.fixture
def armed(stepwell: Stepwell, request: pytest.FixtureRequest) -> Iterator[FaultPoints]:
    points = FaultPoints(stepwell.home.parent / "faults", request.param)
    yield points
    points.open_gate()


def run_into_fault(stepwell: Stepwell, points: FaultPoints, point: str, nth: int = HIT) -> tuple[EventRecorder, str]:
    keep_acknowledgements(stepwell)
    stepwell.up("--fast", env=points.environment())
    recorder = EventRecorder(stepwell)
    task = stepwell.script(taps())
    wait_for(f"the fault at {point}", lambda: len(points.hits(point)) >= nth)
    return recorder, task


def kill_at(point: str, stepwell: Stepwell, points: FaultPoints) -> None:
    recorder, task = run_into_fault(stepwell, points, point)
    victim = points.hits(point)[HIT - 1]
    wait_for("the victim is dead", lambda: not is_alive(victim))
    states = settle(stepwell, [task])
    if point.startswith("worker."):
        assert states[task] == "CRASHED"
    else:
        assert states[task] == "SUCCESS", "the death of the daemon must not end a task"
    wait_for("everything is ready again", stepwell.all_ready)
    stepwell.run("devices", "release", stepwell.phone_state()["serial"])
    second = stepwell.script(taps(3, first=300))
    assert stepwell.wait_state(second, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
    stepwell.down()
    recorder.close()
    check_everything(stepwell, recorder, [task, second])


def supervisor_dies_at(point: str, stepwell: Stepwell, points: FaultPoints) -> None:
    recorder, task = run_into_fault(stepwell, points, point, blocked_hit(point))
    supervisor = stepwell.children[-1]
    children = [row.pid for row in stepwell.processes() if row.pid]
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    points.open_gate()
    wait_for("no child is left", lambda: not any(is_alive(pid) for pid in children), 4.0)
    stepwell.up("--fast")
    states = settle(stepwell, [task])
    assert states[task] == "CRASHED"
    stepwell.down()
    recorder.close()
    check_everything(stepwell, recorder, [task])


@pytest.mark.parametrize(("armed", "point"), [(f"{p}=kill@{HIT}", p) for p in DEAREST], indirect=["armed"], ids=DEAREST)
def test_nothing_acknowledged_is_lost_when_a_process_dies_at(
    point: str, stepwell: Stepwell, armed: FaultPoints
) -> None:
    kill_at(point, stepwell, armed)


@pytest.mark.parametrize(
    ("armed", "point"),
    [(f"worker.after_action=block@{HIT}:{{gate}}", "worker.after_action")],
    indirect=["armed"],
    ids=["worker.after_action"],
)
def test_nothing_acknowledged_is_lost_when_the_supervisor_dies_while_a_process_is_at(
    point: str, stepwell: Stepwell, armed: FaultPoints
) -> None:
    supervisor_dies_at(point, stepwell, armed)


def stop_a_hang(stepwell: Stepwell, points: FaultPoints) -> tuple[EventRecorder, str]:
    """Ask a task to stop whose agent hangs, and return when the supervisor has written down that it ends it."""
    keep_acknowledgements(stepwell, "[limits]\nstop_grace_s = 1.0\n")
    stepwell.up("--fast", env=points.environment())
    recorder = EventRecorder(stepwell)
    task = stepwell.submit("hang", "--agent", "hanging")
    client = stepwell.client()
    wait_for("the step has begun", lambda: client.task(task).task.total_steps)
    client.stop(client.task(task).task, "a test")
    client.close()
    wait_for("the mark is written", lambda: points.hits("supervisor.forced_written"))
    return recorder, task


def check_forced(stepwell: Stepwell, recorder: EventRecorder, task: str, *, by_itself: bool) -> None:
    """The end that is stored is the true one. `by_itself`: the worker may have been faster, and said why it died."""
    shown = stepwell.wait_state(task, "STOPPED", "CRASHED")
    last = shown["transitions"][-1]
    forced = last["event"] == "forced" and shown["task"]["state"] == "STOPPED"
    assert forced or (by_itself and "supervisor died" in last["reason"]), last
    outcomes = {"unknown", "not_executed"} if by_itself else {"unknown"}  # the agent hangs before it touches the phone
    assert shown["steps"][0]["outcome"] in outcomes
    stepwell.down()
    recorder.close()
    check_everything(stepwell, recorder, [task])


@pytest.mark.faults
@pytest.mark.parametrize("armed", ["supervisor.forced_written=kill@1"], indirect=True)
def test_a_forced_stop_is_told_truly_when_the_supervisor_dies_before_it_could_carry_it_out(
    stepwell_with_plugins: Stepwell, armed: FaultPoints
) -> None:
    recorder, task = stop_a_hang(stepwell_with_plugins, armed)
    supervisor = stepwell_with_plugins.children[-1]
    assert armed.hits("supervisor.forced_written") == [supervisor.pid]
    assert supervisor.wait(timeout=5) == -signal.SIGKILL
    stepwell_with_plugins.up("--fast")
    check_forced(stepwell_with_plugins, recorder, task, by_itself=True)


@pytest.mark.parametrize("armed", ["supervisor.forced_written=block@1:{gate}"], indirect=True)
def test_a_worker_is_not_ended_by_force_before_that_is_written_down(
    stepwell_with_plugins: Stepwell, armed: FaultPoints
) -> None:
    recorder, task = stop_a_hang(stepwell_with_plugins, armed)
    (mark,) = (stepwell_with_plugins.home / "outbox").glob("worker-1.*.forced.json")
    lock = mark.with_name(mark.name.replace(".forced.json", ".lock"))
    assert lock_holder(lock) is not None, "the worker lives while the supervisor stands behind the mark"
    armed.open_gate()
    wait_for("the worker was ended, and its mark taken in", lambda: not mark.exists())
    check_forced(stepwell_with_plugins, recorder, task, by_itself=False)


def test_every_fault_point_of_the_product_is_in_one_of_these_tables() -> None:
    found = set()
    for package in ("shared", "persistence_daemon", "worker", "supervisor", "demo"):
        for path in (REPOSITORY / package).rglob("*.py"):
            found |= set(re.findall(r'\breach\("([^"]+)"\)', path.read_text(encoding="utf-8")))
    of_verbs = (BACKUP_POINTS, RESTORE_POINTS, IMPORT_POINTS, EXPORT_POINTS)
    of_the_store = (DAEMON_POINTS, UPKEEP_POINTS, LOG_POINTS)
    known = (WORKER_POINTS, SUPERVISOR_POINTS, KEYBOARD_POINTS, *of_the_store, *of_verbs)
    assert found == {point for points in known for point in points}


REST = [point for point in WORKER_POINTS + DAEMON_POINTS if point not in DEAREST]


@pytest.mark.faults
@pytest.mark.parametrize(("armed", "point"), [(f"{p}=kill@{HIT}", p) for p in REST], indirect=["armed"], ids=REST)
def test_nothing_acknowledged_is_lost_when_a_process_dies_at_any_point(
    point: str, stepwell: Stepwell, armed: FaultPoints
) -> None:
    kill_at(point, stepwell, armed)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("armed", "point"),
    [(f"{p}=block@{blocked_hit(p)}:{{gate}}", p) for p in WORKER_POINTS + DAEMON_POINTS],
    indirect=["armed"],
    ids=WORKER_POINTS + DAEMON_POINTS,
)
def test_nothing_acknowledged_is_lost_when_the_supervisor_dies_while_a_process_is_at_any_point(
    point: str, stepwell: Stepwell, armed: FaultPoints
) -> None:
    supervisor_dies_at(point, stepwell, armed)
