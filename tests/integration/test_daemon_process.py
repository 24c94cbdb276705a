"""The daemon's real process over its real sockets: kills at every named point, hostile peers, deaths of workers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import zmq
from daemon_lab import PHONE, DaemonLab
from stepwell_harness import FaultPoints, wait_for

from persistence_daemon.backup import listed_backups
from persistence_daemon.connection import open_reader
from persistence_daemon.log_reader import log_files, read_lines
from persistence_daemon.writing import BROKEN_EXIT
from shared.child_config import ChildConfig
from shared.errors import ErrorCode, StepwellError
from shared.identity import Identity, new_incarnation
from shared.messages import (
    Accepted,
    Claimed,
    ClaimTask,
    DeviceList,
    Done,
    Event,
    GetStatus,
    HoldDevice,
    ListDevices,
    ListTasks,
    Message,
    Outcome,
    Picture,
    Position,
    ReleaseDevice,
    StoreStatus,
    TaskPage,
    WriteRecords,
)
from shared.posix import write_durably
from shared.publishing import Subscriber
from shared.spawn import spawn_child
from shared.transport import Dealer, Reply
from shared.wire import encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEAREST = ["picture_written", "appended", "before_commit", "committed"]
REST = ["drained", "before_append", "acknowledged", "published"]
POINTS = [*DEAREST, *(pytest.param(point, marks=pytest.mark.faults) for point in REST)]
STEPS = 4


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


def image_of(number: int) -> tuple[Picture, bytes]:
    data = b"picture %d" % number * 100
    digest = hashlib.sha256(data).hexdigest()
    return Picture(digest=digest, size_bytes=len(data), width=10, height=20), data


@pytest.mark.parametrize("point", POINTS)
def test_nothing_acknowledged_is_lost_or_doubled_when_the_daemon_is_killed_at(
    point: str, lab: DaemonLab, tmp_path: Path
) -> None:
    faults = FaultPoints(tmp_path / "faults", f"daemon.{point}=kill@{2 if point == 'picture_written' else 6}")
    lab.start(faults.environment())
    lab.claim()
    acknowledged: dict[tuple[int, str], int] = {}

    def write(number: int, kind: str) -> None:
        picture, data = image_of(number)
        record = lab.begin(number, picture=picture) if kind == "begin" else lab.finish(number)
        while True:
            try:
                answer = lab.write(record, data if kind == "begin" else b"", timeout_s=0.4)
            except StepwellError:
                assert lab.child is not None
                if lab.child.process.poll() is not None:
                    lab.start(faults.environment())
                continue
            assert isinstance(answer, Accepted), answer
            acknowledged[number, kind] = answer.seq
            return

    for number in range(1, STEPS + 1):
        write(number, "begin")
        write(number, "finish")
    assert len(faults.hits(f"daemon.{point}")) > 0
    first = dict(acknowledged)
    for number in range(1, STEPS + 1):
        write(number, "begin")
        write(number, "finish")
    assert acknowledged == first, "a repeat answers the same"
    steps = lab.steps().items
    assert [step.step_num for step in steps] == list(range(1, STEPS + 1))
    assert [(step.begun_seq, step.finished_seq) for step in steps] == [
        (first[number, "begin"], first[number, "finish"]) for number in range(1, STEPS + 1)
    ]
    assert len(set(faults.hits(f"daemon.{point}"))) > 1, "it was killed, and another one went on"
    assert lab.check() == []


def test_nothing_is_acknowledged_or_published_while_the_commit_is_blocked(lab: DaemonLab, tmp_path: Path) -> None:
    faults = FaultPoints(tmp_path / "faults", "daemon.before_commit=block:{gate}")
    environment = faults.environment()
    faults.open_gate()
    lab.start(environment)
    lab.claim()
    events = Subscriber(lab.context, lab.home.endpoint("events"))
    wait_for("the subscription stands", events.receive)
    before = lab.ask(lab.cli, GetStatus(), StoreStatus).seq
    hits = len(faults.hits("daemon.before_commit"))
    faults.gate.touch()
    worker = Dealer(lab.context, lab.home.endpoint("daemon"), lab.worker)
    worker.socket.poll(2000, zmq.POLLOUT)
    worker.send(WriteRecords(records=(lab.begin(1),)))
    wait_for("the commit is blocked", lambda: len(faults.hits("daemon.before_commit")) > hits)
    assert not worker.socket.poll(500), "acknowledged before it was committed"
    said = [message for message in iter(events.receive, None) if isinstance(message, Event)]
    assert all(event.seq <= before for event in said), "published before it was committed"
    reader = open_reader(lab.home.database)
    assert reader.execute("SELECT count(*) FROM steps").get == 0, "a read waits for no write, and sees none of it"
    reader.close()
    faults.open_gate()
    assert worker.socket.poll(5000)
    assert isinstance(worker.receive(), Reply)
    worker.close()
    events.close()
    assert lab.steps().seq == before + 1
    lab.die()
    lab.wait_state("CRASHED")
    assert lab.check() == []


def test_a_second_daemon_of_the_same_home_ends_before_it_touches_anything(lab: DaemonLab) -> None:
    lab.start()
    config = ChildConfig(name="daemon", incarnation=new_incarnation(), home=str(lab.home.root), start_id="start-1")
    second = spawn_child("persistence_daemon", config)
    assert second.process.wait(timeout=20) == 1
    second.close()
    assert lab.answers()
    assert "is held by process" in (lab.home.logs / "daemon.jsonl").read_text()


def test_events_are_published_as_they_stand_in_the_log_and_the_position_each_second(lab: DaemonLab) -> None:
    lab.start()
    events = Subscriber(lab.context, lab.home.endpoint("events"))
    wait_for("the subscription stands", events.receive)
    lab.claim()
    lab.write(lab.begin(1))
    seen: list[Message] = []

    def position() -> bool:
        while (message := events.receive()) is not None:
            seen.append(message)
        return any(isinstance(message, Position) and message.seq >= 5 for message in seen)

    wait_for("a position behind the last event", position)
    published = [message for message in seen if isinstance(message, Event)]
    (file,) = log_files(lab.home.event_log)
    logged = [line.event for line in read_lines(file.path)]
    assert published == logged[1:]
    events.close()


def test_a_worker_whose_lock_is_free_is_dead_and_its_outbox_is_taken_in_first(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    folder = lab.home.outbox_of(lab.worker)
    folder.mkdir(mode=0o700)
    frame = encode(lab.worker, WriteRecords(records=(lab.finish(1),)), 1)
    write_durably(folder / "00000001.rec", frame)
    wait_for("the daemon looked at a living worker", lambda: lab.task().task.final_status == "RUNNING")
    lab.die()
    lab.wait_state("CRASHED")
    (step,) = lab.steps().items
    assert step.outcome is Outcome.DONE
    wait_for("the estate is removed", lambda: list(lab.home.outbox.iterdir()) == [])
    assert lab.check() == []


def test_workers_that_died_while_the_daemon_was_away_are_found_at_its_start(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    lab.kill()
    lab.die()
    lab.start()
    seen = lab.task()
    assert (seen.task.final_status, seen.task.unknown_step) == ("CRASHED", 1)
    assert lab.check() == []


def test_a_worker_that_lives_through_the_daemons_death_goes_on(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    lab.write(lab.begin(1))
    lab.kill()
    lab.start()
    assert isinstance(lab.write(lab.finish(1)), Accepted)
    assert lab.task().task.final_status == "RUNNING"
    assert lab.stop() == 0
    assert lab.check() == []


def test_the_daemon_ends_when_the_supervisor_dies_and_records_what_it_can(lab: DaemonLab) -> None:
    child = lab.start()
    lab.claim()
    begin = time.monotonic()
    os.close(child.lifeline)
    child.lifeline = os.open(os.devnull, os.O_RDONLY)
    lab.die()
    lab.wait_dead(5.0)
    assert time.monotonic() - begin < 2.5
    lab.start()
    assert lab.task().task.final_status == "CRASHED"


def test_a_wal_that_vanishes_ends_the_daemon_at_once_and_nothing_acknowledged_is_lost(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    answer = lab.write(lab.begin(1))
    (lab.home.root / "tasks.db-wal").unlink()
    assert lab.wait_dead(5.0) == BROKEN_EXIT
    lab.home.database.unlink()
    lab.start()
    assert lab.steps().items[0].begun_seq == answer.seq
    status = lab.ask(lab.cli, GetStatus(), StoreStatus)
    assert status.alerts[0].startswith("the store was rebuilt")
    wait_for("a verified backup is listed", lambda: listed_backups(lab.home))


def test_bad_frames_and_wrong_roles_are_refused_and_honest_peers_are_served(lab: DaemonLab) -> None:
    lab.start()
    bad = Dealer(lab.context, lab.home.endpoint("daemon"), Identity("cli-bad", "0" * 16))
    bad.socket.poll(2000, zmq.POLLOUT)
    for frame, code in ((b"garbage", ErrorCode.BAD_REQUEST), (b"\0" * (5 << 20), ErrorCode.TOO_LARGE)):
        bad.socket.send(frame)
        assert bad.socket.poll(5000)
        reply = bad.receive()
        assert reply is not None
        assert getattr(reply.message, "code", None) == code
    bad.send(WriteRecords(records=(lab.begin(1),)))
    assert bad.socket.poll(5000)
    reply = bad.receive()
    assert reply is not None
    assert getattr(reply.message, "code", None) == ErrorCode.WRONG_ROLE
    bad.socket.send(b"\0" * (17 << 20))
    lab.claim()
    assert isinstance(lab.write(lab.begin(1)), Accepted)
    bad.close()


def test_a_peer_that_stops_reading_loses_its_replies_and_stops_nobody(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    deaf = Dealer(lab.context, lab.home.endpoint("daemon"), Identity("cli-deaf", "0" * 16))
    deaf.socket.poll(2000, zmq.POLLOUT)
    for _ in range(3000):
        if not deaf.socket.poll(100, zmq.POLLOUT):
            break
        deaf.send(ListTasks(deadline=1e12))
    assert isinstance(lab.write(lab.begin(1)), Accepted)
    assert lab.answers()
    deaf.close()


def test_views_and_device_holds_over_the_socket(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    assert isinstance(lab.ask(lab.cli, HoldDevice(device_id=PHONE, reason="x"), Done), Done)
    assert isinstance(lab.ask(lab.cli, ReleaseDevice(device_id=PHONE), Done), Done)
    assert len(lab.ask(lab.cli, ListTasks(), TaskPage).items) == 1
    with pytest.raises(StepwellError) as caught:
        lab.task("nobody")
    assert caught.value.code is ErrorCode.UNKNOWN_TASK
    status = lab.ask(lab.cli, GetStatus(), StoreStatus)
    assert status.commit_ms_p50 is not None
    assert status.alerts == ()


def test_a_claim_of_a_worker_that_holds_no_lock_gets_no_task(lab: DaemonLab) -> None:
    lab.start()
    nobody = lab.requester(Identity("worker-9", new_incarnation()))
    with pytest.raises(StepwellError) as caught:
        nobody.ask(ClaimTask(claim=1, agents=("phone",)), Claimed, 5)
    assert caught.value.code is ErrorCode.FENCED


def test_a_device_is_shown_with_its_worker_also_after_the_daemon_was_restarted(lab: DaemonLab) -> None:
    lab.start()
    lab.claim()
    for _ in range(2):
        (device,) = lab.ask(lab.cli, ListDevices(), DeviceList).items
        assert (device.worker, device.task) == ("worker-1", "task-1")
        lab.kill()
        lab.start()
        lab.hello()
    lab.die()
    wait_for("nobody works on it", lambda: lab.ask(lab.cli, ListDevices(), DeviceList).items[0].worker is None)


@pytest.mark.skipif(shutil.which("strace") is None, reason="apt-get install strace: it makes the disk fail")
def test_a_failed_fsync_acknowledges_nothing_and_ends_the_daemon(lab: DaemonLab) -> None:
    child = lab.start()
    lab.claim()
    first = lab.write(lab.begin(1))
    inject = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO"]
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", *inject, "-p", str(child.pid)], stderr=subprocess.PIPE
    )
    assert tracer.stderr is not None
    assert b"attached" in tracer.stderr.readline()
    with pytest.raises(StepwellError):
        lab.write(lab.finish(1), timeout_s=2.0)
    assert lab.wait_dead() == BROKEN_EXIT
    tracer.wait(timeout=10)
    tracer.stderr.close()
    lab.start()
    assert lab.steps().items[0].begun_seq == first.seq
    assert isinstance(lab.write(lab.finish(1)), Accepted)
    assert lab.stop() == 0
    assert lab.check() == []
