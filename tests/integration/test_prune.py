"""`stepwell prune` and `rm` by the real command, and the daemon's death while it takes away what was deleted."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest
from daemon_lab import DaemonLab
from export_lab import rich_run, start_run
from fault_checks import taps
from stepwell_harness import FaultPoints, Stepwell, wait_for
from store_lab import StoreLab

from persistence_daemon.connection import open_reader
from shared.errors import StepwellError
from shared.messages import ChangeState, DeleteTask, Done, RecordsWritten, Tidiness, TidyStore, WriteRecords
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEPS = 3000  # some portions' work
TEXT = "what was seen on the screen " * 50


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


def steps_of(lab: DaemonLab, steps: int) -> None:
    """Let task-1 take so many steps, fast, and end."""
    lab.claim()
    for first in range(1, steps + 1, 30):
        numbers = range(first, first + 30)
        records = tuple(record for number in numbers for record in (lab.begin(number, reply=TEXT), lab.finish(number)))
        lab.requester(lab.worker).ask(WriteRecords(records=records), RecordsWritten, 10)
    lab.write(ChangeState(session_id="task-1", event=TaskEvent.SUCCEEDED))


def rows(home: Path) -> int:
    connection = open_reader(home / "tasks.db")
    count: int = connection.execute("SELECT count(*) FROM steps").get
    connection.close()
    return count


@pytest.mark.parametrize(
    ("point", "hit"),
    [
        ("daemon.sweeping", 1),
        pytest.param("daemon.swept", 1, marks=pytest.mark.faults),
        pytest.param("daemon.swept", 3, marks=pytest.mark.faults),
    ],
)
def test_a_daemon_that_dies_while_it_sweeps_has_finished_soon_after_its_next_start(
    point: str, hit: int, lab: DaemonLab, tmp_path: Path
) -> None:
    lab.start()
    steps_of(lab, STEPS)
    lab.stop()
    faults = FaultPoints(tmp_path / "faults", f"{point}=kill@{hit}")
    lab.start(faults.environment())
    with contextlib.suppress(StepwellError):
        lab.ask(lab.cli, DeleteTask(session_id="task-1"), Done)
    assert lab.child is not None
    lab.child.process.wait(timeout=10)
    assert len(faults.hits(point)) == hit
    left = rows(lab.home.root)
    assert left <= STEPS
    assert left > 0 or hit > 1, "it died in between; a fast machine may be through with its rows in three portions"
    assert lab.check() == []
    lab.start()
    wait_for("everything is gone", lambda: lab.ask(lab.cli, TidyStore(), Tidiness).deleted_left == 0)
    assert rows(lab.home.root) == 0
    assert lab.check() == []


def test_requests_are_answered_in_between_while_a_large_task_is_taken_away(lab: DaemonLab) -> None:
    lab.start()
    steps_of(lab, STEPS)
    lab.ask(lab.cli, DeleteTask(session_id="task-1"), Done)
    seen = []
    while left := lab.ask(lab.cli, TidyStore(), Tidiness).deleted_left:
        seen.append(rows(lab.home.root))
        assert left == 1
    assert any(0 < count < STEPS for count in seen), "an answer came while only a part was gone"
    assert lab.stop() == 0
    assert lab.check() == []


def test_prune_tells_first_and_deletes_with_nothing_running(stepwell: Stepwell) -> None:
    rich_run(stepwell.home)
    steps = rows(stepwell.home)
    assert steps > 0
    young = stepwell.run("prune", "--older-than", "36500d", "--dry-run")
    assert (young.code, "no task is that old" in young.out) == (0, True)
    dry = stepwell.run("prune", "--older-than", "0s", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    told = dry.json
    assert (told["dry_run"], told["tasks"], len(told["items"])) == (True, 1, 1)
    assert told["steps"] == steps
    assert told["bytes"] > sum(path.stat().st_size for path in stepwell.home.rglob("*.png"))
    assert rows(stepwell.home) == steps
    refused = stepwell.run("prune", "--older-than", "0s")
    assert (refused.code, "--yes" in refused.err) == (2, True), "without a terminal nobody can be asked"
    done = stepwell.run("prune", "--older-than", "0s", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.json["items"] == told["items"]
    assert rows(stepwell.home) == 0, "the command ends when the rows are gone"
    assert not [path for path in stepwell.home.rglob("*.png") if path.parent.parent.name == "screenshots"]
    verified = stepwell.run("verify", "--deep", "--json")
    assert (verified.code, verified.json["orphans"]) == (0, []), verified.out
    bad = stepwell.run("prune", "--older-than", "soon")
    assert (bad.code, "write 90d" in bad.err) == (2, True)


@pytest.mark.faults
def test_prune_beside_a_running_stepwell_asks_at_a_terminal_and_keeps_what_failed(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    fine, failed = stepwell.script(taps(2)), stepwell.script(taps(2), "--max-steps", "1")
    stepwell.wait_state(fine, "SUCCESS")
    stepwell.wait_state(failed, "FAILED")
    command = stepwell.command("prune", "--older-than", "0s", "--keep-failed")
    for answer, code in ((b"n\n", 130), (b"y\n", 0)):
        ours, theirs = pty.openpty()
        asking = subprocess.Popen(
            command, env=stepwell.environment(), stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
        )
        os.write(ours, answer)
        assert asking.wait(timeout=60) == code
        assert stepwell.run("show", fine).code == (0 if code else 2)
        os.close(ours)
        os.close(theirs)
    assert stepwell.run("show", failed).code == 0
    assert stepwell.violations() == []


@pytest.mark.faults
def test_a_prune_that_is_killed_has_deleted_whole_tasks_only(stepwell: Stepwell) -> None:
    lab = StoreLab(stepwell.home)
    for number in range(20):
        start_run(lab, f"run-{number}", "again")
        lab.write_one(lab.change(TaskEvent.FAILED, f"run-{number}"))
    lab.close()
    pruning = subprocess.Popen(
        stepwell.command("prune", "--older-than", "0s", "--yes"),
        env=stepwell.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def deleted() -> int:
        connection = open_reader(stepwell.home / "tasks.db")
        count: int = connection.execute("SELECT count(*) FROM deletions").get
        connection.close()
        return count

    wait_for("some are deleted", deleted)
    pruning.kill()
    pruning.wait(timeout=10)
    wait_for("nothing runs any more", lambda: stepwell.run("verify", "--json").code == 0)
    again = stepwell.run("prune", "--older-than", "0s", "--yes", "--json")
    assert again.code == 0, again.err
    assert deleted() == 20
    assert stepwell.run("verify", "--deep").code == 0
