"""The executor: one task at a time, each claim's number used once, nothing begun twice, quitting and fences."""

from __future__ import annotations

import threading

import msgspec
import pytest

from shared.child_config import ChildConfig
from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import Claimed, Debt
from shared.settings import Limits, Settings
from worker.executor import TaskExecutor


class Agents:
    names = ("script",)

    def __init__(self, run):
        self._run = run

    def agent(self, _name):
        return lambda: self

    def run(self, task, device, context):
        return self._run(task, device, context)


class ClaimLink:
    """Answers claims from a list of tasks and errors; `claims` are the numbers asked for."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.claims: list[int] = []

    def ask(self, request, _reply_type):
        self.claims.append(request.claim)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Claimed):
            return answer
        return Claimed(task=answer, why="" if answer else "nothing waits")


@pytest.fixture
def start(rig, outbox, wait_until):
    """Return a function that starts an executor; it is quit when the test is over."""
    made = []

    def make(answers, run=lambda *_: "done", *, device=True, settle=lambda _device, _debt: True):
        fenced = []
        configs = [ChildConfig(name="worker-1", incarnation="ab", home=str(outbox), start_id="s")]
        executor = TaskExecutor(
            lambda: configs[-1],
            link=ClaimLink(answers),
            buffer=rig.buffer,
            agents=Agents(run),
            device=lambda: rig.phone if device else None,
            settle=settle,
            fenced=fenced.append,
        )
        made.append(executor)
        executor.fenced_with = fenced
        executor.configs = configs
        executor.start()
        return executor

    yield make
    for executor in made:
        executor.quit("test over")
        wait_until(lambda e=executor: e.ended)


def test_a_task_is_run_and_the_next_one_is_claimed_by_the_next_number(start, rig, task_row, wait_until):
    tasks = [task_row(session_id="a"), task_row(session_id="b")]
    executor = start([tasks[0], tasks[1]])
    wait_until(lambda: rig.stored == ["succeeded", "succeeded"])
    wait_until(lambda: len(executor._link.claims) >= 3)
    assert executor._link.claims[:3] == [1, 2, 3]


def test_an_unanswered_claim_is_asked_again_under_the_same_number(start, rig, task_row, wait_until):
    away = NotReachableError(ErrorCode.STORE_AWAY, "not confirmed")
    executor = start([away, task_row(session_id="a")])
    wait_until(lambda: executor._link.claims)
    executor.look_for_work()
    wait_until(lambda: rig.stored == ["succeeded"])
    assert executor._link.claims[:2] == [1, 1]


def test_a_refused_claim_goes_on_with_the_next_number(start, rig, task_row, wait_until):
    executor = start([StepwellError(ErrorCode.STALE, "older"), task_row(session_id="a")])
    wait_until(lambda: executor._link.claims)
    executor.look_for_work()
    wait_until(lambda: rig.stored == ["succeeded"])
    assert executor._link.claims[:2] == [1, 2]


def test_a_task_is_never_begun_twice(start, rig, task_row, wait_until):
    executor = start([task_row(session_id="a"), task_row(session_id="a")])
    wait_until(lambda: executor.fenced_with)
    assert "never begun twice" in executor.fenced_with[0]
    assert rig.stored == ["succeeded"]


def test_a_fenced_worker_says_so_and_claims_no_more(start, wait_until):
    executor = start([StepwellError(ErrorCode.FENCED, "counted as dead")])
    wait_until(lambda: executor.fenced_with)
    assert executor._link.claims == [1]


DEBT = Debt(debt_id="d", device_id="PHONE1", kind="keyboard", detail="com.vendor/.Ime")


def test_what_the_device_owes_is_settled_before_the_next_claim(start, rig, task_row, wait_until):
    paid = []
    executor = start(
        [Claimed(why="owes", debts=(DEBT,)), task_row(session_id="a")],
        settle=lambda device, debt: paid.append((device, debt, rig.stored)) or True,
    )
    wait_until(lambda: rig.stored == ["succeeded"])
    assert paid == [(rig.phone, DEBT, [])]
    assert executor._link.claims[:2] == [1, 2]


def test_a_debt_that_is_not_settled_is_tried_again_with_the_next_claim(start, wait_until):
    tried = []
    executor = start([Claimed(debts=(DEBT,))] * 3, settle=lambda _device, debt: tried.append(debt))
    wait_until(lambda: executor.look_for_work() or len(tried) == 3)


def test_a_worker_without_a_device_claims_nothing(start):
    executor = start([], device=False)
    executor.look_for_work()
    assert executor._link.claims == []


def test_quitting_stops_the_running_task_with_its_reason(start, rig, task_row, wait_until):
    begun = threading.Event()

    def long(_task, _device, context):
        begun.set()
        context.sleep(60)

    executor = start([task_row(session_id="a")], long)
    assert begun.wait(5)
    assert executor.running.task.session_id == "a"
    assert executor.stop_task("other", "no", "cli-1") is False
    executor.quit("Stepwell was shut down")
    wait_until(lambda: executor.ended)
    assert rig.stored == ["stop_asked", "stopped"]
    assert rig.link.stored[-1].reason == "Stepwell was shut down"
    assert rig.link.stored[-1].by == "stepwell"


def test_an_orphan_marks_its_task_and_leaves_nothing_only_in_memory(start, rig, task_row):
    begun = threading.Event()
    hang = threading.Event()

    def deaf(_task, device, context):
        with context.step(action="x"):
            device.tap(1, 1)
            begun.set()
            hang.wait(20)

    executor = start([task_row(session_id="a")], deaf)
    assert begun.wait(5)
    rig.link.away = True
    executor.orphan()
    assert len(list(rig.folder.glob("*.rec"))) == 2  # the step's outcome and the task's end, on disk
    rig.link.come_back()
    assert rig.stored == ["begin 1", "unknown 1", "worker_died"]
    hang.set()


def test_a_task_that_is_claimed_while_the_supervisor_dies_is_not_said_to_be_stopped(start, rig, task_row, wait_until):
    executor = start([], device=False)
    executor.orphan()
    wait_until(lambda: executor.ended)
    executor._run_task(task_row(session_id="a"), rig.phone)
    assert rig.stored == ["worker_died"]


def test_a_task_keeps_the_settings_of_its_beginning_and_the_next_one_gets_the_newest(start, rig, task_row, wait_until):
    go_on, seen = threading.Event(), []

    def run(_task, _device, context):
        seen.append(context.settings.limits.step_s)
        go_on.wait(5)
        seen.append(context.settings.limits.step_s)
        return "done"

    executor = start([task_row(session_id="a"), task_row(session_id="b")], run)
    wait_until(lambda: seen)
    old = executor.configs[-1]
    newer = msgspec.structs.replace(old, settings=Settings(limits=Limits(step_s=7.0)))
    executor.configs.append(newer)
    go_on.set()
    wait_until(lambda: len(seen) == 4)
    assert seen == [old.settings.limits.step_s, old.settings.limits.step_s, 7.0, 7.0]
