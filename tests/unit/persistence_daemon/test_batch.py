"""The batch: all or nothing, poisoned records, full disks, transactions that SQLite ends by itself, pictures."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import apsw
import pytest
from store_lab import OTHER, WORKER, StoreLab, picture_of

from persistence_daemon import pictures
from persistence_daemon.batch import Asked, StoreBroken, StoreUnavailable
from persistence_daemon.facts import FactsCache
from persistence_daemon.log_reader import log_files, read_lines
from persistence_daemon.troubles import RolledBackError, Trouble, trouble_of
from shared.errors import ErrorCode
from shared.messages import Accepted, ErrorInfo, RecordsWritten, WriteRecords
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path


def logged(lab: StoreLab) -> list[int]:
    return [
        line.event.seq
        for file in log_files(lab.home.event_log)
        for line in read_lines(file.path)
        if line.event is not None
    ]


def two_workers(lab: StoreLab) -> None:
    lab.running("task-1", WORKER, "phone-1")
    lab.running("task-2", OTHER, "phone-2")


def test_a_batch_is_one_transaction_with_an_answer_for_each(lab: StoreLab) -> None:
    two_workers(lab)
    mine = WriteRecords(records=(lab.begin(1), lab.finish(1)))
    other = WriteRecords(records=(lab.begin(1, "task-2"),))
    committed = lab.run(Asked(WORKER, mine), Asked(OTHER, other))
    assert [event.seq for event in committed.events] == list(range(lab.store.seq - 2, lab.store.seq + 1))
    assert all(isinstance(answer, RecordsWritten) for answer in committed.answers)


def test_a_record_that_sqlite_refuses_is_set_aside_and_the_rest_is_stored(
    lab: StoreLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_workers(lab)
    lab.store.connection.execute(
        "CREATE TEMP TRIGGER poison BEFORE INSERT ON steps WHEN NEW.thinking = 'thought 1'"
        " AND NEW.session_id = 'task-1'"
        " BEGIN SELECT RAISE(ABORT, 'poison'); END"
    )
    mine = WriteRecords(records=(lab.begin(1), lab.note("mine")))
    other = WriteRecords(records=(lab.begin(1, "task-2"), lab.finish(1, "task-2")))
    committed = lab.run(Asked(WORKER, mine), Asked(OTHER, other))
    first, second = committed.answers
    assert isinstance(first, RecordsWritten)
    assert isinstance(second, RecordsWritten)
    assert [getattr(result, "code", None) for result in first.results] == [ErrorCode.SET_ASIDE, None]
    assert all(isinstance(result, Accepted) and not result.late for result in second.results)
    assert lab.set_aside() == [("BeginStep", "SET_ASIDE")]
    assert lab.state("task-1") == "FAILED"
    lab.store.connection.execute("DROP TRIGGER poison")


def test_a_refused_row_among_many_is_traced_to_its_own_record(lab: StoreLab) -> None:
    two_workers(lab)
    lab.store.connection.execute(
        "CREATE TEMP TRIGGER poison BEFORE INSERT ON steps WHEN NEW.thinking = 'thought 2'"
        " AND NEW.session_id = 'task-1' BEGIN SELECT RAISE(ABORT, 'poison'); END"
    )
    mine = WriteRecords(records=(lab.begin(1), lab.finish(1), lab.begin(2)))
    other = WriteRecords(records=(lab.begin(1, "task-2"), lab.finish(1, "task-2")))
    first, second = lab.run(Asked(WORKER, mine), Asked(OTHER, other)).answers
    assert isinstance(first, RecordsWritten)
    assert [getattr(result, "code", None) for result in first.results] == [None, None, ErrorCode.SET_ASIDE]
    assert isinstance(second, RecordsWritten)
    assert all(isinstance(result, Accepted) for result in second.results)
    assert lab.rows("SELECT session_id, step_num, outcome FROM steps") == [("task-1", 1, "done"), ("task-2", 1, "done")]
    lab.store.connection.execute("DROP TRIGGER poison")


def test_an_intent_and_its_outcome_in_one_batch_are_written_as_one_row(lab: StoreLab) -> None:
    two_workers(lab)
    lab.store.connection.execute(
        "CREATE TEMP TRIGGER twice BEFORE UPDATE ON steps BEGIN SELECT RAISE(ABORT, 'written twice'); END"
    )
    records = (lab.begin(1), lab.finish(1), lab.begin(2), lab.finish(2), lab.begin(3))
    assert all(isinstance(answer, Accepted) for answer in lab.write(*records))
    assert lab.rows("SELECT step_num, outcome FROM steps") == [(1, "done"), (2, "done"), (3, None)]
    lab.store.connection.execute("DROP TRIGGER twice")
    assert isinstance(lab.write_one(lab.finish(3)), Accepted)
    assert lab.value("SELECT outcome FROM steps WHERE step_num = 3") == "done"


def test_a_row_that_is_refused_when_it_is_written_back_is_traced_to_its_record(lab: StoreLab) -> None:
    two_workers(lab)
    lab.store.connection.execute(
        "CREATE TEMP TRIGGER poison BEFORE UPDATE ON tasks WHEN NEW.session_id = 'task-1' AND NEW.total_steps = 1"
        " AND NEW.final_status = 'RUNNING' BEGIN SELECT RAISE(ABORT, 'poison'); END"
    )
    mine = WriteRecords(records=(lab.begin(1),))
    other = WriteRecords(records=(lab.begin(1, "task-2"),))
    first, second = lab.run(Asked(OTHER, other), Asked(WORKER, mine)).answers
    assert isinstance(first, RecordsWritten)
    assert isinstance(first.results[0], Accepted)
    assert isinstance(second, RecordsWritten)
    assert isinstance(second.results[0], ErrorInfo)
    lab.store.connection.execute("DROP TRIGGER poison")


def test_a_fault_of_the_program_in_one_request_harms_no_other(lab: StoreLab, monkeypatch: pytest.MonkeyPatch) -> None:
    two_workers(lab)
    original = FactsCache.get

    def get(self: FactsCache, session_id: str) -> Any:
        if session_id == "task-1":
            raise ZeroDivisionError("a fault")
        return original(self, session_id)

    monkeypatch.setattr(FactsCache, "get", get)
    mine = WriteRecords(records=(lab.begin(1),))
    other = WriteRecords(records=(lab.begin(1, "task-2"),))
    first, second = lab.run(Asked(WORKER, mine), Asked(OTHER, other)).answers
    assert isinstance(first, ErrorInfo)
    assert first.code is ErrorCode.INTERNAL
    assert isinstance(second, RecordsWritten)
    assert isinstance(second.results[0], Accepted)


def test_a_full_store_acknowledges_nothing_and_takes_the_same_batch_when_there_is_space(
    lab: StoreLab,
) -> None:
    lab.running()
    connection = lab.store.connection
    before, size = lab.store.seq, lab.store.log.size
    connection.pragma("max_page_count", connection.pragma("page_count"))
    big = WriteRecords(records=tuple(lab.note(f"n{number}", "x" * 9000) for number in range(20)))
    with pytest.raises(StoreUnavailable) as caught:
        lab.ask(WORKER, big)
    assert caught.value.code is ErrorCode.STORE_FULL
    assert caught.value.retryable
    assert (lab.store.seq, lab.store.log.size) == (before, size)
    assert lab.value("SELECT count(*) FROM notes") == 0
    connection.pragma("max_page_count", 1_000_000)
    answer = lab.ask(WORKER, big)
    assert isinstance(answer, RecordsWritten)
    assert all(isinstance(result, Accepted) for result in answer.results)


def test_a_store_locked_by_something_else_is_busy_and_nothing_is_lost(lab: StoreLab) -> None:
    lab.running()
    stranger = apsw.Connection(str(lab.home.database))
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable) as caught:
        lab.write(lab.begin(1))
    assert caught.value.code is ErrorCode.STORE_BUSY
    stranger.execute("ROLLBACK")
    stranger.close()
    assert isinstance(lab.write_one(lab.begin(1)), Accepted)


def test_a_transaction_that_sqlite_ended_by_itself_never_commits_half(
    lab: StoreLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_workers(lab)
    original, times = FactsCache.get, []

    def get(self: FactsCache, session_id: str) -> Any:
        if session_id == "task-2" and not times:
            times.append(1)
            lab.store.connection.execute("ROLLBACK")  # as SQLITE_FULL may do
        return original(self, session_id)

    monkeypatch.setattr(FactsCache, "get", get)
    works = (
        Asked(WORKER, WriteRecords(records=(lab.begin(1),))),
        Asked(OTHER, WriteRecords(records=(lab.begin(1, "task-2"),))),
    )
    with pytest.raises(StoreUnavailable):
        lab.run(*works)
    assert lab.value("SELECT count(*) FROM steps") == 0
    lab.run(*works)
    assert lab.value("SELECT count(*) FROM steps") == 2


def test_a_failed_commit_takes_its_lines_out_of_the_event_log(lab: StoreLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.running()
    before = logged(lab)
    lab.store.connection.set_commit_hook(lambda: True)  # turns the COMMIT into a rollback
    with pytest.raises((StoreUnavailable, StoreBroken)):
        lab.write(lab.begin(1))
    lab.store.connection.set_commit_hook(None)
    assert logged(lab) == before
    assert isinstance(lab.write_one(lab.begin(1)), Accepted)
    assert logged(lab) == [*before, before[-1] + 1]


def test_an_event_log_on_a_full_disk_acknowledges_nothing(lab: StoreLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.running()
    before = logged(lab)
    original = os.write

    def write(descriptor: int, data: bytes) -> int:
        original(descriptor, data[:10])
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("persistence_daemon.event_log.os.write", write)
    with pytest.raises(StoreUnavailable) as caught:
        lab.write(lab.begin(1))
    monkeypatch.undo()
    assert caught.value.code is ErrorCode.STORE_FULL
    assert logged(lab) == before
    assert lab.value("SELECT count(*) FROM steps") == 0
    assert isinstance(lab.write_one(lab.begin(1)), Accepted)


def test_nothing_is_written_when_nothing_changes(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    size, seq = lab.store.log.size, lab.store.seq
    lab.write(lab.begin(1), lab.finish(1))
    assert (lab.store.log.size, lab.store.seq) == (size, seq)


def test_a_picture_is_on_disk_under_its_own_name_and_is_never_written_again(lab: StoreLab) -> None:
    lab.running()
    image = os.urandom(5000)
    record = lab.begin(1, picture=picture_of(image))
    lab.accepted(record, picture=image)
    path = lab.home.root / lab.value("SELECT screenshot_path FROM steps")
    assert path.name == f"1-{picture_of(image).digest[:16]}.png"
    inode = path.stat().st_ino
    lab.accepted(record, picture=image)
    assert path.stat().st_ino == inode
    path.unlink()
    lab.accepted(record, picture=image)
    assert path.read_bytes() == image, "a repeat whose picture is missing writes it before the answer"


def test_pictures_of_several_workers_in_one_batch_are_all_stored(lab: StoreLab) -> None:
    two_workers(lab)
    one, two = os.urandom(1000), os.urandom(1000)
    first = WriteRecords(records=(lab.begin(1, picture=picture_of(one)),))
    second = WriteRecords(records=(lab.begin(1, "task-2", picture=picture_of(two)),))
    lab.run(Asked(WORKER, first, one), Asked(OTHER, second, two))
    assert lab.value("SELECT count(DISTINCT screenshot_digest) FROM steps") == 2


@pytest.mark.parametrize("came", [b"", b"another picture", b"x" * 99])
def test_a_record_whose_picture_did_not_come_is_set_aside(lab: StoreLab, came: bytes) -> None:
    lab.running()
    answer = lab.write_one(lab.begin(1, picture=picture_of(b"y" * 99)), picture=came)
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.SET_ASIDE
    assert lab.state() == "FAILED"


def test_a_closing_picture_is_stored_with_the_end(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.change(TaskEvent.FAILED, picture=picture_of(b"last")), picture=b"last")
    path = lab.value("SELECT closing_screenshot_path FROM tasks")
    assert (lab.home.root / path).read_bytes() == b"last"


def test_a_full_disk_under_a_picture_acknowledges_nothing(lab: StoreLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.running()

    def no_space(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "write_synced", no_space)
        with pytest.raises(StoreUnavailable):
            lab.write_one(lab.begin(1, picture=picture_of(b"z")), picture=b"z")
    lab.accepted(lab.begin(1, picture=picture_of(b"z")), picture=b"z")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (OSError(errno.ENOSPC, ""), Trouble.FULL),
        (OSError(errno.EDQUOT, ""), Trouble.FULL),
        (OSError(errno.EIO, ""), Trouble.FATAL),
        (RolledBackError(), Trouble.BUSY),
        (ValueError(), None),
        (apsw.exception_for(apsw.SQLITE_CONSTRAINT_UNIQUE), Trouble.RECORD),
        (apsw.exception_for(apsw.SQLITE_TOOBIG), Trouble.RECORD),
        (apsw.exception_for(apsw.SQLITE_FULL), Trouble.FULL),
        (apsw.exception_for(apsw.SQLITE_IOERR_SHMSIZE), Trouble.FULL),
        (apsw.exception_for(apsw.SQLITE_BUSY_SNAPSHOT), Trouble.BUSY),
        (apsw.exception_for(apsw.SQLITE_IOERR_FSYNC), Trouble.FATAL),
        (apsw.exception_for(apsw.SQLITE_CORRUPT_VTAB), Trouble.FATAL),
        (apsw.exception_for(apsw.SQLITE_NOTADB), Trouble.FATAL),
        (apsw.exception_for(apsw.SQLITE_READONLY_DBMOVED), Trouble.FATAL),
        (apsw.exception_for(apsw.SQLITE_ERROR), None),
    ],
)
def test_errors_are_told_by_their_extended_code(error: BaseException, trouble: Trouble | None) -> None:
    assert trouble_of(error) is trouble
