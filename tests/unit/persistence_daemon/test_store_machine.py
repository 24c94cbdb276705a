"""Random histories against the real store, beside a model that is a dozen lines: states, steps, totals never disagree.

Also the control: with states set outside the table the invariant checker must complain.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from store_lab import CLI, OTHER, WORKER, StoreLab

from shared.messages import Accepted, CancelTask, Claimed, Outcome, ReleaseDevice, WriteRecords
from shared.task_state import TRANSITIONS, TaskEvent, TaskState, is_final

if TYPE_CHECKING:
    from shared.identity import Identity

WORKERS = {WORKER: "phone-1", OTHER: "phone-2"}
ENDINGS = [
    TaskEvent.STOP_ASKED,
    TaskEvent.STOPPED,
    TaskEvent.SUCCEEDED,
    TaskEvent.FAILED,
    TaskEvent.WORKER_DIED,
]
workers = st.sampled_from(list(WORKERS))


class StoreMachine(RuleBasedStateMachine):
    """Two workers, some tasks, everything that may happen to them, each thing perhaps twice."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="store-machine-"))
        self.lab = StoreLab(self.root / "home")
        self.states: dict[str, TaskState] = {}
        self.running: dict[Identity, str] = {}
        self.steps: dict[str, int] = {}
        self.open: set[str] = set()
        self.words = 0

    @initialize()
    def begin(self) -> None:
        for worker, device in WORKERS.items():
            self.lab.hello(worker, device)

    @rule(double=st.booleans())
    def create(self, double: bool) -> None:
        task = f"task-{len(self.states)}"
        for _ in range(1 + double):
            self.lab.create(task)
        self.states[task] = TaskState.CREATED
        self.steps[task] = 0

    @rule(worker=workers)
    def claim(self, worker: Identity) -> None:
        if worker in self.running:
            return
        self.lab.ask(CLI, ReleaseDevice(device_id=WORKERS[worker]))
        answer = self.lab.claim(worker, WORKERS[worker])
        assert isinstance(answer, Claimed)
        waiting = [task for task, state in self.states.items() if state is TaskState.CREATED]
        assert (answer.task.session_id if answer.task else None) == (waiting[0] if waiting else None)
        if answer.task is not None:
            self.running[worker] = answer.task.session_id
            self.states[answer.task.session_id] = TaskState.RUNNING

    @precondition(lambda self: self.running)
    @rule(worker=workers, outcome=st.sampled_from(Outcome), double=st.booleans(), whole=st.booleans())
    def step(self, worker: Identity, outcome: Outcome, double: bool, whole: bool) -> None:
        task = self.running.get(worker)
        if task is None:
            return
        if task not in self.open:
            self.steps[task] += 1
            for _ in range(1 + double):
                self.lab.accepted(self.lab.begin(self.steps[task], task), worker)
            self.open.add(task)
        if whole:
            for _ in range(1 + double):
                self.lab.accepted(self.lab.finish(self.steps[task], task, outcome), worker)
            self.open.discard(task)

    @precondition(lambda self: self.running)
    @rule(worker=workers, event=st.sampled_from(ENDINGS), double=st.booleans())
    def change(self, worker: Identity, event: TaskEvent, double: bool) -> None:
        task = self.running.get(worker)
        if task is None:
            return
        self.words += 1  # the very same words would be a repeat, which is answered as the first
        record = self.lab.change(event, task, reason=f"words {self.words}")
        allowed = (self.states[task], event) in TRANSITIONS
        for _ in range(1 + double):
            assert isinstance(self.lab.write_one(record, worker), Accepted) is allowed
        if allowed:
            self.states[task] = TRANSITIONS[self.states[task], event]
        else:  # refused for good to the owner: the task ends
            running = self.states[task] is TaskState.RUNNING
            self.states[task] = TaskState.FAILED if running else TaskState.STOPPED
        if is_final(self.states[task]):
            del self.running[worker]
            self.open.discard(task)

    @precondition(lambda self: self.running)
    @rule(worker=workers, unsent=st.booleans())
    def die(self, worker: Identity, unsent: bool) -> None:
        task = self.running.pop(worker, None)
        if task is None:
            return
        outbox = []
        if unsent and task not in self.open:
            self.steps[task] += 1
            outbox.append(WriteRecords(records=(self.lab.begin(self.steps[task], task),)))
        self.lab.bury(*outbox, worker=worker)
        self.states[task] = TaskState.CRASHED
        self.open.discard(task)

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.states)))
        self.lab.ask(CLI, CancelTask(session_id=task))
        if self.states[task] is TaskState.CREATED:
            self.states[task] = TaskState.STOPPED

    @rule()
    def restart(self) -> None:
        self.lab.reopen()

    @invariant()
    def the_store_agrees(self) -> None:
        rows = self.lab.rows("SELECT session_id, final_status, total_steps, open_step IS NOT NULL FROM tasks")
        assert {row[0]: row[1:] for row in rows} == {
            task: (state, self.steps[task], task in self.open) for task, state in self.states.items()
        }

    def teardown(self) -> None:
        violations = self.lab.check()
        self.lab.close()
        shutil.rmtree(self.root)
        assert violations == []


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_checker_complains_of_a_state_that_was_set_outside_the_table(bare_lab: StoreLab) -> None:
    bare_lab.running()
    bare_lab.store.connection.execute("UPDATE tasks SET final_status = 'SUCCESS'")
    found = bare_lab.check()
    assert any("its transitions end at RUNNING" in violation for violation in found)
    assert any(violation.startswith("tasks: the store has") for violation in found)
    bare_lab.close()


def test_the_checker_complains_of_a_lost_step_and_of_a_changed_or_missing_picture(bare_lab: StoreLab) -> None:
    lab = bare_lab
    lab.running()
    from store_lab import picture_of

    lab.accepted(lab.begin(1, picture=picture_of(b"one")), picture=b"one")
    lab.accepted(lab.finish(1))
    lab.step(2)
    assert lab.check() == []
    picture = next(lab.home.screenshots.rglob("*.png"))
    picture.write_bytes(b"two")
    assert any("is not the one that was recorded" in violation for violation in lab.check())
    picture.unlink()
    assert any("cannot be read" in violation for violation in lab.check())
    lab.store.connection.execute("DELETE FROM steps WHERE step_num = 1")
    assert any("have a gap" in violation for violation in lab.check())
    lab.close()
