"""The reserve of a full disk: how large, when it goes, when it comes back, and what becomes of the tasks that wait."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from persistence_daemon.reserve import Reserve
from persistence_daemon.shortage import Shortage, end_running, ends_something
from shared.messages import (
    AddNote,
    BeginStep,
    CancelTask,
    ChangeState,
    ClaimTask,
    DeleteTask,
    FinishStep,
    HoldDevice,
    Message,
    Outcome,
    WriteRecords,
)
from shared.settings import STORE_FULL_STOP_S
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path

    from store_lab import StoreLab

MEGABYTE = 1 << 20


def disk_of(monkeypatch: pytest.MonkeyPatch, *, total: int, free: int) -> None:
    """Let the home's disk have so many bytes, as far as the reserve can see."""

    class Disk:
        f_frsize = 1
        f_blocks = total
        f_bavail = free

    def statvfs(_path: object) -> Any:
        return Disk

    monkeypatch.setattr(os, "statvfs", statvfs)


@pytest.mark.parametrize(
    ("total", "free", "size"),
    [
        (1 << 40, 1 << 39, 8 * MEGABYTE),
        (16 * MEGABYTE, 8 * MEGABYTE, MEGABYTE),  # of a small disk no more than a part
        (1 << 40, 20 * MEGABYTE, None),  # what is left beside it would not last
        (MEGABYTE // 2, MEGABYTE // 2, None),
    ],
)
def test_the_reserve_takes_real_space_where_there_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, free: int, size: int | None
) -> None:
    disk_of(monkeypatch, total=total, free=free)
    made = Reserve(tmp_path).make()
    assert made is (size is not None)
    if size is not None:
        found = (tmp_path / "reserve").stat()
        assert found.st_size == size <= found.st_blocks * 512
        assert found.st_mode & 0o777 == 0o600
    else:
        assert not (tmp_path / "reserve").exists()


def test_one_that_was_cut_off_in_the_making_is_made_whole_and_what_is_not_ours_is_let_be(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    path.write_bytes(bytes(4096))
    assert Reserve(tmp_path).make()
    assert path.stat().st_size > 4096
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert not Reserve(tmp_path).make()
    assert not Reserve(tmp_path).release()
    assert path.is_symlink()


def test_a_shortage_begins_once_and_is_over_when_the_reserve_fits_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shortage = Shortage(Reserve(tmp_path))
    assert (tmp_path / "reserve").exists()
    assert shortage.is_over()
    assert not shortage.begin(99.0), "a limit on files is in the way, not a full disk"
    with monkeypatch.context() as patched:
        disk_of(patched, total=1 << 40, free=0)
        assert shortage.begin(100.0)
        assert not (tmp_path / "reserve").exists()
        assert not shortage.begin(101.0)
        assert not shortage.is_over()
        assert not shortage.must_end_tasks(100.0 + STORE_FULL_STOP_S - 1)
        assert shortage.must_end_tasks(100.0 + STORE_FULL_STOP_S)
        shortage.ended_tasks()
        assert not shortage.must_end_tasks(1e9), "once"
    assert shortage.is_over()
    assert (tmp_path / "reserve").exists()
    assert not shortage.must_end_tasks(1e9)


STEP = BeginStep(session_id="a", step_num=1)
FINISH = FinishStep(session_id="a", step_num=1, outcome=Outcome.DONE)


@pytest.mark.parametrize(
    ("message", "stored"),
    [
        (WriteRecords(records=(FINISH,)), True),
        (WriteRecords(records=(AddNote(session_id="a", note_id="n", text="t"),)), True),
        (WriteRecords(records=(ChangeState(session_id="a", event=TaskEvent.FAILED),)), True),
        (WriteRecords(records=(STEP,)), False),
        (WriteRecords(records=(FINISH, STEP)), False),
        (DeleteTask(session_id="a", deadline=1.0), True),
        (CancelTask(session_id="a", deadline=1.0), True),
        (ClaimTask(claim=1, device_id=None, agents=(), deadline=1.0), False),
        (HoldDevice(device_id="a", deadline=1.0), False),
    ],
)
def test_out_of_the_reserve_only_that_is_stored_which_ends_something(message: Message, stored: bool) -> None:
    assert ends_something(message) is stored


def test_tasks_that_waited_too_long_end_with_the_reason_and_their_open_step_is_unknown(lab: StoreLab) -> None:
    lab.running()
    lab.step(1)
    lab.accepted(lab.begin(2))
    lab.create("task-2")
    lab.store.emit(end_running, lab.at())
    assert (lab.state(), lab.state("task-2")) == ("FAILED", "CREATED")
    assert lab.value("SELECT error_message FROM tasks WHERE session_id = 'task-1'") == (
        "nothing could be stored for 10 minutes: the store's disk is full"
    )
    assert lab.rows("SELECT outcome FROM steps WHERE step_num = 2") == [("unknown",)]
    assert lab.store.emit(end_running, lab.at()).events == []


def test_a_task_that_is_being_stopped_is_stopped_then(lab: StoreLab) -> None:
    lab.running()
    lab.accepted(lab.change(TaskEvent.STOP_ASKED))
    lab.store.emit(end_running, lab.at())
    assert lab.state() == "STOPPED"
