"""kill -9 at named fault points between intent, action, outcome and acknowledgement; each kill proven by the log.

The default run takes the points where a mistake would be dearest; the `faults` run takes all of them, by the process
itself and by the death of the supervisor while the process stands at the point.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from fault_checks import EventRecorder, check_everything, settle, taps
from stepwell_harness import FaultPoints, Stepwell, is_alive, wait_for

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
DEAREST = ["worker.intent_acked", "worker.after_action", "daemon.appended", "daemon.committed"]
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
    recorder.close()
    stepwell.up("--fast")
    states = settle(stepwell, [task])
    assert states[task] == "CRASHED"
    stepwell.down()
    check_everything(stepwell, None, [task])


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
