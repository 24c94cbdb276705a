"""What is left of a deleted task: rubbish that nobody sees, taken away in short portions, the same after any crash."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import apsw
import pytest
from store_lab import CLI, StoreLab, picture_of

from persistence_daemon.backup import take_backup
from persistence_daemon.eraser import Deleted, not_erased
from persistence_daemon.queries import count_set_aside, list_set_aside
from persistence_daemon.sweeper import SWEPT, Sweeper
from persistence_daemon.verify import orphans
from shared.messages import Accepted, DeleteTask, Done, FinishStep, ListSetAside, Outcome
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 40


def deleted(lab: StoreLab, task: str = "task-1", steps: int = STEPS) -> Deleted:
    """Let a task run, end and be deleted, with a picture, notes and what was set aside; nothing is swept yet."""
    lab.running(task)
    lab.accepted(lab.begin(1, task, picture=picture_of(b"png")), picture=b"png")
    lab.accepted(lab.finish(1, task))
    for number in range(2, steps + 1):
        lab.step(number, task)
    for number in range(3):
        lab.accepted(lab.note(f"{task}-note-{number}", session_id=task))
    lab.write_one(FinishStep(session_id=task, step_num=1, outcome=Outcome.FAILED))
    lab.accepted(lab.change(TaskEvent.SUCCEEDED, task))
    answer = lab.ask(CLI, DeleteTask(session_id=task))
    assert isinstance(answer, Done)
    return Deleted(answer.seq, task)


def rubbish(lab: StoreLab) -> dict[str, int]:
    sql = "SELECT count(*) FROM {} JOIN deletions USING (session_id)"
    return {table: lab.value(sql.format(table)) for table in SWEPT}


def times(count: int) -> Callable[[], bool]:
    """Return what says yes `count` times."""
    answers = itertools.chain(itertools.repeat(True, count), itertools.repeat(False))
    return lambda: next(answers)


def test_a_deletion_touches_few_rows_and_what_is_left_is_seen_by_nobody(lab: StoreLab) -> None:
    before = lab.store.connection.total_changes()
    gone = deleted(lab)
    assert rubbish(lab) == {"steps": STEPS, "notes": 3, "set_aside": 1}
    before = lab.store.connection.total_changes()
    lab.store.emit(lambda tx: None, lab.at())
    assert lab.store.connection.total_changes() == before
    assert count_set_aside(lab.store.connection) == 0
    assert list_set_aside(lab.store.connection, ListSetAside()).items == ()
    assert list_set_aside(lab.store.connection, ListSetAside(session_id=gone.session_id)).items == ()
    assert lab.check() == [], "the checker replays the log into a store that was never swept"


def test_the_commit_of_a_deletion_does_not_grow_with_the_task(lab: StoreLab) -> None:
    def changes(steps: int, task: str) -> int:
        lab.running(task)
        for number in range(1, steps + 1):
            lab.step(number, task)
        lab.accepted(lab.change(TaskEvent.SUCCEEDED, task))
        before: int = lab.store.connection.total_changes()
        lab.ask(CLI, DeleteTask(session_id=task))
        return int(lab.store.connection.total_changes()) - before

    assert changes(1, "task-1") == changes(60, "task-2")


def test_what_is_left_of_a_task_has_no_gap_after_any_portion(lab: StoreLab) -> None:
    gone = deleted(lab)
    sweeper = Sweeper(lab.store.connection, [gone])
    seen = []
    while sweeper.has_work(0):
        sweeper.portion(0, times(0))
        seen.append(rubbish(lab))
        assert lab.check() == []
    assert len(seen) == 6, "three of the steps, one for each other table, one that finds nothing left"
    assert seen[0]["steps"] == STEPS - 16
    assert seen[-1] == {"steps": 0, "notes": 0, "set_aside": 0}


def test_the_mark_is_kept_only_when_rows_and_pictures_are_gone(lab: StoreLab) -> None:
    gone = [deleted(lab, "task-1"), deleted(lab, "task-2")]
    sweeper = Sweeper(lab.store.connection, gone)
    sweeper.portion(0, lambda: True)
    assert (len(sweeper), sweeper.has_work(0)) == (2, False), "the pictures are still there"
    assert sweeper.has_work(gone[0].seq)
    sweeper.portion(gone[0].seq, lambda: True)
    assert not_erased(lab.store.connection) == gone[1:]
    sweeper.portion(gone[1].seq, lambda: True)
    assert (len(sweeper), not_erased(lab.store.connection)) == (0, [])


def test_a_portion_that_fails_has_done_nothing_and_is_done_again(lab: StoreLab) -> None:
    gone = deleted(lab)
    connection = lab.store.connection
    sweeper = Sweeper(connection, [gone])
    before = rubbish(lab)
    connection.set_commit_hook(lambda: True)
    with pytest.raises(apsw.ConstraintError):
        sweeper.portion(gone.seq, lambda: True)
    connection.set_commit_hook(None)
    assert rubbish(lab) == before
    assert not connection.in_transaction
    sweeper.portion(gone.seq, lambda: True)
    sweeper.portion(gone.seq, lambda: True)
    assert (sum(rubbish(lab).values()), len(sweeper)) == (0, 0)


def test_a_note_of_a_deleted_task_does_not_stand_in_the_way_of_another_one_of_its_id(lab: StoreLab) -> None:
    deleted(lab)
    lab.running("task-2")
    for _ in range(2):
        assert isinstance(lab.write_one(lab.note("task-1-note-1", session_id="task-2")), Accepted)
    assert rubbish(lab)["notes"] == 2
    lab.tidy()
    assert lab.check() == [], "a replay, in which nothing was swept in between, ends the same"


@pytest.mark.parametrize("swept_before", [True, False])
def test_a_store_that_is_rebuilt_sweeps_what_was_swept_before(lab: StoreLab, swept_before: bool) -> None:
    deleted(lab)
    take_backup(lab.home, "with rubbish in it", lab.at(), lab.store.log.sync)
    if swept_before:
        lab.tidy()
    lab.close()
    lab.home.database.unlink()
    lab.opened = lab._open()
    assert rubbish(lab)["steps"] == STEPS
    assert lab.check() == []
    lab.tidy()
    assert sum(rubbish(lab).values()) == 0
    assert lab.check() == []


def test_rows_that_the_mark_says_are_gone_are_found_by_the_check(lab: StoreLab) -> None:
    gone = deleted(lab)
    lab.store.connection.execute("UPDATE meta SET erased_seq = ?", (gone.seq,))
    assert [found for found in lab.check() if "was deleted and swept, but 40 rows of it are in steps" in found]
    lab.store.connection.execute("UPDATE meta SET erased_seq = 0")


def test_the_pictures_of_a_deleted_task_are_no_longer_named(lab: StoreLab) -> None:
    deleted(lab)
    (picture,) = lab.home.screenshots.glob("*/*.png")
    assert orphans(lab.home, now=picture.stat().st_mtime + 3600) == [picture]
    picture.unlink()
    assert lab.check() == [], "they go before the rows or after them"
