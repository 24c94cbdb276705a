"""A desk for tests of the page PHONES: the real pieces of the window, over a store in memory that knows phones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_desk_run import FakeLink, FakeStore, task_row
from PySide6.QtCore import QObject, Signal

from gui.commands import Commands
from gui.fleet import Fleet
from gui.link.link import Link
from gui.pictures import Pictures
from gui.state import WindowState
from shared.identity import Identity
from shared.messages import (
    DeviceList,
    DeviceRow,
    ListDevices,
    ProcessList,
    ProcessRow,
    SubmitTask,
    Submitted,
    TaskRow,
)
from shared.paths import Home
from shared.settings import ModelProfile, Settings
from shared.task_state import TaskState

if TYPE_CHECKING:
    from pathlib import Path


def device_row(device_id: str, **fields: Any) -> DeviceRow:
    known: dict[str, Any] = {
        "device_id": device_id,
        "alias": None,
        "address": "127.0.0.1:5555",
        "model": "Pixel",
        "android": "14",
        "width": 1080,
        "height": 2400,
        "held": "",
        "last_seen": "2026-01-01 10:00:00",
        "worker": "worker-1",
        "task": None,
        "waiting": 0,
    }
    return DeviceRow(**(known | fields))


def waiting_row(number: int, **fields: Any) -> TaskRow:
    known: dict[str, Any] = {
        "final_status": TaskState.CREATED,
        "task_description": f"task {number}",
        "created_seq": number,
        "device_id": None,
        "ended_at": None,
        "started_at": None,
    }
    return task_row(f"{number:032x}", **(known | fields))


def running_row(device_id: str, session_id: str = "b" * 32, **fields: Any) -> TaskRow:
    known: dict[str, Any] = {
        "final_status": TaskState.RUNNING,
        "device_id": device_id,
        "ended_at": None,
        "claimed_by": "worker-1",
        "incarnation": "i1",
    }
    return task_row(session_id, **(known | fields))


def worker_row(incarnation: str = "i1", state: str = "ready") -> ProcessRow:
    return ProcessRow(
        name="worker-1",
        role="worker",
        pid=4242,
        incarnation=incarnation,
        state=state,
        restarts=0,
        uptime_s=1.0,
        device_id=None,
        detail="",
    )


class PhonesStore(FakeStore):
    def __init__(self) -> None:
        super().__init__()
        self.devices: dict[str, DeviceRow] = {}

    def answer(self, message: Any) -> Any:
        if isinstance(message, ListDevices):
            return DeviceList(items=tuple(self.devices.values()), timeline="t", seq=self.seq)
        return super().answer(message)


class PhonesLink(FakeLink):
    """`workers` are those that are ready. What a worker answers to a SubmitTask is in `answers`; without it, a yes."""

    is_starting = Link.is_starting

    def __init__(self, store: PhonesStore) -> None:
        super().__init__(store)
        self.workers = ["worker-1"]
        self.say_processes()

    def ready_workers(self) -> list[str]:
        return self.workers

    def say_processes(self, *rows: ProcessRow, state: str = "ready") -> None:
        items = rows or (worker_row(),)
        self.processes: Any = ProcessList(items=items, home="", start_id="s", demo=True, state=state)
        self.changed.emit()

    def _answer(self, target: str, message: Any) -> Any:
        if isinstance(message, SubmitTask) and SubmitTask not in self.answers:
            return Submitted(session_id=message.task.session_id, seq=7)
        return super()._answer(target, message)


class PhonesDesk(QObject):
    open_task = Signal(str, object)
    tell = Signal(str, bool)

    def __init__(self, folder: Path, *, demo: bool = False) -> None:
        super().__init__()
        self.home = Home(folder)
        self.demo = demo
        self.settings = Settings(models={"default": ModelProfile(base_url="http://127.0.0.1:1/v1", model="m")})
        self.store = PhonesStore()
        self.link: Any = PhonesLink(self.store)
        self.state = WindowState(folder / "window.json")
        self.fleet = Fleet(self.link)
        self.commands = Commands(self.link, self.fleet, Identity("gui-1", "0" * 16))
        self.pictures = Pictures(self.home)
        self.commands.told.connect(self.tell)
        self.told: list[str] = []
        self.opened: list[str] = []
        self.tell.connect(self._heard)
        self.open_task.connect(self._open)

    def close(self) -> None:
        self.pictures.close()
        self.state.close()

    def _heard(self, sentence: str, _is_error: bool) -> None:
        self.told.append(sentence)

    def _open(self, session_id: str, _step_num: object) -> None:
        self.opened.append(session_id)
