"""The state machine of random histories against the real store, beside a model of a few lines: they never disagree.

States, steps, totals, waits for a person, judgements and deletions, each thing perhaps twice, with restarts between.
Run short by tests/unit/persistence_daemon/test_store_machine.py, long by tests/faults/test_store_machine_long.py.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from store_lab import CLI, IN_MEMORY, OTHER, WORKER, StoreLab

from shared.errors import ErrorCode
from shared.messages import (
    Accepted,
    CancelTask,
    Claimed,
    Decision,
    DeleteTask,
    Done,
    ErrorInfo,
    Label,
    LabelTask,
    Message,
    NewWait,
    Outcome,
    RaiseWait,
    ReleaseDevice,
    SettleWait,
    WaitingFor,
    WaitState,
    WriteRecords,
)
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
        self.root = Path(tempfile.mkdtemp(prefix="store-machine-", dir=IN_MEMORY))
        self.lab = StoreLab(self.root / "home")
        self.states: dict[str, TaskState] = {}
        self.running: dict[Identity, str] = {}
        self.steps: dict[str, int] = {}
        self.open: set[str] = set()
        self.words = 0
        self.created = 0
        self.labels: dict[tuple[str, int | None], Label] = {}
        self.deleted: dict[str, int] = {}
        self.waiting: dict[str, tuple[str, int]] = {}  # the id and the seq of what a task waits for

    @initialize()
    def begin(self) -> None:
        for worker, device in WORKERS.items():
            self.lab.hello(worker, device)

    @rule(double=st.booleans())
    def create(self, double: bool) -> None:
        task = f"task-{self.created}"
        self.created += 1
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
    @rule(worker=workers, decision=st.sampled_from([None, Decision.RESUMED, Decision.DENIED]), double=st.booleans())
    def wait(self, worker: Identity, decision: Decision | None, double: bool) -> None:
        task = self.running.get(worker)
        if task is None:
            return
        new = NewWait(session_id=task, wait_id=f"wait-{self.words}", waiting_for=WaitingFor.TAKE_OVER)
        may_wait = self.states[task] is TaskState.RUNNING and task not in self.waiting
        for _ in range(1 + double):
            answer = self.lab.ask(worker, RaiseWait(wait=new))
            assert isinstance(answer, WaitState) is (may_wait or self.waiting.get(task, ("",))[0] == new.wait_id)
            if isinstance(answer, WaitState):
                self.waiting[task] = (new.wait_id, answer.seq)
        self.words += 1
        if decision is not None and task in self.waiting and self.states[task] is TaskState.RUNNING:
            _, seq = self.waiting.pop(task)
            settle = SettleWait(session_id=task, seq=seq, decision=decision)
            for _ in range(1 + double):
                assert isinstance(self.lab.ask(worker, settle), Done)

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

    @precondition(lambda self: self.states)
    @rule(data=st.data(), label=st.none() | st.sampled_from(Label), whole=st.booleans(), double=st.booleans())
    def judge(self, data: st.DataObject, label: Label | None, whole: bool, double: bool) -> None:
        task = data.draw(st.sampled_from(sorted(self.states)))
        step = None if whole else data.draw(st.integers(1, self.steps[task] + 1))
        allowed = is_final(self.states[task]) if step is None else step <= self.steps[task]
        for _ in range(1 + double):
            answer = self.lab.ask(CLI, LabelTask(session_id=task, step_num=step, label=label))
            assert isinstance(answer, Done) is allowed, answer
        if allowed and label is not None:
            self.labels[task, step] = label
        elif allowed:
            self.labels.pop((task, step), None)

    @precondition(lambda self: self.states)
    @rule(data=st.data(), double=st.booleans(), late=st.booleans())
    def delete(self, data: st.DataObject, double: bool, late: bool) -> None:
        task = data.draw(st.sampled_from(sorted(self.states)))
        for _ in range(1 + double):
            answer = self.lab.ask(CLI, DeleteTask(session_id=task))
            assert isinstance(answer, Done) is is_final(self.states[task]), answer
            if isinstance(answer, Done):
                assert self.deleted.setdefault(task, answer.seq) == answer.seq
        if task in self.deleted:
            if late:
                self.refused(self.lab.write_one(self.lab.finish(1, task)), ErrorCode.UNKNOWN_TASK)
                self.refused(self.lab.create(task), ErrorCode.CONFLICT)
            del self.states[task], self.steps[task]
            self.labels = {place: label for place, label in self.labels.items() if place[0] != task}

    @staticmethod
    def refused(answer: Message, code: ErrorCode) -> None:
        assert isinstance(answer, ErrorInfo)
        assert answer.code is code

    @precondition(lambda self: self.deleted)
    @rule()
    def tidy(self) -> None:
        self.lab.tidy()
        left = self.lab.rows("SELECT session_id FROM steps WHERE session_id NOT IN (SELECT session_id FROM tasks)")
        assert left == []

    @rule()
    def restart(self) -> None:
        self.lab.reopen()

    @invariant()
    def the_store_agrees(self) -> None:
        rows = self.lab.rows("SELECT session_id, final_status, total_steps, open_step IS NOT NULL FROM tasks")
        assert {row[0]: row[1:] for row in rows} == {
            task: (state, self.steps[task], task in self.open) for task, state in self.states.items()
        }
        judged = self.lab.rows(
            "SELECT session_id, NULL, user_label FROM tasks WHERE user_label IS NOT NULL UNION ALL"
            " SELECT session_id, step_num, user_label FROM steps WHERE user_label IS NOT NULL"
            " AND session_id IN (SELECT session_id FROM tasks)"
        )
        assert {(task, step): label for task, step, label in judged} == self.labels
        assert dict(self.lab.rows("SELECT session_id, seq FROM deletions")) == self.deleted
        waiting = {task: seq for task, (_, seq) in self.waiting.items() if self.states.get(task) is TaskState.RUNNING}
        assert dict(self.lab.rows("SELECT session_id, waiting_seq FROM tasks WHERE waiting_for > ''")) == waiting

    def teardown(self) -> None:
        violations = self.lab.check()
        self.lab.close()
        shutil.rmtree(self.root)
        assert violations == []
