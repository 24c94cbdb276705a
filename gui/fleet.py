"""What several pages show of the present: the phones, the tasks that run, the queue. Read by views, woken by events.

One object for the window, so that a change is read once. `changed` comes when any of the three has changed; `ended`
for each task that ended while the window was looking (for the tray's notification).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from shared.messages import (
    DeviceHeld,
    DeviceList,
    DeviceReleased,
    DeviceRow,
    DeviceSeen,
    Event,
    ListDevices,
    ListTasks,
    Role,
    StateChanged,
    StepBegun,
    StepFinished,
    TaskCreated,
    TaskDeleted,
    TaskPage,
    TaskRow,
    TasksHeld,
)
from shared.task_state import TaskState, is_final

if TYPE_CHECKING:
    from gui.link.link import Link

_SETTLE_MS: Final = 30  # events of one moment are answered by one reading
_QUEUE_MAX: Final = 200  # of the queue so many are shown; the store's figures tell how many there are
_TASKS: Final = (TaskCreated, StateChanged, StepBegun, StepFinished, TasksHeld, TaskDeleted)
_DEVICES: Final = (DeviceSeen, DeviceHeld, DeviceReleased, StateChanged, TaskCreated, TasksHeld)


class Fleet(QObject):
    """See the head of this file. Until `is_known` the lists are empty because nothing was read yet."""

    changed = Signal()
    ended = Signal(object)  # a StateChanged

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.is_known = False
        self.devices: tuple[DeviceRow, ...] = ()
        self.running: tuple[TaskRow, ...] = ()  # RUNNING and STOPPING
        self.queue: tuple[TaskRow, ...] = ()  # CREATED, the next one first
        self._link = link
        self._tickets: dict[str, int] = {}
        self._waiting: list[TaskRow] = []  # what was read of the queue so far
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self.read)
        link.news.connect(self._heard)
        link.resync.connect(self.read)

    def running_on(self, device_id: str) -> TaskRow | None:
        """Return the task that runs on a device."""
        return next((row for row in self.running if row.device_id == device_id), None)

    def name_of(self, device_id: str | None) -> str:
        """Return what a person calls a device: its alias, else its id; '' for None."""
        row = next((row for row in self.devices if row.device_id == device_id), None)
        return (row.alias if row and row.alias else device_id) or ""

    def read(self) -> None:
        """Read everything again."""
        self._ask_once("devices", ListDevices(), DeviceList, self._devices)
        self._ask_once("running", ListTasks(state=TaskState.RUNNING, limit=_QUEUE_MAX), TaskPage, self._running)
        self._ask_once("stopping", ListTasks(state=TaskState.STOPPING, limit=_QUEUE_MAX), TaskPage, self._stopping)
        self._waiting = []
        self._read_queue("")

    def _ask_once(self, name: str, message: ListTasks | ListDevices, reply: type, then: object) -> None:
        self._link.forget(self._tickets.get(name))
        self._tickets[name] = self._link.ask(Role.DAEMON, message, reply, then)  # type: ignore[arg-type]

    def _heard(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event.body, StateChanged) and is_final(event.body.to_state):
                self.ended.emit(event.body)
        if any(isinstance(event.body, _TASKS + _DEVICES) for event in events) and not self._timer.isActive():
            self._timer.start()

    def _devices(self, answer: DeviceList) -> None:
        self.is_known = True
        self.devices = answer.items
        self.changed.emit()

    def _running(self, answer: TaskPage) -> None:
        stopping = tuple(row for row in self.running if row.final_status is TaskState.STOPPING)
        self._set_running(answer.items + tuple(row for row in stopping if not _among(row, answer.items)))

    def _stopping(self, answer: TaskPage) -> None:
        running = tuple(row for row in self.running if row.final_status is TaskState.RUNNING)
        self._set_running(tuple(row for row in running if not _among(row, answer.items)) + answer.items)

    def _set_running(self, rows: tuple[TaskRow, ...]) -> None:
        self.running = tuple(sorted(rows, key=lambda row: row.created_seq))
        self.changed.emit()

    def _read_queue(self, after: str) -> None:
        page = ListTasks(state=TaskState.CREATED, after=after, limit=_QUEUE_MAX, oldest_first=True)
        self._ask_once("queue", page, TaskPage, self._queue)

    def _queue(self, answer: TaskPage) -> None:
        self._waiting += answer.items
        if answer.next is not None and len(self._waiting) < _QUEUE_MAX:  # long texts fill a page's frame
            self._read_queue(answer.next)
            return
        self.queue = tuple(self._waiting[:_QUEUE_MAX])
        self.changed.emit()


def _among(row: TaskRow, rows: tuple[TaskRow, ...]) -> bool:
    return any(other.session_id == row.session_id for other in rows)
