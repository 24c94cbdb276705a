"""What people say of a task afterwards: labels, and deletions that nothing undoes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store_lab import CLI, PHONE, WORKER, StoreLab, picture_of

from persistence_daemon.backup import take_backup
from persistence_daemon.eraser import not_erased
from persistence_daemon.queries import list_devices, task_row
from shared.errors import BadInputError, ErrorCode
from shared.messages import (
    Accepted,
    Claimed,
    ClaimTask,
    DeleteTask,
    Done,
    ErrorInfo,
    Label,
    LabelTask,
    Message,
    Submitted,
    Verdict,
    WriteRecords,
)
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path

RIGHT, WRONG = Label.RIGHT, Label.WRONG


def done(answer: Message) -> int:
    assert isinstance(answer, Done), answer
    return answer.seq


def refused(answer: Message) -> ErrorCode:
    assert isinstance(answer, ErrorInfo), answer
    return answer.code


def label(lab: StoreLab, what: Label | None, step: int | None = None, task: str = "task-1", text: str = "") -> Message:
    return lab.ask(CLI, LabelTask(session_id=task, step_num=step, label=what, correction=text))


def delete(lab: StoreLab, task: str = "task-1") -> Message:
    return lab.ask(CLI, DeleteTask(session_id=task))


def ended(lab: StoreLab, task: str = "task-1", steps: int = 2) -> None:
    lab.running(task)
    for number in range(1, steps + 1):
        lab.step(number, task)
    lab.accepted(lab.note(f"note of {task}".replace(" ", "-"), session_id=task))
    lab.accepted(lab.change(TaskEvent.SUCCEEDED, task))


def rows_of(lab: StoreLab, task: str = "task-1") -> int:
    tables = ("tasks", "steps", "transitions", "notes", "set_aside")
    return sum(lab.value(f"SELECT count(*) FROM {table} WHERE session_id = ?", task) for table in tables)


def test_a_persons_word_comes_before_the_agents_and_can_be_taken_back(lab: StoreLab) -> None:
    ended(lab)
    done(label(lab, WRONG, text="dark mode is still off"))
    row = task_row(lab.store.connection, "task-1")
    assert (row.verdict, row.user_label, row.user_correction) == (Verdict.WRONG, WRONG, "dark mode is still off")
    done(label(lab, None))
    row = task_row(lab.store.connection, "task-1")
    assert (row.verdict, row.user_label, row.user_correction) == (Verdict.REPORTED, None, None)


def test_a_step_is_judged_also_while_its_task_runs(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    done(label(lab, WRONG, 1, text="tap the other switch"))
    assert lab.rows("SELECT user_label, user_correction FROM steps") == [("wrong", "tap the other switch")]
    done(label(lab, RIGHT, 1))
    assert lab.rows("SELECT user_label, user_correction FROM steps") == [("right", None)]


def test_the_same_judgement_once_more_changes_nothing(lab: StoreLab) -> None:
    ended(lab)
    assert done(label(lab, RIGHT)) == lab.store.seq
    seq = lab.store.seq
    assert done(label(lab, RIGHT)) == 0
    assert done(label(lab, None, 1)) == 0
    assert lab.store.seq == seq


def test_what_cannot_be_judged_is_refused_and_changes_nothing(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    seq = lab.store.seq
    assert refused(label(lab, RIGHT)) is ErrorCode.ILLEGAL_TRANSITION, "it has not ended"
    assert refused(label(lab, RIGHT, 2)) is ErrorCode.BAD_REQUEST
    assert refused(label(lab, RIGHT, task="no-task")) is ErrorCode.UNKNOWN_TASK
    assert refused(label(lab, None, 1, text="a correction of nothing")) is ErrorCode.BAD_REQUEST
    assert lab.store.seq == seq


def test_a_deleted_task_is_gone_with_all_that_belongs_to_it_and_nothing_else(lab: StoreLab) -> None:
    ended(lab)
    ended(lab, "task-2")
    lab.write_one(lab.finish(9, "task-1"))
    kept = rows_of(lab, "task-2")
    assert rows_of(lab) > 0
    done(delete(lab))
    lab.tidy()
    assert (rows_of(lab), rows_of(lab, "task-2")) == (0, kept)
    with pytest.raises(BadInputError, match="was deleted"):
        task_row(lab.store.connection, "task-1")


def test_a_repeated_deletion_is_answered_the_same_also_after_a_restart(lab: StoreLab) -> None:
    ended(lab)
    seq = done(delete(lab))
    assert done(delete(lab)) == seq
    lab.reopen()
    assert done(delete(lab)) == seq


@pytest.mark.parametrize("state", ["waiting", "running", "unknown"])
def test_only_an_ended_task_can_be_deleted(lab: StoreLab, state: str) -> None:
    if state == "waiting":
        lab.create()
    elif state == "running":
        lab.running()
    expected = ErrorCode.UNKNOWN_TASK if state == "unknown" else ErrorCode.ILLEGAL_TRANSITION
    assert refused(delete(lab)) is expected


def test_an_id_of_a_deleted_task_is_given_to_no_other(lab: StoreLab) -> None:
    ended(lab)
    done(delete(lab))
    assert refused(lab.create()) is ErrorCode.CONFLICT


def test_a_late_record_of_a_deleted_task_is_refused_and_not_kept(lab: StoreLab) -> None:
    ended(lab)
    done(delete(lab))
    seq = lab.store.seq
    late = lab.begin(3, picture=picture_of(b"late"))
    for record in (late, lab.finish(2), lab.note("n"), lab.change(TaskEvent.FAILED)):
        answer = lab.write_one(record, picture=b"late" if record is late else b"")
        assert refused(answer) is ErrorCode.UNKNOWN_TASK
    lab.bury(WriteRecords(records=(lab.finish(2),)))
    assert lab.store.seq == seq
    assert not list(lab.home.screenshots.rglob("*.png")), "what was deleted does not come back by its picture"


def test_a_late_picture_does_not_break_the_store_when_the_folder_has_been_erased(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.begin(1, picture=picture_of(b"one")), picture=b"one")
    lab.accepted(lab.finish(1))
    lab.accepted(lab.change(TaskEvent.FAILED))
    done(delete(lab))
    lab.tidy()
    answer = lab.write_one(lab.begin(2, picture=picture_of(b"two")), picture=b"two")
    assert refused(answer) is ErrorCode.UNKNOWN_TASK
    lab.running("task-2")
    lab.accepted(lab.begin(1, "task-2", picture=picture_of(b"three")), picture=b"three")
    assert len(list(lab.home.screenshots.rglob("*.png"))) == 1


def test_a_deletion_and_what_the_same_batch_says_of_the_task_do_not_meet(lab: StoreLab) -> None:
    from persistence_daemon.batch import Asked

    ended(lab)
    words = WriteRecords(records=(lab.note("late"),))
    committed = lab.run(Asked(WORKER, words), Asked(CLI, DeleteTask(session_id="task-1")), Asked(WORKER, words))
    first, second, third = committed.answers
    assert isinstance(first.results[0], Accepted)  # type: ignore[attr-defined]
    assert done(second) == lab.store.seq
    assert refused(third.results[0]) is ErrorCode.UNKNOWN_TASK  # type: ignore[attr-defined]
    lab.tidy()
    assert rows_of(lab) == 0


def test_a_claim_stays_fenced_when_its_task_is_deleted(lab: StoreLab) -> None:
    ended(lab)
    lab.create("task-2")
    done(delete(lab))

    def claim(number: int) -> Message:
        return lab.ask(WORKER, ClaimTask(claim=number, device_id=PHONE, agents=("phone",)))

    repeated = claim(1)
    assert isinstance(repeated, Claimed)
    assert repeated.task is None, "the same claim never gets another task"
    assert "was deleted" in repeated.why
    following = claim(2)
    assert isinstance(following, Claimed)
    assert following.task is not None
    assert refused(claim(1)) is ErrorCode.STALE


def test_a_device_forgets_its_last_task_when_that_is_deleted(lab: StoreLab) -> None:
    def last_task() -> str | None:
        return list_devices(lab.store.connection, {}).items[0].last_task

    ended(lab)
    assert last_task() == "task-1"
    ended(lab, "task-2")
    done(delete(lab))
    assert last_task() == "task-2"
    done(delete(lab, "task-2"))
    assert last_task() is None


def test_tokens_are_counted_on_the_task_and_stop_before_they_overflow(lab: StoreLab) -> None:
    def total() -> tuple[int, int]:
        row = task_row(lab.store.connection, "task-1")
        return row.prompt_tokens, row.completion_tokens

    lab.running()
    for number, tokens in enumerate((100, None, (1 << 63) - 1), 1):
        lab.accepted(lab.begin(number, prompt_tokens=tokens, completion_tokens=7))
        lab.accepted(lab.begin(number, prompt_tokens=tokens, completion_tokens=7))
        lab.accepted(lab.finish(number))
        assert total() == (100 if number < 3 else 1 << 53, 7 * number)


@pytest.mark.parametrize("how", ["rebuilt from the log", "rebuilt from a backup"])
def test_a_rebuilt_store_has_the_judgements_and_not_the_deleted(lab: StoreLab, how: str) -> None:
    ended(lab)
    ended(lab, "task-2")
    if how == "rebuilt from a backup":
        take_backup(lab.home, "test", lab.at(), lab.store.log.sync)
    done(label(lab, WRONG, task="task-2"))
    seq = done(delete(lab))
    lab.close()
    lab.home.database.unlink()
    lab.opened = lab._open()
    lab.tidy()
    assert rows_of(lab) == 0
    assert task_row(lab.store.connection, "task-2").verdict == Verdict.WRONG
    assert done(delete(lab)) == seq
    assert isinstance(lab.create("task-3"), Submitted)


def test_the_next_start_erases_what_a_crash_left_and_then_has_nothing_to_do(lab: StoreLab, tmp_path: Path) -> None:
    ended(lab)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_bytes(b"kept")
    folder = lab.home.screenshots / "task-1"
    folder.mkdir()
    (folder / "1-x.png").write_bytes(b"png")
    (folder / "link").symlink_to(elsewhere)
    (lab.home.thumbs / "task-1").symlink_to(elsewhere)
    seq = done(delete(lab))
    assert lab.tidy() == seq
    assert not folder.exists()
    assert not (lab.home.thumbs / "task-1").is_symlink()
    assert (elsewhere / "kept").exists(), "what a link leads to is not ours"
    lab.reopen()
    assert not_erased(lab.store.connection) == [], "the mark is kept"
