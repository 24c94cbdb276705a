"""What each phone last showed: its newest step and, when its task has ended, how that left the screen.

Read again when the fleet says that something was committed for a phone, and only for that phone. One object for the
page. Must not know a widget.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from shared.messages import ErrorInfo, GetTask, ListSteps, Role, StepPage, StepRow, TaskRow, TaskView
from shared.task_state import is_final

if TYPE_CHECKING:
    from gui.fleet import Fleet
    from gui.link.link import Link
    from shared.messages import DeviceRow

_Key = tuple[str, int]  # a task, and the seq of its newest change; 0 once it runs no more


class LastSeen(Struct, frozen=True):
    """A phone's last task that has begun, and its newest step; None: not read yet, or there is none."""

    task: TaskRow | None = None
    step: StepRow | None = None

    @property
    def at(self) -> str | None:
        """When the newest picture was taken, as the store says it."""
        if self.task is not None and self.task.closing_screenshot_path:
            return self.task.ended_at
        return self.step.started_at if self.step is not None else None


class Screens(QObject):
    """`changed` names a device of which something newer is known; `of` tells it."""

    changed = Signal(str)

    def __init__(self, link: Link, fleet: Fleet) -> None:
        super().__init__()
        self._link = link
        self._fleet = fleet
        self._seen: dict[str, LastSeen] = {}
        self._keys: dict[str, _Key] = {}
        fleet.changed.connect(self._look)
        link.resync.connect(self._forget)
        self._look()

    def of(self, device_id: str) -> LastSeen:
        """Return what a phone last showed."""
        return self._seen.get(device_id, LastSeen())

    def _forget(self) -> None:
        self._keys.clear()

    def _look(self) -> None:
        for device in self._fleet.devices:
            key = self._key(device)
            if key is not None and key != self._keys.get(device.device_id):
                self._keys[device.device_id] = key
                self._read(device.device_id, key)

    def _key(self, device: DeviceRow) -> _Key | None:
        running = self._fleet.running_on(device.device_id)
        if running is not None:
            return running.session_id, running.updated_seq
        return (device.last_task, 0) if device.last_task else None

    def _read(self, device_id: str, key: _Key) -> None:
        failed = partial(self._failed, device_id, key)
        newest = ListSteps(session_id=key[0], last=True, limit=1)
        self._link.ask(Role.DAEMON, newest, StepPage, partial(self._step, device_id, key), failed)
        self._link.ask(Role.DAEMON, GetTask(task_id=key[0]), TaskView, partial(self._task, device_id, key), failed)

    def _step(self, device_id: str, key: _Key, page: StepPage) -> None:
        if self._keys.get(device_id) == key:
            task = self._of_task(device_id, key[0]).task
            self._keep(device_id, LastSeen(task, page.items[-1] if page.items else None))

    def _task(self, device_id: str, key: _Key, view: TaskView) -> None:
        if self._keys.get(device_id) != key:
            return
        self._keep(device_id, LastSeen(view.task, self._of_task(device_id, key[0]).step))
        if key[1] == 0 and not is_final(view.task.final_status):
            del self._keys[device_id]  # it has only just begun: the fleet hears of it in a moment

    def _of_task(self, device_id: str, session_id: str) -> LastSeen:
        """Return what is known of a phone as far as it is about this task."""
        seen = self.of(device_id)
        task = seen.task if seen.task is not None and seen.task.session_id == session_id else None
        step = seen.step if seen.step is not None and seen.step.session_id == session_id else None
        return LastSeen(task, step)

    def _keep(self, device_id: str, seen: LastSeen) -> None:
        self._seen[device_id] = seen
        self.changed.emit(device_id)

    def _failed(self, device_id: str, key: _Key, _error: ErrorInfo) -> None:
        """Let the next change read it again."""
        if self._keys.get(device_id) == key:
            del self._keys[device_id]
