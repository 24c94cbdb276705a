"""`stepwell vacuum` by the real command, and the daemon's death while it gives space back."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest
from daemon_lab import DaemonLab
from stepwell_harness import FaultPoints, Stepwell, wait_for
from store_lab import CLI, OTHER, WORKER, StoreLab

from shared.errors import StepwellError
from shared.messages import DeleteTask, Done, Tidiness, TidyStore
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = "what was seen on the screen " * 400


def deleted_run(home: Path) -> None:
    """Leave a store in which a task of a few megabytes was deleted, and another one, which lies between it, was not."""
    lab = StoreLab(home)
    tasks = (("task-1", WORKER, "emulator-1"), ("task-2", OTHER, "emulator-2"))
    for task, worker, device in tasks:
        lab.running(task, worker, device)
    for number in range(1, 201):
        for task, worker, _ in tasks:
            lab.write(lab.begin(number, task, reply=TEXT), lab.finish(number, task), sender=worker)
    for task, worker, _ in tasks:
        lab.accepted(lab.change(TaskEvent.SUCCEEDED, task), worker)
    assert isinstance(lab.ask(CLI, DeleteTask(session_id="task-1")), Done)
    lab.close()


def test_vacuum_takes_the_rows_away_and_gives_the_space_back_with_nothing_running(stepwell: Stepwell) -> None:
    deleted_run(stepwell.home)
    size = (stepwell.home / "tasks.db").stat().st_size
    done = stepwell.run("vacuum", "--json")
    assert done.code == 0, done.err
    told = done.json
    assert told["regained_bytes"] > 1_500_000
    wait_for("the file is shorter", lambda: (stepwell.home / "tasks.db").stat().st_size == told["size_bytes"] < size)
    again = stepwell.run("vacuum", "--json")
    assert again.json["regained_bytes"] == 0
    assert stepwell.run("verify", "--deep").code == 0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


def test_a_daemon_that_dies_while_it_gives_space_back_has_lost_nothing(lab: DaemonLab, tmp_path: Path) -> None:
    deleted_run(lab.home.root)
    lab.start(FaultPoints(tmp_path / "faults", "daemon.vacuuming=kill@1").environment())
    assert lab.child is not None
    process, end = lab.child.process, time.monotonic() + 20
    while process.poll() is None:
        assert time.monotonic() < end, "it was to die"
        with contextlib.suppress(StepwellError):
            lab.ask(lab.cli, TidyStore(vacuum=True), Tidiness, 0.2)
    assert lab.check() == []
    lab.start()
    wait_for("all is given back", lambda: lab.ask(lab.cli, TidyStore(vacuum=True), Tidiness).free_bytes == 0)
    assert lab.stop() == 0
    assert lab.check() == []
