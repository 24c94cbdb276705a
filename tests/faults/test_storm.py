"""kill -9 at random moments over all roles, with fixed seeds. STEPWELL_FAULT_SCALE multiplies the kills.

One system goes on through all of a seed's kills: worker and daemon are killed while the rest runs, alone and together;
the supervisor at the end of each round, before the two have died so often in a minute that it would give up on them. No
kill waits for anything but the return of what it killed.

Short form (in `.ci/run`): 3 seeds of 100 kills. Long form: `STEPWELL_FAULT_SCALE=35 bin/test -m faults
tests/faults/test_storm.py`. The summary of the run tells how many kills each seed made, and what a kill cost.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from acknowledgements import acknowledged, keep_acknowledgements
from fault_checks import EventRecorder, check_everything, settle, taps
from stepwell_harness import Stepwell, wait_for

from shared.errors import ErrorCode, StepwellError
from shared.identity import new_incarnation
from shared.messages import NewTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from supervisor.client import Client

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
STRIKES = [("worker-1",), ("daemon",), ("worker-1", "daemon")]  # of a round; the supervisor's comes after them
ROUNDS = max(1, int(20 * SCALE))
TAPS = 6
DEVICE_GONE = re.compile(r"the link broke|went away|no adb server|not found|offline|closed")
AWAY = (ErrorCode.NOT_RUNNING, ErrorCode.STORE_AWAY, ErrorCode.DEADLINE)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 60 * ROUNDS)]


class Storm:
    """One system, its tasks, and the kills that it went through."""

    def __init__(self, stepwell: Stepwell, seed: int) -> None:
        self.stepwell = stepwell
        self.chance = random.Random(seed)
        self.tasks: list[str] = []
        self.kills: Counter[str] = Counter()

    def feed(self, client: Client) -> None:
        """Queue a task, and let the queue go on that a crash has held; what cannot be answered now is asked again."""
        flow = taps(TAPS, first=10 * len(self.tasks))
        task = NewTask(session_id=new_incarnation(), task_description="a flow", agent="script", script=flow)
        insist(lambda: client.submit(task))
        self.tasks.append(task.session_id)
        insist(lambda: client.release(self.stepwell.phone_state()["serial"]))

    def round(self) -> None:
        """Let each strike come once, in random order, and the supervisor's at last."""
        for roles in self.chance.sample(STRIKES, len(STRIKES)):
            self.strike(*roles)
        self.strike("supervisor")

    def strike(self, *roles: str) -> None:
        """Kill processes at a random moment of the run and see everything ready again."""
        client = self.stepwell.client()
        self.feed(client)
        client.close()
        time.sleep(self.chance.uniform(0.0, 0.6))  # the random moment is the point of this test
        if roles == ("supervisor",):
            supervisor = self.stepwell.children[-1]
            os.kill(supervisor.pid, signal.SIGKILL)
            supervisor.wait()
            self.stepwell.up("--fast", "--resume-queue")
        else:
            for pid in [self.stepwell.pid(role) for role in roles]:
                os.kill(pid, signal.SIGKILL)
            wait_for(f"everything is ready after the death of {roles}", self.stepwell.all_ready)
        self.kills.update(roles)


def insist(ask: Callable[[], object]) -> None:
    """Ask until it is answered: in a storm the one who answers may be away."""

    def answered() -> bool:
        try:
            ask()
        except StepwellError as error:
            if not error.retryable and error.code not in AWAY:
                raise
            return False
        return True

    wait_for("an answer", answered)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_storm_of_kills_loses_and_doubles_nothing(
    seed: int, stepwell: Stepwell, record_property: Callable[[str, str], None]
) -> None:
    keep_acknowledgements(stepwell)
    stepwell.up("--fast", "--seed", str(seed))
    recorder = EventRecorder(stepwell)
    storm = Storm(stepwell, seed)
    begin = time.monotonic()
    try:
        for _ in range(ROUNDS):
            storm.round()
        cost = (time.monotonic() - begin) / storm.kills.total()
        client = stepwell.client()
        insist(lambda: client.release(stepwell.phone_state()["serial"]))
        client.close()
        states = settle(stepwell, storm.tasks)
        failures = [stepwell.task(task).error_message or "" for task in storm.tasks if states[task] == "FAILED"]
        stepwell.down()
    finally:
        recorder.close()
    check_everything(stepwell, recorder, storm.tasks)
    acks = len(acknowledged(stepwell))
    assert acks > storm.kills.total(), "the storm left no time to do anything"
    assert {states[task] for task in storm.tasks} <= {"SUCCESS", "CRASHED", "CREATED", "FAILED"}, storm.kills
    # The phone and the adb server die with the supervisor, and an agent may see that first: then that is the reason.
    assert all(DEVICE_GONE.search(why) for why in failures), failures
    made = f"{storm.kills.total()} kills {dict(storm.kills)}, {cost:.1f} s each"
    record_property("told", f"storm, seed {seed}: {made}; {acks} records acknowledged, none lost, none twice")
