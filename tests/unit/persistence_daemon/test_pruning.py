"""Which tasks `prune` takes: by the time of their end, and never by a clock that stood wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store_lab import StoreLab

from persistence_daemon.pruning import old_tasks
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-06-01T00:00:00.000Z"
BEFORE = "2026-03-01T00:00:00.000Z"
OLD, YOUNG = "2026-01-01T00:00:00.000Z", "2026-05-01T00:00:00.000Z"
LONG_AGO, FUTURE = "1970-01-01T00:00:00.000Z", "2038-01-20T00:00:00.000Z"


class ClockLab(StoreLab):
    """A store whose clock a test sets."""

    clock = OLD

    def at(self) -> str:
        return self.clock


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[ClockLab]:
    made = ClockLab(tmp_path / "home")
    yield made
    made.close()


def end(lab: ClockLab, task: str, at: str, event: TaskEvent = TaskEvent.SUCCEEDED, steps: int = 1) -> None:
    lab.clock = at
    lab.running(task)
    for number in range(1, steps + 1):
        lab.step(number, task)
    lab.accepted(lab.change(event, task))


def old(lab: ClockLab, *, keep_failed: bool = False) -> list[str]:
    found = old_tasks(lab.store.connection, lab.home, BEFORE, NOW, keep_failed=keep_failed)
    return [task.session_id for task in found]


def test_tasks_that_ended_before_the_time_go_in_the_order_in_which_they_were_queued(lab: ClockLab) -> None:
    end(lab, "a", OLD)
    end(lab, "b", OLD)
    end(lab, "c", YOUNG)
    lab.create("waits")
    assert old(lab) == ["a", "b"]


def test_failed_and_crashed_tasks_can_be_kept(lab: ClockLab) -> None:
    end(lab, "failed", OLD, TaskEvent.FAILED)
    end(lab, "fine", OLD)
    end(lab, "crashed", OLD, TaskEvent.WORKER_DIED)
    assert old(lab) == ["failed", "fine", "crashed"]
    assert old(lab, keep_failed=True) == ["fine"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([OLD, YOUNG, LONG_AGO], ["t0"]),  # the clock stood at 1970: it came after a young one
        ([OLD, LONG_AGO, OLD], ["t0", "t1", "t2"]),
        ([FUTURE, OLD, YOUNG], ["t1"]),  # of the future nothing can be said
        ([FUTURE, FUTURE, LONG_AGO, YOUNG], ["t2"]),
        ([LONG_AGO], ["t0"]),
    ],
)
def test_a_clock_that_stood_wrong_makes_nothing_old(lab: ClockLab, times: list[str], expected: list[str]) -> None:
    for number, at in enumerate(times):
        end(lab, f"t{number}", at)
    assert old(lab) == expected


def test_what_goes_is_measured(lab: ClockLab) -> None:
    end(lab, "a", OLD, steps=3)
    end(lab, "b", YOUNG, steps=1)
    for folder, size in ((lab.home.screenshots / "a", 700), (lab.home.thumbs / "a", 70)):
        folder.mkdir()
        (folder / "1.png").write_bytes(bytes(size))
    (task,) = old_tasks(lab.store.connection, lab.home, BEFORE, NOW, keep_failed=False)
    pages = lab.store.connection.pragma("page_count") - lab.store.connection.pragma("freelist_count")
    rows = pages * lab.store.connection.pragma("page_size") * 3 / 4
    assert (task.steps, task.bytes) == (3, 770 + int(rows))
