"""The window's real desk for tests of its core and of SETTINGS: what it asks is caught, the test answers.

The link's thread is not started, so that nothing is asked by sockets; all else is as in the window.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fake_desk_run import task_row
from shiboken6 import delete

from gui.desk import Desk
from gui.link.orders import Answer, Ask, News, Resync, StorePresence
from gui.main_window import MainWindow
from shared.child_config import ChildConfig
from shared.errors import ErrorCode
from shared.identity import Identity
from shared.messages import (
    DeviceList,
    DeviceRow,
    Done,
    ErrorInfo,
    Event,
    ExpectStop,
    ListDevices,
    ListTasks,
    Message,
    ProcessList,
    ProcessRow,
    StoreStatus,
    TaskPage,
    TaskRow,
)
from shared.paths import Home
from shared.settings import Settings
from shared.task_state import TaskState

if TYPE_CHECKING:
    from pathlib import Path

AT = {"timeline": "t", "seq": 0}


def process(name: str = "worker-1", **fields: Any) -> ProcessRow:
    known: dict[str, Any] = {
        "name": name,
        "role": name.partition("-")[0],
        "pid": 4711,
        "incarnation": "i1",
        "state": "ready",
        "restarts": 0,
        "uptime_s": 12.0,
        "device_id": None,
        "detail": "",
    }
    return ProcessRow(**(known | fields))


def status(**fields: Any) -> StoreStatus:
    known: dict[str, Any] = {
        "path": "/data/tasks.db",
        "timeline": "t1",
        "seq": 12345,
        "sqlite_version": "3.54.1",
        "size_bytes": 1 << 20,
        "wal_bytes": 4096,
        "commit_ms_p50": 1.5,
        "commit_ms_p99": 9.25,
        "tasks": {"SUCCESS": 3},
        "held": 0,
        "set_aside": 0,
        "demo": False,
        "alerts": (),
    }
    return StoreStatus(**(known | fields))


def running(session_id: str = "a" * 32, **fields: Any) -> TaskRow:
    known = {"final_status": TaskState.RUNNING, "claimed_by": "worker-1", "incarnation": "i1", "ended_at": None}
    return task_row(session_id, **(known | fields))


def waiting(session_id: str = "b" * 32, **fields: Any) -> TaskRow:
    known = {"final_status": TaskState.CREATED, "claimed_by": None, "incarnation": None, "ended_at": None}
    return task_row(session_id, **(known | fields))


def phone(**fields: Any) -> DeviceRow:
    known: dict[str, Any] = dict.fromkeys(DeviceRow.__struct_fields__, "")
    known |= {"device_id": "d1", "alias": "Pixel", "worker": "worker-1", "width": 1, "height": 1, "waiting": 0}
    return DeviceRow(**(known | {"task": None, "last_task": None} | fields))


def no_answer() -> ErrorInfo:
    """What the link says when none came in time."""
    return ErrorInfo(code=ErrorCode.NOT_RUNNING, message="no answer within 2 s, not confirmed", retryable=True)


class CoreDesk:
    """The desk, and what a test does to it: `asked`, `answer`, `publish`."""

    def __init__(self, folder: Path, settings: Settings | None = None, **config: Any) -> None:
        self.home = Home(folder)
        self.home.logs.mkdir(exist_ok=True)
        self.home.run.mkdir(exist_ok=True)
        known = {"name": "gui", "incarnation": "g0", "home": str(folder), "start_id": "s", "settings": settings}
        made = ChildConfig(**({**known, "settings": settings or Settings()} | config))
        child = SimpleNamespace(home=self.home, config=made, identity=Identity("gui", "g0"))
        self.desk = Desk(child)  # type: ignore[arg-type]
        self.told: list[tuple[str, bool]] = []
        self.desk.tell.connect(lambda sentence, bad: self.told.append((sentence, bad)))
        self._asked: list[Ask] = []
        self.kept: list[object] = []  # qtbot holds no widget
        self._windows: list[MainWindow] = []
        self._seq = 0

    def window(self) -> MainWindow:
        """Return a window on this desk. It is not given to qtbot, which would close it: that ends the application."""
        made = MainWindow(self.desk)
        self._windows.append(made)
        return made

    def close(self) -> None:
        self.desk.close()
        for window in self._windows:
            window.hide()
            delete(window)

    def asked(self, kind: type[Message] | None = None) -> list[Ask]:
        """What was asked and not answered yet."""
        queue = self.desk.link._thread._asked
        while not queue.empty():
            ask = queue.get()
            if ask is not None:
                self._asked.append(ask)
        return [ask for ask in self._asked if kind is None or isinstance(ask.message, kind)]

    def answer(self, ask: Ask, message: Message) -> None:
        self._asked = [other for other in self._asked if other.ticket != ask.ticket]
        self.desk.link._take([Answer(ask.ticket, message)])

    def answer_only(self, kind: type[Message], message: Message) -> Ask:
        """Answer the only question of a kind, and return it."""
        (ask,) = self.asked(kind)
        self.answer(ask, message)
        return ask

    def expect_stop(self) -> None:
        """Let the supervisor take note of a stop, as it is told first."""
        self.answer_only(ExpectStop, Done())

    def show_tasks(self, *rows: TaskRow, devices: tuple[Any, ...] = ()) -> None:
        """Let the fleet know these tasks."""
        self.desk.fleet.read()
        for ask in self.asked(ListTasks):
            found = tuple(row for row in rows if row.final_status is ask.message.state)  # type: ignore[attr-defined]
            if ask.message.oldest_first:  # type: ignore[attr-defined]
                found = tuple(sorted(found, key=lambda row: row.created_seq))
            self.answer(ask, TaskPage(items=found, next=None, **AT))
        for ask in self.asked(ListDevices):
            self.answer(ask, DeviceList(items=devices, **AT))

    def show_processes(self, *rows: ProcessRow) -> None:
        self.desk.link._saw_processes(ProcessList(items=rows, home="/data", start_id="s", demo=False))

    def show_store(self, here: bool | None = None, **fields: Any) -> None:
        if fields or here is None:
            self.desk.link._saw_store(status(**fields))
        if here is not None:
            self.desk.link._take([StorePresence(here)])

    def publish(self, *bodies: Any) -> None:
        events = []
        for body in bodies:
            self._seq += 1
            events.append(Event(timeline="t", seq=self._seq, at="2026-01-01T10:00:00.000Z", by="x", body=body))
        self.desk.link._take([News(tuple(events))])

    def resync(self) -> None:
        self.desk.link._take([Resync()])

    def write_settings(self, text: str) -> None:
        self.home.settings_file.write_text(text)
