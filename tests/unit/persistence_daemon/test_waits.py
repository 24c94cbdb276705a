"""Waits for a person: settled once, by their own number, in time, about the very action; whatever is asked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from store_lab import CLI, OTHER, WORKER, StoreLab

from persistence_daemon import waits
from persistence_daemon.queries import get_task, list_waits, task_row
from shared.errors import ErrorCode
from shared.messages import (
    Decision,
    DeleteTask,
    Done,
    ErrorInfo,
    Event,
    GetTask,
    Message,
    NewWait,
    RaiseWait,
    SettleWait,
    TaskRow,
    WaitingFor,
    WaitRow,
    WaitState,
)
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from shared.identity import Identity

CONFIRM = WaitingFor.CONFIRM
DIGEST, ANOTHER = "a" * 64, "b" * 64


def asked(wait_id: str = "wait-1", kind: WaitingFor = CONFIRM, **fields: Any) -> RaiseWait:
    if kind is CONFIRM:
        fields = {"action_digest": DIGEST, "action": '{"action":"Tap"}', **fields}
    new = {"session_id": "task-1", "question": "Pay 20?", **fields}
    return RaiseWait(wait=NewWait(wait_id=wait_id, waiting_for=kind, **new))


def raised(lab: StoreLab, request: RaiseWait | None = None, sender: Identity = WORKER) -> WaitState:
    answer = lab.ask(sender, request or asked())
    assert isinstance(answer, WaitState), answer
    return answer


def settle(
    lab: StoreLab, seq: int, decision: Decision = Decision.APPROVED, sender: Identity = WORKER, **fields: Any
) -> Message:
    if decision is Decision.APPROVED:
        fields = {"action_digest": DIGEST, **fields}
    return lab.ask(sender, SettleWait(session_id="task-1", seq=seq, decision=decision, by="cli-1", **fields))


def refused(answer: Message) -> ErrorCode:
    assert isinstance(answer, ErrorInfo), answer
    return answer.code


def row(lab: StoreLab) -> TaskRow:
    return task_row(lab.store.connection, "task-1")


def waits_of(lab: StoreLab) -> tuple[WaitRow, ...]:
    return get_task(lab.store.connection, GetTask(task_id="task-1")).waits


def expire(lab: StoreLab) -> list[Event]:
    at = lab.at()
    if not waits.is_due(lab.store.connection, at):
        return []
    events: list[Event] = lab.store.emit(waits.expire_due, at).events
    return events


def test_a_wait_stands_in_the_task_and_in_the_list_until_it_is_approved(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    state = raised(lab, asked(step_num=1, patience_s=60.0))
    assert (row(lab).waiting_for, row(lab).waiting_seq) == (CONFIRM, state.seq)
    assert row(lab).waiting_deadline == state.waiting_deadline is not None
    (item,) = list_waits(lab.store.connection).items
    assert (item.wait.question, item.wait.step_num, item.wait.action_digest) == ("Pay 20?", 1, DIGEST)
    assert item.task.claimed_by == WORKER.name
    answer = settle(lab, state.seq)
    assert isinstance(answer, Done)
    assert answer.seq == state.seq + 1
    assert (row(lab).waiting_for, row(lab).waiting_seq, row(lab).waiting_deadline) == (None, None, None)
    assert list_waits(lab.store.connection).items == ()
    (wait,) = waits_of(lab)
    assert (wait.decision, wait.settled_by, wait.settled_seq) == (Decision.APPROVED, "cli-1", answer.seq)


def test_what_is_asked_again_is_answered_the_same_and_then_tells_the_decision(lab: StoreLab) -> None:
    lab.running()
    state = raised(lab)
    assert raised(lab) == state
    settle(lab, state.seq, Decision.DENIED, text="not that one")
    again = raised(lab)
    assert (again.seq, again.decision, again.text) == (state.seq, Decision.DENIED, "not that one")
    assert refused(lab.ask(WORKER, asked(question="another"))) is ErrorCode.CONFLICT
    assert len(waits_of(lab)) == 1


def test_a_doubled_answer_is_answered_the_same_and_another_one_is_stale(lab: StoreLab) -> None:
    lab.running()
    seq = raised(lab).seq
    first = settle(lab, seq)
    assert settle(lab, seq) == first
    before = lab.store.seq
    assert refused(settle(lab, seq, Decision.DENIED)) is ErrorCode.STALE
    assert refused(settle(lab, seq, action_digest=ANOTHER)) is ErrorCode.STALE
    assert lab.store.seq == before
    (wait,) = waits_of(lab)
    assert wait.decision is Decision.APPROVED


@pytest.mark.parametrize("seq_off", [-1, 1, 1000])
def test_an_answer_by_another_number_changes_nothing(lab: StoreLab, seq_off: int) -> None:
    lab.running()
    seq = raised(lab).seq
    assert refused(settle(lab, seq + seq_off)) is ErrorCode.STALE
    assert row(lab).waiting_seq == seq


def test_the_answer_to_an_earlier_wait_does_not_settle_the_next_one(lab: StoreLab) -> None:
    lab.running()
    first = raised(lab).seq
    settle(lab, first, Decision.DENIED)
    second = raised(lab, asked("wait-2")).seq
    assert refused(settle(lab, first)) is ErrorCode.STALE
    assert row(lab).waiting_seq == second


@pytest.mark.parametrize("digest", [None, ANOTHER])
def test_an_approval_of_another_action_is_stale(lab: StoreLab, digest: str | None) -> None:
    lab.running()
    seq = raised(lab).seq
    assert refused(settle(lab, seq, action_digest=digest)) is ErrorCode.STALE
    assert row(lab).waiting_seq == seq


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        (CONFIRM, Decision.ANSWERED),
        (CONFIRM, Decision.RESUMED),
        (CONFIRM, Decision.EXPIRED),
        (WaitingFor.PAUSED, Decision.APPROVED),
        (WaitingFor.PAUSED, Decision.DENIED),
        (WaitingFor.ANSWER, Decision.RESUMED),
        (WaitingFor.TAKE_OVER, Decision.ANSWERED),
        (WaitingFor.TAKE_OVER, Decision.ENDED),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(lab: StoreLab, kind: WaitingFor, decision: Decision) -> None:
    lab.running()
    seq = raised(lab, asked(kind=kind)).seq
    assert refused(settle(lab, seq, decision)) is ErrorCode.BAD_REQUEST
    assert row(lab).waiting_seq == seq


def test_a_deadline_that_passes_ends_the_wait_also_after_a_restart(lab: StoreLab) -> None:
    lab.running()
    seq = raised(lab, asked(patience_s=2.5)).seq
    assert expire(lab) == []
    lab.reopen()
    assert row(lab).waiting_seq == seq, "it still waits"
    lab.at()
    (event,) = expire(lab)
    assert event.by.startswith("daemon")
    assert (row(lab).waiting_for, waits_of(lab)[0].decision) == (None, Decision.EXPIRED)
    assert raised(lab, asked(patience_s=2.5)).decision is Decision.EXPIRED
    assert expire(lab) == []


def test_an_answer_after_the_deadline_is_too_late_although_nobody_has_looked_yet(lab: StoreLab) -> None:
    lab.running()
    seq = raised(lab, asked(patience_s=0.5)).seq
    assert refused(settle(lab, seq)) is ErrorCode.STALE
    assert waits_of(lab)[0].decision is Decision.EXPIRED


@pytest.mark.parametrize("event", [TaskEvent.STOP_ASKED, TaskEvent.FAILED, TaskEvent.SUCCEEDED])
def test_leaving_running_ends_the_wait(lab: StoreLab, event: TaskEvent) -> None:
    lab.running()
    seq = raised(lab).seq
    lab.accepted(lab.change(event))
    assert row(lab).waiting_for is None
    assert waits_of(lab)[0].decision is Decision.ENDED
    assert refused(settle(lab, seq)) is ErrorCode.STALE
    assert refused(lab.ask(WORKER, asked("wait-2"))) is ErrorCode.ILLEGAL_TRANSITION


def test_the_death_of_the_worker_ends_the_wait_and_the_task(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    raised(lab, asked(step_num=1))
    lab.bury()
    assert (row(lab).final_status, row(lab).waiting_for) == ("CRASHED", None)
    assert waits_of(lab)[0].decision is Decision.ENDED


def test_nobody_but_the_owner_lets_a_task_wait_or_settles_it(lab: StoreLab) -> None:
    lab.running()
    assert refused(lab.ask(OTHER, asked())) is ErrorCode.FENCED
    seq = raised(lab).seq
    assert refused(settle(lab, seq, sender=OTHER)) is ErrorCode.FENCED
    assert refused(lab.ask(WORKER, asked(session_id="nobody"))) is ErrorCode.CONFLICT
    assert refused(lab.ask(WORKER, asked("w2", session_id="nobody"))) is ErrorCode.UNKNOWN_TASK


def test_a_task_waits_for_one_thing_at_a_time_and_only_in_its_open_step(lab: StoreLab) -> None:
    lab.running()
    assert refused(lab.ask(WORKER, asked(step_num=1))) is ErrorCode.BAD_REQUEST
    assert refused(lab.ask(WORKER, asked(action_digest=None))) is ErrorCode.BAD_REQUEST
    raised(lab)
    assert refused(lab.ask(WORKER, asked("wait-2"))) is ErrorCode.BAD_REQUEST


def test_a_person_acts_in_steps_of_their_own_while_the_task_waits(lab: StoreLab) -> None:
    lab.running()
    seq = raised(lab, asked(kind=WaitingFor.TAKE_OVER)).seq
    lab.step(1)
    assert row(lab).waiting_seq == seq
    assert isinstance(settle(lab, seq, Decision.RESUMED), Done)


def test_waits_go_with_their_deleted_task(lab: StoreLab) -> None:
    lab.running()
    settle(lab, raised(lab).seq)
    lab.step(1)
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    assert isinstance(lab.ask(CLI, DeleteTask(session_id="task-1")), Done)
    assert lab.value("SELECT count(*) FROM waits") == 0


def test_only_an_ended_task_can_be_continued(lab: StoreLab) -> None:
    assert refused(lab.create("next", continues="task-1")) is ErrorCode.UNKNOWN_TASK
    lab.running()
    assert refused(lab.create("next", continues="task-1")) is ErrorCode.ILLEGAL_TRANSITION
    lab.accepted(lab.change(TaskEvent.FAILED))
    lab.create("next", continues="task-1", checks=("Paid",))
    made = task_row(lab.store.connection, "next")
    assert (made.continues, made.checks) == ("task-1", ("Paid",))
