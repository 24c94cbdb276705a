"""A daemon and a phone in memory, for tests of what cannot be provoked with the real ones."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from shared.errors import ErrorCode, NotReachableError
from shared.identity import Identity
from shared.messages import (
    Accepted,
    BeginStep,
    Decision,
    DeviceInfo,
    ErrorInfo,
    Message,
    NewWait,
    RaiseWait,
    Record,
    RecordsWritten,
    TaskRow,
    WaitState,
    WriteRecords,
)
from shared.settings import Settings
from shared.task_state import TaskState
from worker.context import TaskContext
from worker.devices.nodes import Node
from worker.errors import CommandFailed
from worker.guarded_device import GuardedDevice
from worker.outbox import Outbox
from worker.pictures import Thumbnails
from worker.step_buffer import StepBuffer
from worker.step_gate import StepGate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.messages import Request

TASK = "task1"


class FakeLink:
    """A daemon that answers at once, or when it is told to. `stored` is what it has committed, in order."""

    def __init__(self) -> None:
        self.away = False
        self.sent: list[WriteRecords] = []
        self.pictures: list[bytes] = []
        self.stored: list[Record] = []
        self.refuse: Callable[[Record], ErrorInfo | None] = lambda _record: None
        self.late = False
        self._waiting: list[tuple[WriteRecords, Callable[[Message], bool]]] = []
        self.waits: dict[str, NewWait] = {}
        self.decided: dict[str, WaitState] = {}  # by the id of the wait
        self.answer_waits: Callable[[NewWait], WaitState | Exception | None] = lambda _wait: None
        self._lock = threading.Lock()

    def send_records(self, message: WriteRecords, picture: bytes, on_answer: Callable[[Message], bool]) -> None:
        with self._lock:
            self.sent.append(message)
            self.pictures.append(picture)
            self._waiting.append((message, on_answer))
        if not self.away:
            threading.Thread(target=self.answer_all).start()

    def request(self, message: Request) -> Future[Message]:
        """Answer a RaiseWait: it stands as number 7, 8, …, decided as `answer_waits` or `decide` say."""
        assert isinstance(message, RaiseWait)
        answer: Future[Message] = Future()
        if self.away:
            answer.set_exception(NotReachableError(ErrorCode.STORE_AWAY, "away", retryable=True))
            return answer
        wait = message.wait
        self.waits.setdefault(wait.wait_id, wait)
        decided = self.decided.get(wait.wait_id) or self.answer_waits(wait)
        if isinstance(decided, Exception):
            answer.set_exception(decided)
        else:
            seq = 7 + list(self.waits).index(wait.wait_id)
            answer.set_result(decided or WaitState(seq=seq, waiting_deadline=None))
        return answer

    @staticmethod
    def settled(decision: Decision, text: str = "") -> WaitState:
        return WaitState(seq=7, waiting_deadline=None, decision=decision, text=text, settled_seq=8, settled_by="cli-1")

    def decide(self, decision: Decision, text: str = "") -> None:
        """Settle the newest wait."""
        self.decided[list(self.waits)[-1]] = self.settled(decision, text)

    def answer_all(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    return
                message, on_answer = self._waiting.pop(0)
                results = tuple(self._store(record) for record in message.records)
            if not on_answer(RecordsWritten(results=results)):
                with self._lock:
                    self._waiting.insert(0, (message, on_answer))
                return

    def answer_first(self, answer: Message) -> bool:
        with self._lock:
            message, on_answer = self._waiting.pop(0)
        settled = on_answer(answer)
        if not settled:
            with self._lock:
                self._waiting.insert(0, (message, on_answer))
        return settled

    def come_back(self) -> None:
        self.away = False
        self.answer_all()

    @property
    def unanswered(self) -> int:
        with self._lock:
            return len(self._waiting)

    def _store(self, record: Record) -> Accepted | ErrorInfo:
        refusal = self.refuse(record)
        if refusal is not None:
            return refusal
        self.stored.append(record)
        return Accepted(seq=len(self.stored), late=self.late)


class FakePhone:
    """A phone that notes what was done to it."""

    def __init__(self, png: bytes) -> None:
        self.png = png
        self.done: list[str] = []
        self.shown: set[str] = set()
        self.tree: list[Node] = []
        self.raises: list[BaseException] = []
        self.there = True
        self.info = DeviceInfo(device_id="PHONE1", address="fake", width=1080, height=2400)

    def _act(self, what: str) -> None:
        if self.raises:
            raise self.raises.pop(0)
        self.done.append(what)

    def screenshot(self) -> bytes:
        return self.png

    def size(self) -> tuple[int, int]:
        return 1080, 2400

    def current_app(self) -> str:
        return "com.example"

    def nodes(self) -> tuple[Node, ...]:
        return (*self.tree, *(Node(text=text) for text in self.shown))

    def find_text(self, text: str) -> bool:
        return text in self.shown

    def tap(self, x: int, y: int) -> None:
        self._act(f"tap {x} {y}")

    def double_tap(self, x: int, y: int) -> None:
        self._act(f"double_tap {x} {y}")

    def long_press(self, x: int, y: int, seconds: float = 3.0) -> None:
        self._act(f"long_press {x} {y}")

    def swipe(self, x1: int, y1: int, x2: int, y2: int, seconds: float | None = None) -> None:
        self._act(f"swipe {x1} {y1} {x2} {y2}")

    def type_text(self, text: str) -> None:
        self._act(f"type {text}")

    def key(self, name: str) -> None:
        self._act(f"key {name}")

    def launch(self, app: str) -> None:
        if app == "Nowhere":
            raise CommandFailed("no app called 'Nowhere' is known")
        self._act(f"launch {app}")

    def settle_debt(self, kind: str, detail: str) -> None:
        self._act(f"settle {kind} {detail}")

    def is_there(self) -> bool:
        return self.there

    def close(self) -> None:
        pass


def make_task(**changes: object) -> TaskRow:
    values: dict[str, object] = dict.fromkeys(TaskRow.__struct_fields__)
    values |= {
        "session_id": TASK,
        "user_id": "",
        "timestamp": "",
        "task_description": "a task",
        "final_status": TaskState.RUNNING,
        "total_steps": 0,
        "base_url": "",
        "model_name": "",
        "updated_at": "",
        "agent": "script",
        "model": "",
        "max_steps": 100,
        "expect_text": "",
        "script": "",
        "created_seq": 1,
        "updated_seq": 2,
        "held": "",
        "closing_missing": "",
        "checks": (),
    }
    return TaskRow(**(values | changes))  # type: ignore[arg-type]


class Rig:
    """A task at work: link, buffer, gate, context, phone, wired as the executor wires them."""

    def __init__(self, folder: Path, png: bytes, **task: object) -> None:
        self.identity = Identity("worker-1", "0123456789abcdef")
        self.folder = folder
        self.link = FakeLink()
        self.buffer = StepBuffer(self.link, Outbox(folder, self.identity), outbox_after_s=0.15)
        self.buffer.begin_task(TASK)
        self.gate = StepGate()
        self.phone = FakePhone(png)
        self.thumbnails = Thumbnails()
        self.context = TaskContext(
            task=make_task(**task),
            buffer=self.buffer,
            store=self.link,
            gate=self.gate,
            thumbnails=self.thumbnails,
            settings=Settings(),
            api_keys={},
        )
        self.device = GuardedDevice(
            self.phone, gate=self.gate, sleep=self.context.sleep, thumbnails=self.thumbnails, wait_s=0.5
        )

    @property
    def stored(self) -> list[str]:
        """What is stored, in short: `begin 1`, `done 1`, …"""
        return [short(record) for record in self.link.stored]


def short(record: Record) -> str:
    if isinstance(record, BeginStep):
        return f"begin {record.step_num}"
    outcome = getattr(record, "outcome", None)
    if outcome is not None:
        return f"{outcome} {record.step_num}"  # type: ignore[union-attr]
    return str(getattr(record, "event", None) or "note")


@pytest.fixture(scope="session")
def png() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((108, 240), 60).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


@pytest.fixture
def make_rig(outbox: Path, png: bytes):
    rigs: list[Rig] = []

    def make(**task: object) -> Rig:
        rigs.append(Rig(outbox, png, **task))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.thumbnails.close()


@pytest.fixture
def rig(make_rig) -> Rig:
    return make_rig()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    def wait(condition: Callable[[], object], patience_s: float = 5.0) -> None:
        end = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < end, "the condition did not come true in time"
            time.sleep(0.005)

    return wait


@pytest.fixture
def task_row() -> Callable[..., TaskRow]:
    return make_task
