"""kill -9 at random moments over all roles, with fixed seeds. STEPWELL_FAULT_SCALE multiplies the kills.

Short form (in `.ci/run`): 24 kills.
Long form: `STEPWELL_FAULT_SCALE=400 bin/test -m faults tests/faults/test_storm.py`.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from fault_checks import EventRecorder, check_everything, settle, taps
from stepwell_harness import Stepwell, wait_for

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
KILLS = max(1, int(8 * SCALE))
ROLES = ("worker-1", "daemon", "supervisor")

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 30 * KILLS)]


def strike(stepwell: Stepwell, chance: random.Random) -> str:
    """Kill one process at a random moment and see everything ready again."""
    role = chance.choice(ROLES)
    time.sleep(chance.uniform(0.0, 0.6))  # the random moment is the point of this test
    if role == "supervisor":
        supervisor = stepwell.children[-1]
        os.kill(supervisor.pid, signal.SIGKILL)
        supervisor.wait()
        stepwell.up("--fast", "--resume-queue")
    else:
        os.kill(stepwell.pid(role), signal.SIGKILL)
        wait_for(f"everything is ready after the death of {role}", stepwell.all_ready)
    stepwell.run("devices", "release", stepwell.phone_state()["serial"])
    return role


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_storm_of_kills_loses_and_doubles_nothing(seed: int, stepwell: Stepwell) -> None:
    chance = random.Random(seed)
    stepwell.up("--fast", "--seed", str(seed))
    recorder = EventRecorder(stepwell)
    tasks: list[str] = []
    struck: list[str] = []
    try:
        for number in range(KILLS):
            tasks.append(stepwell.script(taps(6, first=10 * number)))
            struck.append(strike(stepwell, chance))
        states = settle(stepwell, tasks)
        stepwell.down()
    finally:
        recorder.close()
    check_everything(stepwell, recorder, tasks)
    assert {states[task] for task in tasks} <= {"SUCCESS", "CRASHED", "CREATED"}, struck
