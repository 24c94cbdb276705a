"""The daemon's process while a system call of it fails or is its last: a short run over its sockets, by the Nth call.

`FaultedDaemon.run` starts the daemon under strace with one fault, plays worker with it from Hello to the end of a task,
sends again what was refused for want of space, and notes what was acknowledged. The home's outbox lock is held by the
test, as a worker would. Called by tests/faults/test_every_call.py; power_cut_look.py looks at what is left.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import zmq
from store_lab import PHONE, picture_of
from store_scripts import home_in, word_of
from warm_process import Fork, WarmProcess, traced

from shared.child_config import ChildConfig, frame_of
from shared.errors import ErrorCode
from shared.identity import Identity, new_incarnation
from shared.messages import (
    Accepted,
    AddNote,
    BeginStep,
    ChangeState,
    ClaimTask,
    CreateTask,
    DeviceInfo,
    ErrorInfo,
    FinishStep,
    Hello,
    Message,
    NewTask,
    Outcome,
    Record,
    RecordsWritten,
    Request,
    WriteRecords,
)
from shared.posix import FileLock
from shared.task_state import TaskEvent
from shared.transport import Dealer, deadline_in

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS: Final = ("pwrite64", "fdatasync", "fsync", "rename")
RESEND_S: Final = 0.5
TURN_MS: Final = 50
PATIENCE_S: Final = 20.0
TASK: Final = "task-1"
STEPS: Final = 2
_FULL: Final = (ErrorCode.STORE_FULL, ErrorCode.STORE_BUSY)


@dataclass
class Ran:
    """How a run went: what was acknowledged, how the daemon ended, whether the fault came, when it answered."""

    acknowledged: list[str] = field(default_factory=list)
    code: int = 0
    hit: bool = False
    ready: bool = False  # it answered before it ended
    whole: bool = False  # everything was acknowledged, and the daemon ended because it was asked to
    answered_at: list[float] = field(default_factory=list)
    said: str = ""

    def failed_at(self) -> float:
        """Return when the last call failed."""
        return max(float(line.split()[1]) for line in self.said.splitlines() if "INJECTED" in line)

    def healed_s(self) -> float:
        """Return the time from the last failed call to the next answer; 0 when none came after it."""
        return next((at - self.failed_at() for at in self.answered_at if at > self.failed_at()), 0.0)

    def failed_unseen(self, home: Path) -> bool:
        """Tell whether the daemon cannot know that the call failed: SQLite does not say so.

        So it is with the sync of a folder in which SQLite has made a file, and with what it does while it closes the
        store after everything was answered: what was committed stays in the WAL then.
        """
        of_a_folder = any(
            "INJECTED" in line and "fdatasync(" in line and f"<{home}>" in line for line in self.said.splitlines()
        )
        return of_a_folder or (self.whole and self.failed_at() > self.answered_at[-1])


def conversation() -> Iterator[tuple[Message, bytes, tuple[Record, ...]]]:
    """Yield what a worker says of one task: each message with its picture and the records in it."""
    yield Hello(program_version="1", pid=1, device=DeviceInfo(device_id=PHONE)), b"", ()
    task = NewTask(session_id=TASK, task_description="do it")
    yield CreateTask(task=task), b"", ()
    yield ClaimTask(claim=1, device_id=PHONE, agents=("phone",)), b"", ()
    for number in range(1, STEPS + 1):
        data = b"picture %d" % number * 100
        intent = BeginStep(session_id=TASK, step_num=number, thinking=f"thought {number}", picture=picture_of(data))
        outcome = FinishStep(session_id=TASK, step_num=number, outcome=Outcome.DONE, message=f"message {number}")
        yield WriteRecords(records=(intent,)), data, (intent,)
        yield WriteRecords(records=(outcome,)), b"", (outcome,)
    yield WriteRecords(records=(AddNote(session_id=TASK, note_id="n", text="a note"),)), b"", ()
    yield WriteRecords(records=(ChangeState(session_id=TASK, event=TaskEvent.SUCCEEDED),)), b"", ()


class FaultedDaemon:
    """A folder for the homes, one after the other, and the process that is forked for each daemon."""

    def __init__(self, scratch: Path, warm: WarmProcess) -> None:
        self.folder = scratch / "run"
        self._scratch = scratch
        self._warm = warm

    def clear(self) -> None:
        """Make the folder a new one, with an empty home."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        home_in(self.folder).prepare()

    def run(self, fault: str) -> Ran:
        """Start the daemon in the folder's home with `fault` (strace's words; '' for none) and be its worker."""
        ran, said = Ran(), self._scratch / "strace.out"
        worker = Identity("worker-1", new_incarnation())
        lock = FileLock.take(home_in(self.folder).outbox_lock(worker))
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        with (self._scratch / "daemon.out").open("wb") as out:
            fork, lifeline = self._start(out.fileno())
        try:
            inject = ["-e", f"inject={fault}"] if fault else []
            with traced(fork, said, "-e", f"trace={','.join(CALLS)}", *inject):
                fork.go()
                ran.whole = self._reach(fork) and self._converse(context, worker, fork, ran)
                if ran.whole:
                    signal.pidfd_send_signal(fork.pidfd, signal.SIGTERM)
                ran.code = fork.wait()
        finally:
            os.close(lifeline)
            context.destroy(linger=0)
            lock.release()
        ran.said = said.read_text()
        ran.hit = "INJECTED" in ran.said or ran.code == -signal.SIGKILL
        return ran

    def _start(self, out: int) -> tuple[Fork, int]:
        config = ChildConfig(
            name="daemon", incarnation=new_incarnation(), home=str(home_in(self.folder).root), start_id="start-1"
        )
        read_end, write_end = os.pipe()
        os.write(write_end, frame_of(config))
        fork = self._warm.fork("persistence_daemon.__main__", (), out, read_end)
        os.close(read_end)
        return fork, write_end

    def _converse(self, context: zmq.Context[zmq.Socket[bytes]], worker: Identity, fork: Fork, ran: Ran) -> bool:
        """Say everything, and note the answers; False when the daemon ends before."""
        dealer = Dealer(context, home_in(self.folder).endpoint("daemon"), worker)
        try:
            return self._say(dealer, fork, ran)
        finally:
            dealer.close()

    def _reach(self, fork: Fork) -> bool:
        """Wait until the daemon can be reached: a connection that comes too early is tried again late."""
        socket = Path(home_in(self.folder).endpoint("daemon").removeprefix("ipc://"))
        while not socket.exists():
            if select.select([fork.pidfd], [], [], 0.002)[0]:
                return False
        return True

    def _say(self, dealer: Dealer, fork: Fork, ran: Ran) -> bool:
        for message, picture, records in conversation():
            answer = self._ask(dealer, fork, message, picture)
            if answer is None:
                return False
            ran.ready = True
            ran.answered_at.append(time.time())
            if isinstance(answer, RecordsWritten):
                assert all(isinstance(result, Accepted) for result in answer.results), answer
            if isinstance(message, CreateTask):
                ran.acknowledged.append(f"task {TASK}")
            ran.acknowledged += [word_of(record) for record in records]
        return True

    def _ask(self, dealer: Dealer, fork: Fork, message: Message, picture: bytes) -> Message | None:
        """Return the answer, asking again while there is no space; None when the daemon has ended."""
        end, send_at, number = deadline_in(PATIENCE_S), 0.0, None
        if isinstance(message, Request):
            message = msgspec.structs.replace(message, deadline=end)
        poller = zmq.Poller()
        poller.register(fork.pidfd, zmq.POLLIN)
        while time.monotonic() < end:
            poller.register(dealer.socket, zmq.POLLIN if time.monotonic() < send_at else zmq.POLLOUT)
            events = dict(poller.poll(TURN_MS))
            if fork.pidfd in events:
                return None
            if events.get(dealer.socket) == zmq.POLLOUT:
                number = dealer.send(message, picture, number)
                send_at = time.monotonic() + RESEND_S
            reply = dealer.receive()
            if reply is None or reply.id != number:
                continue
            if not isinstance(reply.message, ErrorInfo):
                return reply.message
            assert reply.message.code in _FULL, reply.message
            number = None
        raise AssertionError(f"no answer within {PATIENCE_S:g} s: {type(message).__name__}")
