"""The daemon's real process over its real sockets, with the test in the place of supervisor and worker.

The test's own process holds the worker's lock, so letting go of it is the worker's death. `restart` is what the
supervisor does when the daemon has died.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

import zmq
from stepwell_harness import wait_for

from persistence_daemon.check import check_store
from shared.child_config import ChildConfig
from shared.errors import StepwellError
from shared.identity import Identity, new_incarnation
from shared.messages import (
    BeginStep,
    Claimed,
    ClaimTask,
    CreateTask,
    DeviceInfo,
    FinishStep,
    GetStatus,
    GetTask,
    Hello,
    ListSteps,
    Message,
    NewTask,
    Outcome,
    Record,
    RecordsWritten,
    StepPage,
    StoreStatus,
    Submitted,
    TaskView,
    Welcome,
    WriteRecords,
)
from shared.paths import Home
from shared.posix import FileLock
from shared.spawn import SpawnedChild, spawn_child
from shared.transport import Requester

if TYPE_CHECKING:
    from pathlib import Path

PHONE = "emulator-1"
M = TypeVar("M", bound=Message)


class DaemonLab:
    """One home with its daemon."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.worker = Identity("worker-1", new_incarnation())
        self.cli = Identity("cli-1", new_incarnation())
        self.child: SpawnedChild | None = None
        self.lock: FileLock | None = None
        self._requesters: dict[Identity, Requester] = {}

    # --- the supervisor's part

    def start(self, env: dict[str, str] | None = None, start_id: str = "start-1") -> SpawnedChild:
        """Start the daemon and wait until it answers, or until it has died."""
        config = ChildConfig(name="daemon", incarnation=new_incarnation(), home=str(self.home.root), start_id=start_id)
        self.child = child = spawn_child("persistence_daemon", config, extra_env=env)
        wait_for("the daemon answers", lambda: child.process.poll() is not None or self.answers())
        return child

    def answers(self) -> bool:
        with contextlib.suppress(StepwellError):
            self.ask(self.cli, GetStatus(), StoreStatus, 0.5)
            return True
        return False

    def kill(self) -> None:
        assert self.child is not None
        self.child.process.kill()
        self.child.process.wait(timeout=10)

    def stop(self) -> int:
        """End the daemon in order and return its exit code."""
        assert self.child is not None
        self.child.process.terminate()
        code = self.child.process.wait(timeout=20)
        self.child.close()
        self.child = None
        return code

    def end(self) -> None:
        for requester in self._requesters.values():
            requester.close()
        self.context.destroy(linger=0)
        if self.child is not None:
            if self.child.process.poll() is None:
                self.kill()
            self.child.close()
        if self.lock is not None:
            self.lock.release()

    # --- asking

    def requester(self, who: Identity) -> Requester:
        if who not in self._requesters:
            self._requesters[who] = Requester(self.context, self.home.endpoint("daemon"), who)
        return self._requesters[who]

    def hang_up(self, who: Identity) -> None:
        """Close the connection of `who`, so that a socket of the test's own may take the name."""
        self._requesters.pop(who).close()

    def ask(self, who: Identity, message: Message, kind: type[M], timeout_s: float = 5.0) -> M:
        return self.requester(who).ask(message, kind, timeout_s)

    def write(self, record: Record, picture: bytes = b"", timeout_s: float = 5.0) -> Any:
        """Write one record, resent until it is answered."""
        answer = self.requester(self.worker).request(WriteRecords(records=(record,)), timeout_s, picture)
        assert isinstance(answer, RecordsWritten)
        return answer.results[0]

    # --- the worker's part

    def claim(self, session_id: str = "task-1") -> None:
        """Take the worker's lock, say Hello, create a task and claim it."""
        self.lock = self.lock or FileLock.take(self.home.outbox_lock(self.worker))
        self.hello()
        task = NewTask(session_id=session_id, task_description="do it")
        self.ask(self.worker, CreateTask(task=task), Submitted)
        claimed = self.ask(self.worker, ClaimTask(claim=1, device_id=PHONE, agents=("phone",)), Claimed)
        assert claimed.task is not None, claimed.why

    def hello(self) -> None:
        hello = Hello(program_version="1", pid=1, device=DeviceInfo(device_id=PHONE))
        self.ask(self.worker, hello, Welcome)

    def die(self) -> None:
        """Let go of the worker's lock: that is the worker's death."""
        assert self.lock is not None
        self.lock.release()
        self.lock = None

    @staticmethod
    def begin(number: int, **fields: Any) -> BeginStep:
        return BeginStep(session_id="task-1", step_num=number, thinking=f"thought {number}", **fields)

    @staticmethod
    def finish(number: int) -> FinishStep:
        return FinishStep(session_id="task-1", step_num=number, outcome=Outcome.DONE, message=f"message {number}")

    # --- looking

    def task(self, session_id: str = "task-1") -> TaskView:
        return self.ask(self.cli, GetTask(task_id=session_id), TaskView)

    def steps(self) -> StepPage:
        return self.ask(self.cli, ListSteps(session_id="task-1", limit=1000), StepPage)

    def wait_state(self, state: str) -> TaskView:
        seen: TaskView = wait_for(
            f"the task is {state}", lambda: seen if (seen := self.task()).task.final_status == state else None
        )
        return seen

    def check(self) -> list[str]:
        return check_store(self.home)

    def wait_dead(self, patience_s: float = 20.0) -> int:
        """Wait for the daemon's own end and return its exit code."""
        assert self.child is not None
        begin = time.monotonic()
        process = self.child.process
        wait_for("the daemon has ended", lambda: process.poll() is not None, patience_s)
        assert time.monotonic() - begin < patience_s
        code = process.wait()
        self.child.close()
        self.child = None
        return code
