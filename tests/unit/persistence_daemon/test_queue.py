"""The queue: creation, claims that are safe to repeat, holds and releases, cancelling."""

from __future__ import annotations

from store_lab import CLI, OTHER, PHONE, WORKER, StoreLab

from persistence_daemon.start import hold_queue
from shared.errors import ErrorCode
from shared.messages import (
    CancelTask,
    Claimed,
    ClaimTask,
    Done,
    ErrorInfo,
    HoldDevice,
    Message,
    Outcome,
    ReleaseDevice,
    Submitted,
)
from shared.task_state import TaskEvent


def code_of(answer: Message) -> ErrorCode | None:
    return answer.code if isinstance(answer, ErrorInfo) else None


def given(answer: Message) -> str | None:
    assert isinstance(answer, Claimed), answer
    return None if answer.task is None else answer.task.session_id


def test_a_task_is_created_once_however_often_it_is_submitted(lab: StoreLab) -> None:
    first = lab.create()
    again = lab.create()
    assert isinstance(first, Submitted)
    assert isinstance(again, Submitted)
    assert (first.seq, first.existing, again.existing) == (again.seq, False, True)
    assert lab.rows("SELECT seq, to_state FROM transitions") == [(first.seq, "CREATED")]


def test_another_task_under_the_same_id_is_a_conflict(lab: StoreLab) -> None:
    lab.create()
    assert code_of(lab.create(max_steps=7)) is ErrorCode.CONFLICT
    assert lab.value("SELECT max_steps FROM tasks") == 100


def test_a_task_for_a_device_that_was_never_seen_is_refused(lab: StoreLab) -> None:
    assert code_of(lab.create(device="no-such-phone")) is ErrorCode.UNKNOWN_DEVICE
    assert lab.value("SELECT count(*) FROM tasks") == 0


def test_the_oldest_task_that_fits_is_claimed(lab: StoreLab) -> None:
    lab.hello()
    lab.hello(OTHER, "phone-2")
    lab.create("for-2", "phone-2")
    lab.create("for-any")
    lab.create("later")
    assert given(lab.claim(WORKER, PHONE)) == "for-any"
    assert given(lab.claim(OTHER, "phone-2")) == "for-2"
    assert lab.rows("SELECT device_id, claimed_by, incarnation, claim FROM tasks WHERE session_id = 'for-any'") == [
        (PHONE, "worker-1", WORKER.incarnation, 1)
    ]


def test_two_claims_in_one_drain_do_not_both_win(lab: StoreLab) -> None:
    from persistence_daemon.batch import Asked

    lab.hello()
    lab.hello(OTHER, "phone-2")
    lab.create()
    claim = ClaimTask(claim=1, device_id=PHONE, agents=("phone",))
    other = ClaimTask(claim=1, device_id="phone-2", agents=("phone",))
    answers = lab.run(Asked(WORKER, claim), Asked(OTHER, other)).answers
    assert [given(answer) for answer in answers] == ["task-1", None]


def test_the_same_claim_answers_the_same_and_an_older_one_is_stale(lab: StoreLab) -> None:
    lab.hello()
    assert given(lab.claim(number=1)) is None
    lab.create()
    assert given(lab.claim(number=2)) == "task-1"
    assert given(lab.claim(number=2)) == "task-1"
    assert code_of(lab.claim(number=1)) is ErrorCode.STALE
    lab.reopen()
    assert given(lab.claim(number=2)) == "task-1"


def test_a_doubled_claim_that_was_answered_none_gets_nothing_later(lab: StoreLab) -> None:
    lab.hello()
    assert given(lab.claim(number=1)) is None
    lab.create()
    assert given(lab.claim(number=1)) is None
    assert lab.state() == "CREATED"


def test_a_worker_that_runs_a_task_may_not_claim_another(lab: StoreLab) -> None:
    lab.running()
    lab.create("task-2")
    lab.step(1)
    assert code_of(lab.claim(number=2)) is ErrorCode.STALE
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    assert given(lab.claim(number=3)) == "task-2"


def test_a_task_that_a_doubled_claim_got_is_offered_again_while_it_was_not_begun(lab: StoreLab) -> None:
    lab.running()
    assert given(lab.claim(number=2)) == "task-1"


def test_a_claim_of_a_dead_worker_gets_nothing(lab: StoreLab) -> None:
    lab.hello()
    lab.create()
    lab.dead.add(WORKER)
    assert code_of(lab.claim()) is ErrorCode.FENCED
    assert lab.state() == "CREATED"


def test_a_worker_without_a_device_claims_only_what_its_agents_can_do_without_one(lab: StoreLab) -> None:
    lab.create(agent="script")
    assert given(lab.ask(WORKER, ClaimTask(claim=1))) is None
    assert given(lab.ask(WORKER, ClaimTask(claim=2, agents=("other",)))) is None
    assert given(lab.ask(WORKER, ClaimTask(claim=3, agents=("script",)))) == "task-1"


def test_nothing_begins_on_a_held_device_until_it_is_released(lab: StoreLab) -> None:
    lab.hello()
    first = lab.ask(CLI, HoldDevice(device_id=PHONE, reason="cable"))
    assert lab.ask(CLI, HoldDevice(device_id=PHONE, reason="other words")) == first
    answer = lab.create(device=PHONE)
    assert isinstance(answer, Submitted)
    assert answer.held
    held = lab.claim()
    assert isinstance(held, Claimed)
    assert held.why == f"the queue of device {PHONE} is held: cable"
    assert isinstance(lab.ask(CLI, ReleaseDevice(device_id=PHONE)), Done)
    assert lab.ask(CLI, ReleaseDevice(device_id=PHONE)) == Done()
    assert given(lab.claim()) == "task-1"


def test_holding_or_releasing_an_unknown_device_is_refused(lab: StoreLab) -> None:
    for message in (HoldDevice(device_id="x"), ReleaseDevice(device_id="x")):
        assert code_of(lab.ask(CLI, message)) is ErrorCode.UNKNOWN_DEVICE


def test_tasks_queued_before_a_new_start_wait_for_a_release(lab: StoreLab) -> None:
    lab.hello()
    lab.create("before")
    hold_queue(lab.store, "start-1", lab.at(), resume=False)
    assert lab.value("SELECT held FROM tasks") == "", "a restarted daemon under the same start holds nothing"
    hold_queue(lab.store, "start-2", lab.at(), resume=False)
    lab.create("after")
    assert given(lab.claim()) == "after"
    lab.accepted(lab.change(TaskEvent.SUCCEEDED, "after"))
    waiting = lab.claim()
    assert isinstance(waiting, Claimed)
    assert waiting.why.startswith("tasks wait for a release: ")
    lab.ask(CLI, ReleaseDevice(device_id=PHONE))
    assert given(lab.claim()) == "before"


def test_a_new_start_that_resumes_the_queue_holds_nothing(lab: StoreLab) -> None:
    lab.create()
    hold_queue(lab.store, "start-2", lab.at(), resume=True)
    assert lab.value("SELECT held FROM tasks") == ""
    hold_queue(lab.store, "start-2", lab.at(), resume=False)
    assert lab.value("SELECT held FROM tasks") == ""


def test_a_crash_holds_the_queue_of_its_device(lab: StoreLab) -> None:
    lab.running()
    lab.bury()
    assert lab.value("SELECT held FROM devices") == "task task-1 crashed: its worker died"


def test_an_unknown_outcome_holds_the_queue_of_its_device(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    lab.accepted(lab.finish(1, outcome=Outcome.UNKNOWN))
    assert lab.value("SELECT held FROM devices") == "what step 1 of task task-1 did is unknown"


def test_a_success_holds_nothing(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    assert lab.value("SELECT held FROM devices") == ""


def test_two_crashes_in_a_row_hold_the_queue_whatever_the_policy(lab: StoreLab) -> None:
    from persistence_daemon.transaction import Policy

    lab.store.policy = Policy(lab.store.policy.daemon, resume_queue=True, is_alive=lambda _worker: True)
    for number, held in ((1, False), (2, True)):
        lab.running(f"task-{number}")
        lab.bury()
        assert bool(lab.value("SELECT held FROM devices")) is held


def test_a_waiting_task_is_cancelled_once_and_a_running_one_is_not(lab: StoreLab) -> None:
    lab.create()
    done = lab.ask(CLI, CancelTask(session_id="task-1"))
    assert isinstance(done, Done)
    assert lab.ask(CLI, CancelTask(session_id="task-1")) == done
    assert lab.state() == "STOPPED"
    lab.running("task-2")
    assert code_of(lab.ask(CLI, CancelTask(session_id="task-2"))) is ErrorCode.ILLEGAL_TRANSITION
    assert code_of(lab.ask(CLI, CancelTask(session_id="task-3"))) is ErrorCode.UNKNOWN_TASK


def test_a_second_hello_with_nothing_new_writes_nothing(lab: StoreLab) -> None:
    lab.hello()
    seq = lab.store.seq
    lab.hello()
    assert lab.store.seq == seq
