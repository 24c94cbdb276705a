"""The end of dead workers: the outbox taken in, the open step closed, the mark read, the task ended; in that order."""

from __future__ import annotations

import msgspec
import pytest
from store_lab import WORKER, StoreLab, picture_of

from persistence_daemon.batch import Asked
from persistence_daemon.liveness import close_estate, find_dead
from persistence_daemon.outbox import Estate, OutboxItem, known_workers
from shared.messages import Forced, ForceReason, Outcome, WriteRecords
from shared.posix import write_durably
from shared.task_state import TaskEvent
from shared.wire import encode


def mark(kind: ForceReason, session_id: str | None = "task-1") -> Forced:
    return Forced(
        incarnation=WORKER.incarnation,
        session_id=session_id,
        kind=kind,
        reason="did not react",
        by="cli-1",
        at="now",
    )


def test_a_step_whose_intent_was_acknowledged_ends_unknown(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    lab.bury()
    assert lab.rows("SELECT final_status, unknown_step, error_message FROM tasks") == [
        ("CRASHED", 1, "its worker died")
    ]
    assert lab.value("SELECT outcome FROM steps") == "unknown"


def test_a_step_whose_intent_came_only_out_of_the_outbox_was_not_executed(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    lab.bury(WriteRecords(records=(lab.begin(2),)))
    assert lab.rows("SELECT step_num, outcome, late FROM steps") == [(1, "done", 0), (2, "not_executed", 0)]
    assert lab.rows("SELECT final_status, unknown_step FROM tasks") == [("CRASHED", None)]


def test_an_intent_that_was_stored_before_it_came_again_out_of_the_outbox_ends_unknown(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    lab.bury(WriteRecords(records=(lab.begin(1),)))
    assert lab.value("SELECT outcome FROM steps") == "unknown"


def test_what_the_outbox_says_of_the_end_counts(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    outbox = (lab.finish(1), lab.note("n"), lab.change(TaskEvent.STOP_ASKED), lab.change(TaskEvent.STOPPED))
    lab.bury(*(WriteRecords(records=(record,)) for record in outbox))
    assert lab.state() == "STOPPED"
    assert lab.value("SELECT outcome FROM steps") == "done"
    assert lab.value("SELECT count(*) FROM notes") == 1
    assert lab.value("SELECT held FROM devices") == ""


@pytest.mark.parametrize("stopping", [False, True])
def test_a_worker_ended_by_force_after_a_stop_leaves_its_task_stopped(lab: StoreLab, stopping: bool) -> None:
    lab.running()
    if stopping:
        lab.accepted(lab.change(TaskEvent.STOP_ASKED, reason="a person"))
    lab.bury(forced=mark(ForceReason.STOP))
    assert lab.rows("SELECT to_state, event FROM transitions ORDER BY seq")[-2:] == [
        ("STOPPING", "stop_asked"),
        ("STOPPED", "forced"),
    ]
    assert lab.value("SELECT error_message FROM tasks") == "ended by force: did not react"


def test_a_hung_worker_ended_by_force_leaves_its_task_crashed_with_the_reason(lab: StoreLab) -> None:
    lab.running()
    lab.bury(forced=mark(ForceReason.HUNG))
    assert lab.rows("SELECT final_status, error_message FROM tasks") == [("CRASHED", "did not react")]


def test_a_mark_that_speaks_of_another_task_does_not_count(lab: StoreLab) -> None:
    lab.running()
    lab.bury(forced=mark(ForceReason.STOP, "task-9"))
    assert lab.state() == "CRASHED"


def test_a_burial_that_is_done_again_changes_nothing(lab: StoreLab) -> None:
    lab.running()
    message = WriteRecords(records=(lab.begin(1),))
    lab.bury(message)
    rows = lab.rows("SELECT * FROM steps")
    lab.bury(message)
    assert lab.rows("SELECT * FROM steps") == rows
    assert lab.state() == "CRASHED"


def test_an_outbox_file_that_cannot_be_read_is_kept_and_shown_and_the_rest_is_taken_in(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    items = (
        OutboxItem("00000001.rec", None, raw=b"\xff\0garbage", why="torn"),
        OutboxItem("00000002.rec", WriteRecords(records=(lab.finish(1),))),
    )
    lab.run(Estate(WORKER, items))
    assert lab.set_aside() == [("outbox file", "BAD_REQUEST")]
    assert lab.value("SELECT outcome FROM steps") == "done"


def test_a_worker_is_dead_exactly_when_its_lock_can_be_taken(lab: StoreLab) -> None:
    lab.running()
    lock = lab.home.outbox_lock(WORKER)
    image = b"screenshot"
    folder = lab.home.outbox_of(WORKER)
    folder.mkdir()
    record = lab.begin(1, picture=picture_of(image))
    write_durably(folder / "00000001.png", image)
    write_durably(folder / "00000001.rec", encode(WORKER, WriteRecords(records=(record,)), 1))
    write_durably(folder / "00000002.rec", b"garbage")
    write_durably(lab.home.forced_mark(WORKER), msgspec.json.encode(mark(ForceReason.STOP)))
    write_durably(lab.home.outbox / "notes.txt", b"a stranger's file")
    assert known_workers(lab.home) == {WORKER}
    (dead,) = find_dead(lab.home, lab.store.connection)
    assert dead.estate.forced == mark(ForceReason.STOP)
    lab.run(dead.estate)
    close_estate(lab.home, dead)
    assert [path.name for path in lab.home.outbox.iterdir()] == ["notes.txt"]
    assert not lock.exists()
    assert lab.state() == "STOPPED"
    (path,) = lab.rows("SELECT screenshot_path FROM steps")[0]
    assert (lab.home.root / path).read_bytes() == image
    assert find_dead(lab.home, lab.store.connection) == []


def test_an_owner_without_a_lock_file_is_dead(lab: StoreLab) -> None:
    lab.running()
    (dead,) = find_dead(lab.home, lab.store.connection)
    assert dead.estate.worker == WORKER
    lab.run(dead.estate)
    close_estate(lab.home, dead)
    assert lab.state() == "CRASHED"


def test_a_mark_of_another_incarnation_or_one_that_is_not_readable_is_named_and_does_not_count(
    lab: StoreLab,
) -> None:
    lab.running()
    write_durably(lab.home.forced_mark(WORKER), b"{")
    (dead,) = find_dead(lab.home, lab.store.connection)
    assert dead.estate.forced is None
    assert "not readable" in dead.estate.problems[0]
    dead.lock.release()
    other = msgspec.structs.replace(mark(ForceReason.STOP), incarnation="0" * 16)
    write_durably(lab.home.forced_mark(WORKER), msgspec.json.encode(other))
    (dead,) = find_dead(lab.home, lab.store.connection)
    assert dead.estate.forced is None
    dead.lock.unlink_and_release()


def test_what_a_worker_sent_before_it_died_comes_before_its_burial(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1))
    sent = WriteRecords(records=(lab.finish(1), lab.change(TaskEvent.SUCCEEDED)))
    lab.run(Asked(WORKER, sent), Estate(WORKER))
    assert lab.state() == "SUCCESS"
    assert lab.value("SELECT outcome FROM steps") == Outcome.DONE
