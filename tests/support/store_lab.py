"""A real store in a folder of its own, asked in process: for tests of what the daemon decides and writes.

No sockets, no clock, no random ids: time is a counter, so that a run can be repeated. `reopen` is what a restart of
the daemon does; `check` asks the one invariant checker.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any, TypeVar

from persistence_daemon.batch import Asked, Committed
from persistence_daemon.check import check_store
from persistence_daemon.commits import Checkpoints
from persistence_daemon.outbox import Estate, OutboxItem
from persistence_daemon.rebuild import Beginning
from persistence_daemon.start import Opened, open_store
from persistence_daemon.transaction import Policy
from persistence_daemon.upkeep import Upkeep
from shared.identity import Identity
from shared.messages import (
    Accepted,
    AddNote,
    BeginStep,
    ChangeState,
    Claimed,
    ClaimTask,
    CreateTask,
    DeviceInfo,
    ErrorInfo,
    FinishStep,
    Forced,
    Hello,
    Message,
    NewTask,
    Outcome,
    Picture,
    Record,
    RecordsWritten,
    Submitted,
    TaskRow,
    WriteRecords,
)
from shared.paths import Home

if TYPE_CHECKING:
    from pathlib import Path

    from shared.task_state import TaskEvent

DAEMON = Identity("daemon", "d000000000000000")
WORKER = Identity("worker-1", "a000000000000001")
OTHER = Identity("worker-2", "b000000000000002")
CLI = Identity("cli-1", "c000000000000003")
PHONE = "emulator-1"
IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112 - for tests of thousands of homes

M = TypeVar("M", bound=Message)


class StoreLab:
    """One home's store, open. `later`: how many were open in this home before, so that no name comes twice."""

    def __init__(self, root: Path, *, resume_queue: bool = False, later: int = 0) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.resume_queue = resume_queue
        self.dead: set[Identity] = set()
        self._seconds = 3600 * later
        self._timelines = 10 * later
        self.opened = self._open()
        self._claims: dict[Identity, int] = {}
        self._first_claim = 10 * later

    @property
    def store(self) -> Any:
        return self.opened.store

    def _open(self) -> Opened:
        policy = Policy(DAEMON, self.resume_queue, lambda worker: worker not in self.dead)
        self._timelines += 1
        begin = Beginning(self.at(), f"timeline{self._timelines}", str(DAEMON), demo=False, start_id="start-1")
        return open_store(self.home, policy, begin)

    def at(self) -> str:
        self._seconds += 1
        return f"2026-01-01T{self._seconds // 3600:02}:{self._seconds // 60 % 60:02}:{self._seconds % 60:02}.000Z"

    def close(self) -> None:
        self.store.close()

    def reopen(self) -> Opened:
        """Close and open again."""
        self.close()
        self.opened = self._open()
        return self.opened

    def tidy(self) -> int:
        """Take away all that was deleted, as the daemon does between batches; return up to which event it is gone."""
        connection = self.store.connection
        upkeep = Upkeep(self.home, connection, Checkpoints(connection), lambda: False)
        end = time.monotonic() + 20
        while upkeep.ask(0.0, vacuum=False).deleted_left:
            assert time.monotonic() < end, "what was deleted is still there"
            if upkeep.due_at() <= time.monotonic():
                upkeep.run()
        upkeep.close()
        return int(self.value("SELECT erased_seq FROM meta"))

    def check(self) -> list[str]:
        return check_store(self.home)

    # --- asking

    def run(self, *works: Asked | Estate) -> Committed:
        committed: Committed = self.store.run(works, self.at())
        return committed

    def ask(self, sender: Identity, message: Message, picture: bytes = b"") -> Message:
        return self.run(Asked(sender, message, picture)).answers[0]

    def write(self, *records: Record, sender: Identity = WORKER, picture: bytes = b"") -> list[Accepted | ErrorInfo]:
        answer = self.ask(sender, WriteRecords(records=records), picture)
        assert isinstance(answer, RecordsWritten)
        return list(answer.results)

    def write_one(self, record: Record, sender: Identity = WORKER, picture: bytes = b"") -> Accepted | ErrorInfo:
        return self.write(record, sender=sender, picture=picture)[0]

    def accepted(self, record: Record, sender: Identity = WORKER, picture: bytes = b"") -> Accepted:
        answer = self.write_one(record, sender, picture)
        assert isinstance(answer, Accepted), answer
        return answer

    # --- tasks

    def hello(self, worker: Identity = WORKER, device: str = PHONE) -> Message:
        return self.ask(worker, Hello(program_version="1", pid=1, device=DeviceInfo(device_id=device)))

    def create(self, session_id: str = "task-1", device: str | None = None, **fields: Any) -> Message:
        task = NewTask(session_id=session_id, task_description="do it", device_id=device, **fields)
        return self.ask(WORKER, CreateTask(task=task, submitted_by="cli-1"))

    def claim(self, worker: Identity = WORKER, device: str | None = PHONE, number: int | None = None) -> Message:
        if number is None:
            number = self._claims.get(worker, self._first_claim) + 1
        self._claims[worker] = number
        return self.ask(worker, ClaimTask(claim=number, device_id=device, agents=("phone", "script")))

    def running(self, session_id: str = "task-1", worker: Identity = WORKER, device: str = PHONE) -> TaskRow:
        """Create a task and let `worker` claim it."""
        self.hello(worker, device)
        assert isinstance(self.create(session_id), Submitted)
        answer = self.claim(worker, device)
        assert isinstance(answer, Claimed), answer
        assert answer.task is not None, answer.why
        assert answer.task.session_id == session_id
        return answer.task

    def begin(self, number: int, session_id: str = "task-1", **fields: Any) -> BeginStep:
        return BeginStep(session_id=session_id, step_num=number, thinking=f"thought {number}", **fields)

    def finish(
        self, number: int, session_id: str = "task-1", outcome: Outcome = Outcome.DONE, **more: Any
    ) -> FinishStep:
        return FinishStep(session_id=session_id, step_num=number, outcome=outcome, **more)

    def step(self, number: int, session_id: str = "task-1", sender: Identity = WORKER) -> None:
        """Store a whole step."""
        self.accepted(self.begin(number, session_id), sender)
        self.accepted(self.finish(number, session_id), sender)

    def change(self, event: TaskEvent, session_id: str = "task-1", **more: Any) -> ChangeState:
        return ChangeState(session_id=session_id, event=event, **more)

    def note(self, note_id: str, text: str = "a note", session_id: str = "task-1") -> AddNote:
        return AddNote(session_id=session_id, note_id=note_id, text=text)

    def bury(self, *messages: WriteRecords, worker: Identity = WORKER, forced: Forced | None = None) -> Committed:
        """Let `worker` be dead, with these messages in its outbox."""
        items = tuple(OutboxItem(f"{n:08}.rec", message) for n, message in enumerate(messages, 1))
        return self.run(Estate(worker, items, forced))

    # --- looking

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(self.store.connection.execute(sql, values))

    def value(self, sql: str, *values: Any) -> Any:
        return self.store.connection.execute(sql, values).get

    def state(self, session_id: str = "task-1") -> str:
        return str(self.value("SELECT final_status FROM tasks WHERE session_id = ?", session_id))

    def set_aside(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT kind, code FROM set_aside ORDER BY seq")


def picture_of(data: bytes) -> Picture:
    return Picture(digest=hashlib.sha256(data).hexdigest(), size_bytes=len(data), width=10, height=20)
