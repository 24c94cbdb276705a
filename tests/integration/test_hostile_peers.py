"""Garbage, oversized, wrong-version and wrong-role frames on every socket, and a peer that stops reading.

Each is refused clearly, and the honest peers beside it are served all the same.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgpack
import psutil
import pytest
import zmq
from fault_checks import check_everything, taps
from stepwell_harness import Stepwell

from shared.errors import ErrorCode, StepwellError
from shared.identity import Identity
from shared.messages import BeginStep, GetProcesses, GetStatus, Hello, ListTasks, Message, Ready, StopTask, WriteRecords
from shared.paths import Home
from shared.publishing import Subscriber
from shared.transport import Dealer, Requester
from shared.wire import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKETS = ("daemon", "worker-1", "supervisor")
CLI = Identity("cli-hostile", "0123456789abcdef")
WRONG_ROLE: dict[str, Message] = {
    "daemon": WriteRecords(records=(BeginStep(session_id="a", step_num=1),)),
    "worker-1": Ready(name="worker-1", pid=1),
    "supervisor": Hello(program_version="1", pid=1, deadline=1e9),
}


JUNK_LISTENER = """
import sys, zmq
endpoint, size, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
odd = zmq.Context().socket(zmq.XSUB)
odd.linger, odd.sndtimeo = 200, 500
odd.connect(endpoint)
try:
    for number in range(times):
        odd.send(b"\\x01" + number.to_bytes(4, "big") * (size // 4))
except zmq.Again:
    pass
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    instance = Stepwell(tmp_path_factory.mktemp("hostile") / "home")
    instance.up("--fast")
    yield instance
    instance.end()


class Peers:
    """Makes connections, and closes them when the test is over."""

    def __init__(self) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.dealers: list[Dealer] = []
        self.subscribers: list[Subscriber] = []

    def dealer(self, stepwell: Stepwell, name: str, who: Identity = CLI) -> Dealer:
        dealer = Dealer(self.context, Home(stepwell.home).endpoint(name), who)
        dealer.socket.setsockopt(zmq.LINGER, 0)
        self.dealers.append(dealer)
        assert dealer.socket.poll(3000, zmq.POLLOUT)
        return dealer

    def subscriber(self, stepwell: Stepwell) -> Subscriber:
        self.subscribers.append(Subscriber(self.context, Home(stepwell.home).endpoint("events")))
        return self.subscribers[-1]

    def close(self) -> None:
        for peer in (*self.dealers, *self.subscribers):
            peer.close()
        self.context.term()


@pytest.fixture
def peers() -> Iterator[Peers]:
    made = Peers()
    yield made
    made.close()


def answer(dealer: Dealer) -> Message:
    assert dealer.socket.poll(5000), "no answer"
    reply = dealer.receive()
    assert reply is not None
    return reply.message


def frames() -> list[tuple[str, bytes, ErrorCode]]:
    good = msgpack.unpackb(encode(CLI, GetProcesses(deadline=1e12), 7))
    deep: list[object] = []
    for _ in range(40):
        deep = [deep]
    return [
        ("empty", b"", ErrorCode.BAD_REQUEST),
        ("garbage", bytes(range(256)), ErrorCode.BAD_REQUEST),
        ("a bomb of arrays", b"\xdd\xff\xff\xff\xff" * 10, ErrorCode.BAD_REQUEST),
        ("deep", msgpack.packb(deep), ErrorCode.BAD_REQUEST),
        ("too large", b"\0" * (5 << 20), ErrorCode.TOO_LARGE),
        ("another version", msgpack.packb([99, *good[1:]]), ErrorCode.WRONG_VERSION),
        ("unknown type", msgpack.packb([good[0], "NoSuchMessage", *good[2:]]), ErrorCode.BAD_REQUEST),
        ("a stranger's name", msgpack.packb([*good[:3], "cli-other", *good[4:]]), ErrorCode.BAD_REQUEST),
        ("an unknown field", msgpack.packb([*good[:5], {"x": 1}]), ErrorCode.BAD_REQUEST),
    ]


@pytest.mark.parametrize("name", SOCKETS)
def test_bad_frames_are_refused_with_their_reason_and_hurt_nobody(name: str, running: Stepwell, peers: Peers) -> None:
    dealer = peers.dealer(running, name)
    for what, frame, code in frames():
        dealer.socket.send(frame)
        said = answer(dealer)
        assert getattr(said, "code", None) == code, f"{what}: {said}"
    dealer.send(WRONG_ROLE[name])
    assert getattr(answer(dealer), "code", None) == ErrorCode.WRONG_ROLE
    assert running.all_ready()


def test_junk_on_the_events_socket_costs_nothing_and_events_still_come(running: Stepwell, peers: Peers) -> None:
    """Subscriptions by the thousand, huge ones, and what is none at all; then events are heard as before."""
    daemon = psutil.Process(running.pid("daemon"))
    endpoint = Home(running.home).endpoint("events")
    honest = peers.subscriber(running)
    before = daemon.memory_info().rss
    for size, times in ((32, 20_000), (100_000, 100), (1 << 20, 10), (17 << 20, 1)):
        # In a process of its own: the library itself may not survive what it is made to send here.
        command = [sys.executable, "-c", JUNK_LISTENER, endpoint, str(size), str(times)]
        subprocess.run(command, check=False, timeout=30)
    assert honest.socket.poll(5000), "the daemon says its position each second"
    assert running.all_ready()
    assert daemon.memory_info().rss - before < 50 << 20


@pytest.mark.parametrize("name", SOCKETS)
def test_an_oversized_frame_costs_only_its_own_connection(name: str, running: Stepwell, peers: Peers) -> None:
    dealer = peers.dealer(running, name, Identity("cli-huge", "0123456789abcdef"))
    dealer.socket.send(b"\0" * (17 << 20))
    assert running.all_ready()


def test_a_flood_of_mutated_frames_leaves_the_daemon_serving_with_flat_memory(running: Stepwell, peers: Peers) -> None:
    chance = random.Random(20240)  # a fixed seed: the run can be repeated
    process = psutil.Process(running.pid("daemon"))
    before = process.memory_info().rss
    dealer = peers.dealer(running, "daemon", Identity("cli-flood", "0123456789abcdef"))
    good = encode(Identity("cli-flood", "0123456789abcdef"), ListTasks(deadline=1e12), 3)
    for _ in range(5000):
        mutated = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        dealer.socket.poll(2000, zmq.POLLOUT)
        dealer.socket.send(bytes(mutated), zmq.NOBLOCK)
        dealer.receive()
    task = running.script(taps(2, first=600))
    running.wait_state(task, "SUCCESS")
    assert process.memory_info().rss - before < 50 << 20


def test_a_peer_that_stops_reading_does_not_stop_the_others(running: Stepwell, peers: Peers) -> None:
    deaf = peers.dealer(running, "daemon", Identity("cli-deaf", "0123456789abcdef"))
    deaf.socket.setsockopt(zmq.RCVHWM, 1)
    for _ in range(3000):
        if not deaf.socket.poll(200, zmq.POLLOUT):
            break
        deaf.send(GetStatus(deadline=1e12))
    task = running.script(taps(2, first=700))
    assert running.wait_state(task, "SUCCESS")["task"]["total_steps"] == 2


def test_a_request_after_its_deadline_is_dropped(running: Stepwell, peers: Peers) -> None:
    dealer = peers.dealer(running, "worker-1", Identity("cli-late", "0123456789abcdef"))
    dealer.send(StopTask(session_id="a", deadline=1.0))
    assert getattr(answer(dealer), "code", None) == ErrorCode.DEADLINE


def test_stop_of_a_task_that_the_worker_does_not_run_is_stale(running: Stepwell, peers: Peers) -> None:
    requester = Requester(peers.context, Home(running.home).endpoint("worker-1"), Identity("cli-a", "0123456789abcdef"))
    with pytest.raises(StepwellError) as caught:
        requester.request(StopTask(session_id="a" * 32), 3)
    requester.close()
    assert caught.value.code == ErrorCode.STALE


def test_the_record_is_whole_after_all_of_it(running: Stepwell) -> None:
    check_everything(running, None, [])
    assert Path(running.home).stat().st_mode & 0o777 == 0o700
