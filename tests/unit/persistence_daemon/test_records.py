"""A worker's records: stored once, answered the same, late, in conflict, set aside. See validate_records.py's table."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from store_lab import OTHER, WORKER, StoreLab, picture_of

from persistence_daemon.batch import Asked
from persistence_daemon.digests import digest
from persistence_daemon.endings import change_state
from shared.errors import ErrorCode
from shared.messages import Accepted, CreateTask, ErrorInfo, Event, NewTask, Outcome, Record
from shared.task_state import TRANSITIONS, IllegalTransition, TaskEvent, TaskState
from shared.wire import digest_of

WAYS = {
    TaskState.CREATED: (),
    TaskState.RUNNING: (TaskEvent.CLAIMED,),
    TaskState.STOPPING: (TaskEvent.CLAIMED, TaskEvent.STOP_ASKED),
    TaskState.STOPPED: (TaskEvent.CLAIMED, TaskEvent.STOP_ASKED, TaskEvent.STOPPED),
    TaskState.SUCCESS: (TaskEvent.CLAIMED, TaskEvent.SUCCEEDED),
    TaskState.FAILED: (TaskEvent.CLAIMED, TaskEvent.FAILED),
    TaskState.CRASHED: (TaskEvent.CLAIMED, TaskEvent.WORKER_DIED),
}


@pytest.mark.parametrize("state", TaskState)
def test_the_store_allows_exactly_what_the_table_allows(bare_lab: StoreLab, state: TaskState) -> None:
    lab = bare_lab
    for number, event in enumerate(TaskEvent):
        task = f"task-{number}"
        lab.create(task)
        for way in (*WAYS[state], event):
            before = lab.state(task)
            allowed = (TaskState(before), way) in TRANSITIONS
            try:
                lab.store.emit(
                    lambda tx, task=task, way=way: change_state(
                        tx, tx.task(task), way, reason="r", by="test", sender="test.1"
                    ),
                    lab.at(),
                )
            except IllegalTransition:
                assert not allowed
                assert lab.state(task) == before
            else:
                assert lab.state(task) == TRANSITIONS[TaskState(before), way]
    lab.close()


def every_record(lab: StoreLab) -> list[tuple[Record, bytes]]:
    image = b"png" * 50
    return [
        (lab.begin(1, picture=picture_of(image)), image),
        (lab.finish(1), b""),
        (lab.note("note-1"), b""),
        (lab.begin(2), b""),
        (lab.finish(2, outcome=Outcome.FAILED), b""),
        (lab.change(TaskEvent.STOP_ASKED, reason="a person"), b""),
        (lab.change(TaskEvent.STOPPED, picture=picture_of(b"end"), elapsed_s=3.5), b"end"),
    ]


def test_every_record_is_stored_once_and_a_repeat_answers_the_same(lab: StoreLab) -> None:
    lab.running()
    answers = []
    for record, picture in every_record(lab):
        answers.append(lab.accepted(record, picture=picture))
        assert lab.accepted(record, picture=picture) == answers[-1]
    seq = lab.store.seq
    for (record, picture), answer in zip(every_record(lab), answers, strict=True):
        assert lab.accepted(record, picture=picture) == answer
    assert lab.store.seq == seq
    assert lab.state() == "STOPPED"


def test_repeats_within_one_message_are_stored_once(lab: StoreLab) -> None:
    lab.running()
    answers = lab.write(lab.begin(1), lab.begin(1), lab.finish(1), lab.finish(1))
    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert lab.value("SELECT count(*) FROM steps") == 1


def test_repeats_answer_the_same_after_a_restart(lab: StoreLab) -> None:
    lab.running()
    first = [lab.accepted(record, picture=picture) for record, picture in every_record(lab)]
    lab.reopen()
    assert [lab.accepted(record, picture=picture) for record, picture in every_record(lab)] == first


@pytest.mark.parametrize("kind", ["begin", "finish", "note"])
def test_another_record_under_the_same_key_is_a_conflict_and_is_kept(lab: StoreLab, kind: str) -> None:
    lab.running()
    lab.step(1)
    lab.accepted(lab.note("note-1"))
    other: Record = {
        "begin": lab.begin(1, reply="something else"),
        "finish": lab.finish(1, message="something else"),
        "note": lab.note("note-1", "something else"),
    }[kind]
    first = lab.write_one(other)
    assert isinstance(first, ErrorInfo)
    assert first.code is ErrorCode.CONFLICT
    assert lab.write_one(other) == first
    assert [code for _, code in lab.set_aside()] == ["CONFLICT"]
    assert "something else" in lab.value("SELECT raw FROM set_aside")
    assert lab.state() == "RUNNING"


def test_a_step_that_leaves_a_gap_is_set_aside_and_ends_the_task(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    answer = lab.write_one(lab.begin(3))
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.SET_ASIDE
    assert lab.state() == "FAILED"
    assert lab.value("SELECT error_message FROM tasks").startswith("a record of this task could not be stored: step 3")


def test_a_step_that_begins_before_the_last_one_is_finished_is_set_aside(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    answer = lab.write_one(lab.begin(2))
    assert isinstance(answer, ErrorInfo)
    assert lab.state() == "FAILED"
    assert lab.value("SELECT outcome FROM steps WHERE step_num = 1") == "unknown"


def test_what_is_refused_while_stopping_ends_the_task_stopped(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.change(TaskEvent.STOP_ASKED))
    assert isinstance(lab.write_one(lab.finish(7)), ErrorInfo)
    assert lab.state() == "STOPPED"


def test_an_outcome_without_an_intent_is_set_aside(lab: StoreLab) -> None:
    lab.running()
    assert isinstance(lab.write_one(lab.finish(1)), ErrorInfo)
    assert lab.set_aside() == [("FinishStep", "SET_ASIDE")]


@pytest.mark.parametrize("event", [TaskEvent.CLAIMED, TaskEvent.CANCELLED, TaskEvent.FORCED])
def test_a_worker_cannot_say_what_is_not_its_to_say(lab: StoreLab, event: TaskEvent) -> None:
    lab.running()
    answer = lab.write_one(lab.change(event))
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.SET_ASIDE


def test_records_of_a_task_that_the_store_does_not_know_are_kept_and_answered_so(lab: StoreLab) -> None:
    answer = lab.write_one(lab.begin(1, "task-of-another-timeline"))
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.SET_ASIDE
    assert lab.set_aside() == [("BeginStep", "SET_ASIDE")]


def test_records_of_somebody_elses_task_change_nothing_of_it(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    for record in (lab.finish(1), lab.begin(2), lab.note("n"), lab.change(TaskEvent.SUCCEEDED)):
        answer = lab.write_one(record, OTHER)
        assert isinstance(answer, ErrorInfo)
        assert answer.code is ErrorCode.FENCED
    assert lab.state() == "RUNNING"
    assert lab.value("SELECT outcome FROM steps") is None
    assert len(lab.set_aside()) == 4


def test_late_records_of_a_task_that_ended_are_stored_and_marked(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    lab.bury()
    assert lab.rows("SELECT outcome, outcome_by, late FROM steps") == [("unknown", "daemon", 0)]
    assert lab.accepted(lab.finish(1, elapsed_s=9.0)).late
    assert lab.rows("SELECT outcome, outcome_by, late FROM steps") == [("done", "", 1)]
    assert lab.accepted(lab.note("late")).late
    fenced = lab.write_one(lab.begin(2))
    assert isinstance(fenced, ErrorInfo)
    assert fenced.code is ErrorCode.FENCED
    assert lab.write_one(lab.begin(2)) == fenced
    assert lab.rows("SELECT outcome, late FROM steps WHERE step_num = 2") == [("not_executed", 1)]
    assert lab.rows("SELECT total_steps, total_time, unknown_step, final_status FROM tasks") == [
        (2, 9.0, None, "CRASHED")
    ]


def test_a_state_that_comes_after_the_end_is_kept_and_changes_nothing(lab: StoreLab) -> None:
    lab.running()
    lab.bury()
    answer = lab.write_one(lab.change(TaskEvent.SUCCEEDED))
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.FENCED
    assert lab.state() == "CRASHED"
    assert lab.set_aside() == [("ChangeState", "FENCED")]


def test_a_success_says_who_says_so(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    assert lab.rows("SELECT final_status, verdict, error_message FROM tasks") == [("SUCCESS", "reported", None)]


def test_whatever_ends_a_task_closes_its_open_step(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    lab.accepted(lab.change(TaskEvent.FAILED, reason="gave up"))
    assert lab.rows("SELECT outcome, outcome_by FROM steps") == [("unknown", "daemon")]
    assert lab.rows("SELECT open_step, unknown_step, error_message FROM tasks") == [(None, 1, "gave up")]


def test_totals_are_counted_in_the_same_transaction(lab: StoreLab) -> None:
    lab.running()
    for number in range(1, 4):
        lab.accepted(lab.begin(number, elapsed_s=number * 1.0))
        lab.accepted(lab.finish(number, elapsed_s=number * 1.0 + 0.5))
        assert lab.rows("SELECT total_steps, total_time FROM tasks") == [(number, number + 0.5)]


def test_could_not_start_ends_a_waiting_task(lab: StoreLab) -> None:
    lab.create()
    lab.accepted(lab.change(TaskEvent.COULD_NOT_START, reason="no such model"))
    assert lab.rows("SELECT final_status, error_message FROM tasks") == [("FAILED", "no such model")]


OUTCOMES = list(itertools.product(Outcome, [True, False]))


@pytest.mark.parametrize(("outcome", "ended"), OUTCOMES)
def test_success_of_a_step_is_null_until_it_is_known(lab: StoreLab, outcome: Outcome, ended: bool) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    assert lab.value("SELECT success FROM steps") is None
    if ended:
        lab.bury()
    answer = lab.accepted(lab.finish(1, outcome=outcome))
    assert isinstance(answer, Accepted)
    expected = {Outcome.DONE: 1, Outcome.UNKNOWN: None}.get(outcome, 0)
    assert lab.value("SELECT success FROM steps") == expected


def test_a_worker_of_the_same_name_in_another_life_does_not_own_the_task(lab: StoreLab) -> None:
    lab.running()
    reborn = type(WORKER)(WORKER.name, "f00000000000000f")
    answer = lab.write_one(lab.begin(1), reborn)
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.FENCED


def test_the_stores_digests_are_the_protocols(lab: StoreLab) -> None:
    record = lab.begin(1, reply="x")
    assert digest(record).hex() == digest_of(record)


def test_a_transition_says_who_asked_for_it_not_who_passed_it_on(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.change(TaskEvent.STOP_ASKED, by="gui-1"))
    lab.accepted(lab.change(TaskEvent.STOPPED))
    assert lab.rows("SELECT to_state, by FROM transitions ORDER BY seq") == [
        ("CREATED", "cli-1"),
        ("RUNNING", "worker-1"),
        ("STOPPING", "gui-1"),
        ("STOPPED", "worker-1"),
    ]


def test_a_line_of_an_older_log_is_read_and_names_the_worker_that_passed_the_task_on(lab: StoreLab) -> None:
    task = NewTask(session_id="older", task_description="do it")
    (event,) = lab.run(Asked(WORKER, CreateTask(task=task))).events
    line = msgspec.json.decode(msgspec.json.encode(event))
    assert line["body"].pop("by") == ""
    assert msgspec.convert(line, Event) == event
    assert lab.value("SELECT by FROM transitions") == str(WORKER)
