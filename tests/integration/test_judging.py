"""Judging, deleting and watching by the real command, over the real processes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from acknowledgements import keep_acknowledgements
from daemon_lab import DaemonLab
from fault_checks import EventRecorder, check_everything, taps
from stepwell_harness import Finished, Stepwell, wait_for

from persistence_daemon.pictures import thumbnail_path
from shared.errors import ErrorCode, StepwellError
from shared.messages import (
    ChangeState,
    CreateTask,
    DeleteTask,
    Done,
    ErrorInfo,
    EventPage,
    ListEvents,
    NewTask,
    Submitted,
)
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Stepwell]:
    instance = Stepwell(tmp_path / "home")
    keep_acknowledgements(instance)
    instance.up("--fast")
    yield instance
    instance.end()


class Watching:
    """A `stepwell watch --json` under way."""

    def __init__(self, stepwell: Stepwell, *arguments: str) -> None:
        self.path = stepwell.home.parent / "watched.jsonl"
        with self.path.open("wb") as out:
            self.process = subprocess.Popen(
                stepwell.command("watch", "--json", *arguments), env=stepwell.environment(), stdout=out
            )

    def lines(self) -> list[Any]:
        whole = self.path.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


def ok(done: Finished) -> Any:
    assert done.code == 0, done.err
    return done.json


def test_a_task_is_watched_through_the_daemons_death_judged_and_deleted(demo: Stepwell) -> None:
    recorder = EventRecorder(demo)
    watching = Watching(demo, "--since", "0")
    first = demo.script(taps(2))
    demo.wait_state(first, "SUCCESS")
    os.kill(demo.pid("daemon"), signal.SIGKILL)
    wait_for("the daemon is back", demo.all_ready)
    second = demo.script(taps(2, first=50))
    demo.wait_state(second, "SUCCESS")

    judged = ok(demo.run("label", first[:12], "1", "wrong", "tap the other one", "--json"))
    assert (judged["step_num"], judged["user_label"]) == (1, "wrong")
    ok(demo.run("label", second, "task", "wrong", "--json"))
    assert demo.show(second)["task"]["verdict"] == "wrong"
    ok(demo.run("label", second, "0", "--clear", "--json"))
    shown = demo.show(second)["task"]
    assert (shown["verdict"], shown["user_label"]) == ("reported", None)

    pictures = demo.home / "screenshots" / first
    assert list(pictures.glob("*.png"))
    refused = demo.run("rm", first)
    assert (refused.code, "--yes" in refused.err) == (2, True), "without a terminal nobody can be asked"
    (deleted,) = ok(demo.run("rm", first, "--yes", "--json"))["items"]
    assert ok(demo.run("rm", first, "--yes", "--json"))["items"] == [deleted], "a repeat is answered the same"
    wait_for("the pictures are gone", lambda: not pictures.exists() and not (demo.home / "thumbs" / first).exists())
    gone = demo.run("show", first)
    assert (gone.code, "was deleted" in gone.err) == (2, True)

    wait_for("the deletion is watched", lambda: watching.lines() and watching.lines()[-1]["seq"] == deleted["seq"])
    lines = watching.lines()
    assert [line["seq"] for line in lines] == list(range(1, deleted["seq"] + 1)), "each event once, in order"
    assert {"StepBegun", "Labelled", "TaskDeleted", "StateChanged"} <= {line["event"] for line in lines}
    assert watching.interrupt() == 0
    recorder.close()
    check_everything(demo, recorder, [first, second])


def test_rm_asks_at_a_terminal_and_deletes_nothing_without_a_yes(demo: Stepwell) -> None:
    task = demo.script(taps(2))
    demo.wait_state(task, "SUCCESS")
    for answer, code in ((b"n\n", 130), (b"y\n", 0)):
        ours, theirs = pty.openpty()
        asking = subprocess.Popen(
            demo.command("rm", task), env=demo.environment(), stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
        )
        os.write(ours, answer)
        assert asking.wait(timeout=60) == code
        assert demo.run("show", task).code == (0 if code else 2)
        os.close(ours)
        os.close(theirs)


def test_watching_one_task_for_people_ends_when_stepwell_ends(demo: Stepwell) -> None:
    task = demo.script(taps(2))
    demo.wait_state(task, "SUCCESS")
    path = demo.home.parent / "watched.txt"
    with path.open("wb") as out:
        command = demo.command("watch", "--since", "0", "--task", task)
        process = subprocess.Popen(command, env=demo.environment(), stdout=out, stderr=subprocess.PIPE, text=True)
    wait_for("the end is told", lambda: "RUNNING → SUCCESS" in path.read_text("utf-8"))
    demo.down()
    _, said = process.communicate(timeout=30)
    assert (process.returncode, "Stepwell has ended" in said) == (3, True)
    assert all(f"task {task[:8]}" in line for line in path.read_text("utf-8").splitlines())


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


@pytest.mark.parametrize("point", ["appended", "before_commit", "committed", "acknowledged"])
def test_a_deletion_that_the_daemon_dies_in_is_whole_after_the_next_start(
    point: str, lab: DaemonLab, tmp_path: Path
) -> None:
    from stepwell_harness import FaultPoints

    lab.start()
    lab.claim()
    lab.write(lab.begin(1, thumbnail=b"jpeg"))
    lab.write(lab.finish(1))
    lab.write(ChangeState(session_id="task-1", event=TaskEvent.SUCCEEDED))
    thumbnail = lab.home.root / thumbnail_path("task-1", 1)
    wait_for("the thumbnail is kept", thumbnail.exists)
    lab.stop()
    lab.start(FaultPoints(tmp_path / "faults", f"daemon.{point}=kill@1").environment())
    with contextlib.suppress(StepwellError):  # the answer may have left before
        lab.ask(lab.cli, DeleteTask(session_id="task-1"), Done, 1.0)
    assert lab.child is not None
    lab.child.process.wait(timeout=10)
    lab.start()
    done = lab.ask(lab.cli, DeleteTask(session_id="task-1"), Done)
    wait_for("what was left of it is gone", lambda: not thumbnail.parent.exists())
    late = lab.write(lab.finish(1))
    assert isinstance(late, ErrorInfo)
    assert late.code is ErrorCode.UNKNOWN_TASK
    with pytest.raises(StepwellError) as caught:
        lab.ask(lab.worker, CreateTask(task=NewTask(session_id="task-1", task_description="again")), Submitted)
    assert caught.value.code is ErrorCode.CONFLICT
    page = lab.ask(lab.cli, ListEvents(after=done.seq - 1), EventPage)
    assert type(page.items[0].body).__name__ == "TaskDeleted"
    assert lab.check() == []
