"""The queue: what waits, in its order, for which phone, since when, and what holds it; cancel, hold, release, open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QListView, QSizePolicy

from gui.pages.phones.queue_delegate import QueueDelegate
from gui.pages.phones.queue_model import ID_ROLE, QueueModel
from gui.widgets.looks import MARGIN, button, column, label, row
from shared.task_state import TaskState

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent

    from gui.desk import Desk
    from shared.messages import DeviceRow, TaskRow

_TICK_MS: Final = 1000
_LEAST_HEIGHT: Final = 108


class QueuePanel(QFrame):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setProperty("look", "card")
        self.model = QueueModel(desk.fleet, self)
        self.list = _QueueList()
        self.list.setModel(self.model)
        self.delegate = QueueDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self._make()
        self.delegate.cancel.connect(self.cancel)
        self.list.activated.connect(self._activated)
        self.list.selectionModel().currentChanged.connect(self._show_buttons)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        for signal in (desk.fleet.changed, desk.link.changed, desk.commands.stopping):
            signal.connect(self._show)
        self._show()

    def selected(self) -> TaskRow | None:
        """Return the task that is selected."""
        number = self.list.currentIndex().row()
        return self.model.rows[number] if 0 <= number < len(self.model.rows) else None

    def cancel(self, session_id: str) -> None:
        """Take a task out of the queue."""
        number = self.model.row_of(session_id)
        if number >= 0:
            self._desk.commands.stop(self.model.rows[number], "cancelled in the window")

    def cancel_selected(self) -> None:
        """Take the selected task out of the queue."""
        session_id = self.list.currentIndex().data(ID_ROLE)
        if session_id:
            self.cancel(session_id)

    def _make(self) -> None:
        self.heading = label("", "heading")
        self.nothing = label(
            self.tr("Nothing waits. A task that you queue begins as soon as a phone is free."), "muted"
        )
        self.nothing.setWordWrap(True)
        self.more = label("", "muted")
        self.open_button = button(self.tr("Open"), tip=self.tr("Show the task in Run (Enter)"))
        self.hold_button = button("")
        self.cancel_button = button(
            self.tr("Cancel task"), "danger", tip=self.tr("Take it out of the queue (Del or Ctrl+.)")
        )
        self.open_button.clicked.connect(self._open)
        self.hold_button.clicked.connect(self._hold)
        self.cancel_button.clicked.connect(self.cancel_selected)
        self.list.delete_pressed.connect(self.cancel_selected)
        buttons = row(None, self.open_button, self.hold_button, None, self.cancel_button)
        column(self, self.heading, self.nothing, self.list, self.more, buttons, margin=MARGIN).setStretch(2, 1)

    def _show(self, _why: object = None) -> None:
        chosen = self.selected()
        waiting = self._desk.fleet.queue
        asked = frozenset(task.session_id for task in waiting if self._desk.commands.is_stopping(task.session_id))
        self.model.show(waiting, asked)
        if waiting and not self.list.currentIndex().isValid():
            number = self.model.row_of(chosen.session_id) if chosen is not None else 0
            self.list.setCurrentIndex(self.model.index(max(0, number)))
        total = max(len(waiting), self._waiting_in_store())
        self.heading.setText(self.tr("Queue (%1)").replace("%1", str(total)) if total else self.tr("Queue"))
        self.nothing.setVisible(not waiting)
        self.list.setVisible(bool(waiting))
        upright = QSizePolicy.Policy.Expanding if waiting else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, upright)
        self.more.setText(self.tr("and %n more", "", total - len(waiting)))
        self.more.setVisible(total > len(waiting) > 0)
        self._show_buttons()

    def _show_buttons(self) -> None:
        task = self.selected()
        device = self._device_of(task)
        for one in (self.open_button, self.hold_button, self.cancel_button):
            one.setVisible(bool(self.model.rows))
        self.open_button.setEnabled(task is not None)
        can_cancel = task is not None and not self._desk.commands.is_stopping(task.session_id)
        self.cancel_button.setEnabled(can_cancel)
        self.hold_button.setEnabled(device is not None)
        name = self._desk.fleet.name_of(device.device_id) if device is not None else self.tr("phone")
        is_held = device is not None and bool(device.held or (task is not None and task.held))
        text = self.tr("Release %1") if is_held else self.tr("Hold %1")
        self.hold_button.setText(text.replace("%1", _short(name)))
        self.hold_button.setAccessibleName(text.replace("%1", name))

    def _device_of(self, task: TaskRow | None) -> DeviceRow | None:
        """Return the phone whose hold matters for a task: the one it asks for, else a held one, else the first."""
        if task is None:
            return None
        devices = [row for row in self._desk.fleet.devices if task.device_id in (None, row.device_id)]
        return next((row for row in devices if row.held), devices[0] if devices else None)

    def _waiting_in_store(self) -> int:
        store = self._desk.link.store
        return store.tasks.get(TaskState.CREATED.value, 0) if store is not None else 0

    def _activated(self, _index: QModelIndex) -> None:
        self._open()

    def _open(self) -> None:
        task = self.selected()
        if task is not None:
            self._desk.open_task.emit(task.session_id, None)

    def _hold(self) -> None:
        task = self.selected()
        device = self._device_of(task)
        if device is None or task is None:
            return
        if device.held or task.held:
            self._desk.commands.release(device.device_id)
        else:
            self._desk.commands.hold(device.device_id)

    def _tick(self) -> None:
        if self.isVisible():
            self.model.tick()


class _QueueList(QListView):
    """The list; `delete_pressed` comes at Del."""

    delete_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Waiting tasks"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel at Del."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)


def _short(name: str, limit: int = 14) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"
