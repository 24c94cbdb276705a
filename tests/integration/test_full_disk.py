"""A full disk: nothing is acknowledged, everything else goes on, the reason is told, and it heals by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import full_disk
import pytest
import zmq
from daemon_lab import PHONE, DaemonLab
from fault_checks import check_everything, taps
from stepwell_harness import Stepwell, wait_for

from shared.errors import ErrorCode, StepwellError
from shared.identity import Identity
from shared.messages import (
    Accepted,
    ChangeState,
    CreateTask,
    DeleteTask,
    Done,
    GetStatus,
    HoldDevice,
    NewTask,
    Position,
    StoreStatus,
    WriteRecords,
)
from shared.publishing import Subscriber
from shared.task_state import TaskEvent
from shared.transport import Dealer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from full_disk import Disk

pytestmark = pytest.mark.faults  # it waits for real time-outs: not in the default run

SAID = "nothing can be stored now: there is no space left for the store"
HEALED_S = 5.0  # RELIABILITY: so soon once space is back


@pytest.fixture(params=full_disk.KINDS, ids=[kind.__name__ for kind in full_disk.KINDS])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    made: Disk = request.param(tmp_path / "home")
    yield made
    made.end()


@pytest.fixture
def lab(disk: Disk, tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


def status(lab: DaemonLab) -> StoreStatus:
    """A view, answered within a moment."""
    return lab.ask(lab.cli, GetStatus(), StoreStatus, 0.4)


def fill(lab: DaemonLab, disk: Disk) -> Dealer:
    """Fill the disk, send a record that cannot be stored, and return the socket that waits for its answer."""
    assert lab.child is not None
    disk.fill(lab.child.pid)
    lab.hang_up(lab.worker)
    worker = Dealer(lab.context, lab.home.endpoint("daemon"), lab.worker)
    worker.socket.poll(2000, zmq.POLLOUT)
    worker.send(WriteRecords(records=(lab.begin(2),)))
    wait_for("the reason is told by a view", lambda: any(SAID in alert for alert in status(lab).alerts))
    return worker


def test_views_and_positions_go_on_while_nothing_can_be_stored_and_the_reason_is_told(
    lab: DaemonLab, disk: Disk
) -> None:
    lab.start()
    lab.claim()
    before = lab.write(lab.begin(1))
    assert isinstance(before, Accepted)
    assert isinstance(lab.write(lab.finish(1)), Accepted)
    events = Subscriber(lab.context, lab.home.endpoint("events"))
    worker = fill(lab, disk)
    end, views, positions = time.monotonic() + 5.5, 0, 0
    while time.monotonic() < end:
        seen = status(lab)
        assert any(SAID in alert for alert in seen.alerts), "the reason is told as long as it holds"
        assert [step.step_num for step in lab.steps().items] == [1]
        views += 1
        positions += sum(isinstance(message, Position) for message in iter(events.receive, None))
        time.sleep(0.05)
    assert views > 50
    assert positions >= 4
    events.close()
    reply = worker.receive()
    assert isinstance(reply, Reply), "after the tries of the first five seconds the sender is told"
    assert getattr(reply.message, "code", None) is ErrorCode.STORE_FULL
    assert getattr(reply.message, "retryable", None) is True
    worker.close()


def test_it_heals_by_itself_when_space_is_back_and_nothing_is_lost(lab: DaemonLab, disk: Disk) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    lab.write(lab.finish(1))
    worker = fill(lab, disk)
    assert lab.child is not None
    disk.free(lab.child.pid)
    begin = time.monotonic()
    assert worker.socket.poll(int(HEALED_S * 1000)), "the record that waited is stored without being sent again"
    reply = worker.receive()
    assert reply is not None
    assert isinstance(getattr(reply.message, "results", (None,))[0], Accepted)
    assert time.monotonic() - begin < HEALED_S
    worker.close()
    assert status(lab).alerts == ()
    assert isinstance(lab.write(lab.finish(2)), Accepted)
    assert lab.stop() == 0
    assert lab.check() == []


def reserve(lab: DaemonLab) -> bool:
    return (lab.home.root / "reserve").is_file()


@pytest.mark.parametrize("disk", full_disk.KINDS[:1], indirect=True, ids=[full_disk.KINDS[0].__name__])
def test_what_ends_something_is_stored_out_of_the_reserve_and_what_begins_waits(lab: DaemonLab, disk: Disk) -> None:
    lab.start()
    lab.claim()
    for number in range(1, 4):
        lab.write(lab.begin(number))
        if number < 3:
            lab.write(lab.finish(number))
    assert reserve(lab)
    assert lab.child is not None
    disk.fill(lab.child.pid)
    waiting = Dealer(lab.context, lab.home.endpoint("daemon"), Identity("worker-2", "e000000000000001"))
    waiting.socket.poll(2000, zmq.POLLOUT)
    waiting.send(CreateTask(task=NewTask(session_id="task-2", task_description="x" * 60_000), deadline=1e12))
    wait_for("the reserve is given up", lambda: not reserve(lab))
    outcome = lab.write(lab.finish(3))
    assert isinstance(outcome, Accepted), outcome
    ended = lab.write(ChangeState(session_id="task-1", event=TaskEvent.SUCCEEDED))
    assert isinstance(ended, Accepted), ended
    assert lab.task().task.final_status == "SUCCESS"
    assert isinstance(lab.ask(lab.cli, DeleteTask(session_id="task-1"), Done), Done), "deleting makes room"
    with pytest.raises(StepwellError, match="there is no task task-2"):
        lab.task("task-2")
    assert any(SAID in alert for alert in status(lab).alerts), "the reason is told as long as it holds"
    disk.free(lab.child.pid)
    wait_for("all is well", lambda: status(lab).alerts == (), HEALED_S)
    assert reserve(lab), "it is there for the next time"
    waiting.close()
    assert lab.stop() == 0
    assert lab.check() == []


@pytest.mark.parametrize("disk", full_disk.KINDS[:1], indirect=True, ids=[full_disk.KINDS[0].__name__])
def test_a_daemon_killed_on_a_full_disk_starts_again_with_all_that_it_acknowledged(lab: DaemonLab, disk: Disk) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    worker = fill(lab, disk)
    worker.close()
    lab.kill()
    lab.start()
    assert [step.step_num for step in lab.steps().items] == [1]
    assert lab.child is not None
    disk.free(lab.child.pid)
    assert isinstance(lab.write(lab.finish(1)), Accepted)
    assert lab.stop() == 0
    assert lab.check() == []


def test_the_alert_goes_when_space_is_back_although_nobody_writes(lab: DaemonLab, disk: Disk) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    lab.write(lab.finish(1))
    assert lab.child is not None
    disk.fill(lab.child.pid)
    with pytest.raises(StepwellError) as caught:
        lab.ask(lab.cli, HoldDevice(device_id=PHONE, reason="x" * 4000), Done, 1.0)
    assert caught.value.code is ErrorCode.STORE_FULL, "told before its deadline, not dropped in silence"
    assert caught.value.remedy == "make space on its disk"
    assert status(lab).alerts
    disk.free(lab.child.pid)
    wait_for("the alert is gone", lambda: status(lab).alerts == (), HEALED_S)


def test_a_worker_that_dies_while_the_disk_is_full_is_buried_when_space_is_back(lab: DaemonLab, disk: Disk) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    lab.write(lab.finish(1))
    worker = fill(lab, disk)
    lab.die()
    assert lab.task().task.final_status == "RUNNING"
    assert lab.child is not None
    disk.free(lab.child.pid)
    shown = lab.wait_state("CRASHED")
    worker.close()
    assert [step.step_num for step in lab.steps().items] == [1, 2], "what it sent before comes before its end"
    assert shown.task.unknown_step == 2
    assert lab.stop() == 0
    assert lab.check() == []


@pytest.mark.parametrize("disk", full_disk.KINDS[:1], indirect=True, ids=[full_disk.KINDS[0].__name__])
def test_status_tells_a_person_and_the_run_goes_on_when_space_is_back(disk: Disk, tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    try:
        daemon = stepwell.up("--fast") and stepwell.pid("daemon")
        task = stepwell.script("- wait: 1\n" + taps(6) + "- wait: 1\n" + taps(6, first=50))
        disk.fill(daemon)
        wait_for("status tells why", lambda: SAID in stepwell.run("status").out)
        with pytest.raises(AssertionError, match="no space left for the store"):
            stepwell.script(taps(2))
        assert stepwell.pid("daemon") == daemon, "it went on all the time"
        disk.free(daemon)
        assert stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
        assert SAID not in stepwell.run("status").out
        stepwell.down()
        check_everything(stepwell, None, [task])
    finally:
        stepwell.end()


@pytest.mark.skipif(full_disk.TmpfsDisk not in full_disk.KINDS, reason="only root may mount a small disk")
def test_a_demo_on_a_disk_that_is_full_from_the_start_says_so_in_a_sentence(tmp_path: Path) -> None:
    disk = full_disk.TmpfsDisk(tmp_path / "home", "256k")
    try:
        done = Stepwell(tmp_path / "home").run("demo", "--headless", "--fast", timeout_s=100)
    finally:
        disk.end()
    assert done.code == 3
    assert "no space left" in done.err
    assert "Traceback" not in done.err
