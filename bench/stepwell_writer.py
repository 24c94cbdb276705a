"""A worker that only writes, as fast as its window lets it, and the real daemon that it writes to.

Used by store.py and growth.py: the messages, the socket, the claim of a task are those of a real worker.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import zmq
from writers import ACTION, PICTURE_BYTES, TEXT, WARM_UP_S, Measured

from shared.child_config import ChildConfig
from shared.errors import StepwellError
from shared.identity import Identity, new_incarnation, new_session_id
from shared.messages import (
    BeginStep,
    Claimed,
    ClaimTask,
    CreateTask,
    DeviceInfo,
    FinishStep,
    GetStatus,
    Hello,
    NewTask,
    Outcome,
    Picture,
    RecordsWritten,
    StoreStatus,
    Submitted,
    Welcome,
    WriteRecords,
)
from shared.paths import Home
from shared.posix import FileLock
from shared.spawn import SpawnedChild, spawn_child
from shared.transport import Dealer, Reply, Requester

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier

RECORDS_A_MESSAGE = 16


def intent(session_id: str, number: int, picture: Picture | None = None) -> BeginStep:
    """Return a step's intent of about 1.2 KB."""
    return BeginStep(session_id=session_id, step_num=number, thinking=TEXT, action=ACTION, picture=picture)


def outcome(session_id: str, number: int) -> FinishStep:
    """Return a step's outcome of about 1.2 KB."""
    return FinishStep(session_id=session_id, step_num=number, outcome=Outcome.DONE, message=TEXT, execution_time=0.1)


def stepwell_writer(
    home_path: str, number: int, window: int, pictures: bool, seconds: float, barrier: Barrier
) -> Measured:
    """Be a worker: say Hello, claim a task, and stream its steps with `window` records unacknowledged."""
    home, me = Home(Path(home_path)), Identity(f"worker-{number}", new_incarnation())
    lock = FileLock.take(home.outbox_lock(me))
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    requester = Requester(context, home.endpoint("daemon"), me)
    device = f"bench-{me.incarnation}"  # of its own: the one of a writer before has crashed, and is held
    hello = Hello(program_version="bench", pid=os.getpid(), device=DeviceInfo(device_id=device))
    requester.ask(hello, Welcome, 10)
    session_id = new_session_id()
    task = NewTask(session_id=session_id, task_description="bench", device_id=device, max_steps=100_000)
    requester.ask(CreateTask(task=task, submitted_by="cli-bench"), Submitted, 10)
    claimed = requester.ask(ClaimTask(claim=1, device_id=device, agents=("phone",)), Claimed, 10)
    if claimed.task is None:
        raise RuntimeError(f"nothing to claim: {claimed.why}")
    requester.close()
    dealer = Dealer(context, home.endpoint("daemon"), me)
    dealer.socket.poll(5000, zmq.POLLOUT)
    barrier.wait()
    measured = Stream(dealer, session_id, window, pictures).run(seconds)
    dealer.close()
    context.term()
    lock.release()
    return measured


class Stream:
    """A writer's records, with up to `window` of them unacknowledged, but never more than one picture."""

    def __init__(self, dealer: Dealer, session_id: str, window: int, pictures: bool) -> None:
        self._dealer = dealer
        self._session_id = session_id
        self._window = window
        self._image = os.urandom(PICTURE_BYTES) if pictures else b""
        self._a_message = 1 if pictures else min(RECORDS_A_MESSAGE, window)
        self._sent: dict[int, tuple[float, int, bool]] = {}  # when, how many records, with a picture
        self._in_flight = 0
        self._written = 0  # the even ones are intents, the odd ones outcomes

    def run(self, seconds: float) -> Measured:
        """Keep the window full for `seconds`; time from a message's sending to its acknowledgement."""
        begin = time.perf_counter() + WARM_UP_S
        times: list[float] = []
        while (now := time.perf_counter()) < begin + seconds:
            while self._may_send():
                self._send()
            self._dealer.socket.poll(1000)
            while (reply := self._dealer.receive()) is not None:
                sent_at, count, _ = self._acknowledged(reply)
                now = time.perf_counter()
                if now >= begin:
                    times.extend([(now - sent_at) * 1000] * count)
        return Measured(len(times), times)

    def _may_send(self) -> bool:
        brings_picture = self._image and self._written % 2 == 0
        picture_is_out = any(picture for _, _, picture in self._sent.values())
        return self._in_flight + self._a_message <= self._window and not (brings_picture and picture_is_out)

    def _send(self) -> None:
        raw = b""
        batch: list[BeginStep | FinishStep] = []
        for _ in range(self._a_message):
            step, is_outcome = self._written // 2 + 1, self._written % 2
            self._written += 1
            picture = None
            if self._image and not is_outcome:
                raw = step.to_bytes(8, "big") + self._image[8:]
                digest = hashlib.sha256(raw).hexdigest()
                picture = Picture(digest=digest, size_bytes=len(raw), width=1080, height=2400)
            batch.append(outcome(self._session_id, step) if is_outcome else intent(self._session_id, step, picture))
        number = self._dealer.send(WriteRecords(records=tuple(batch)), raw)
        self._sent[number] = (time.perf_counter(), len(batch), bool(raw))
        self._in_flight += len(batch)

    def _acknowledged(self, reply: Reply) -> tuple[float, int, bool]:
        if not isinstance(reply.message, RecordsWritten):
            raise RuntimeError(f"refused: {reply.message}")  # noqa: TRY004 - what came is a refusal
        found = self._sent.pop(reply.id)
        self._in_flight -= found[1]
        return found


@contextlib.contextmanager
def running_daemon(folder: Path) -> Iterator[str]:
    """Run the real daemon in a fresh home, and end it."""
    with serving(Home(folder / "home")):
        yield str(folder / "home")


@contextlib.contextmanager
def serving(home: Home) -> Iterator[SpawnedChild]:
    """Run the real daemon of a home, which may have a history, and end it."""
    home.prepare()
    config = ChildConfig(name="daemon", incarnation=new_incarnation(), home=str(home.root), start_id="bench")
    child = spawn_child("persistence_daemon", config)
    try:
        wait_for_daemon(home, child)
        yield child
    finally:
        child.process.terminate()
        child.process.wait(timeout=30)
        child.close()


def wait_for_daemon(home: Home, child: SpawnedChild) -> None:
    """Return when the daemon answers; RuntimeError when it ended."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    requester = Requester(context, home.endpoint("daemon"), Identity("cli-bench", new_incarnation()))
    answered = False
    while not answered:
        if child.process.poll() is not None:
            raise RuntimeError(f"the daemon ended: see {home.logs}")
        with contextlib.suppress(StepwellError):
            requester.ask(GetStatus(), StoreStatus, 1)
            answered = True
    requester.close()
    context.term()
