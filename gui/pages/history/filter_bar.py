"""The filter of HISTORY's list: text, result, phone, model, from and to; it applies by itself while one types.

What is chosen stands in the desk's state, so it is there again after a restart. `changed` comes a moment after the
last key. Devices come from the fleet, models from the settings and from what the list has shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gui import words
from gui.pages.history.day_field import DayField
from gui.pages.history.task_filter import TaskFilter, from_place, into_place
from gui.widgets.looks import SPACE, button, row
from shared.task_state import TaskState

if TYPE_CHECKING:
    from gui.desk import Desk

_DELAY_MS: Final = 300  # after the last key


class FilterBar(QWidget):
    """See the head of this file."""

    changed = Signal(object)  # TaskFilter

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.wanted = from_place(desk.state.now.history)
        self.text = QLineEdit(self.wanted.text)
        self.text.setPlaceholderText(self.tr("Find…"))
        self.text.setToolTip(self.tr("Only tasks whose text contains this (Ctrl+F)"))
        self.text.setAccessibleName(self.tr("Text in the task"))
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(96)
        self.state = self._choice(self.tr("Result"))
        self.device = self._choice(self.tr("Phone"))
        self.model = self._choice(self.tr("Model"))
        self.since = DayField(self.tr("From"), self.wanted.since)
        self.until = DayField(self.tr("To"), self.wanted.until)
        self.clear = button(self.tr("Clear"), "quiet", tip=self.tr("Show all tasks again"))
        layout = row(self, self.text, self.state, self.device, self.model, self.since, self.until, self.clear)
        layout.setStretch(0, 1)
        layout.setSpacing(SPACE)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._apply)
        self._fill()
        self._connect()
        self.clear.setEnabled(not self.wanted.is_empty)

    def add_models(self, names: set[str]) -> None:
        """Offer models that tasks in the list were run with."""
        for name in sorted(names):
            if name and self.model.findData(name) < 0:
                self.model.addItem(name, name)

    def show_all(self) -> None:
        """Take every filter away."""
        self.text.clear()
        for choice in (self.state, self.device, self.model):
            choice.setCurrentIndex(0)
        self.since.choose("")
        self.until.choose("")
        self._apply()

    def _connect(self) -> None:
        self.text.textChanged.connect(self._later)
        self.text.returnPressed.connect(self._apply)
        for choice in (self.state, self.device, self.model):
            choice.currentIndexChanged.connect(self._later)
        self.since.changed.connect(self._later)
        self.until.changed.connect(self._later)
        self.clear.clicked.connect(self.show_all)
        self._desk.fleet.changed.connect(self._fill_devices)

    def _choice(self, name: str) -> QComboBox:
        found = QComboBox()
        found.setAccessibleName(name)
        found.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        found.setMinimumContentsLength(9)
        return found

    def _fill(self) -> None:
        self.state.addItem(self.tr("Any result"), "")
        for state in TaskState:
            self.state.addItem(words.state_word(state), str(state))
        self.device.addItem(self.tr("Any phone"), "")
        self.model.addItem(self.tr("Any model"), "")
        self.add_models({*self._desk.settings.models, self.wanted.model})
        self._fill_devices()
        self.device.setCurrentIndex(max(0, self.device.findData(self.wanted.device_id)))
        self.state.setCurrentIndex(max(0, self.state.findData(self.wanted.state)))
        self.model.setCurrentIndex(max(0, self.model.findData(self.wanted.model)))

    def _fill_devices(self) -> None:
        """Offer the phones that are known, and the one that is chosen already."""
        known = {found.device_id: found.alias or found.device_id for found in self._desk.fleet.devices}
        if self.wanted.device_id:
            known.setdefault(self.wanted.device_id, self.wanted.device_id)
        for device_id, name in known.items():
            at = self.device.findData(device_id)
            if at < 0:
                self.device.addItem(name, device_id)
            else:
                self.device.setItemText(at, name)

    def _later(self) -> None:
        self._timer.start()

    def _apply(self) -> None:
        self._timer.stop()
        wanted = TaskFilter(
            text=self.text.text().strip(),
            state=self.state.currentData(),
            device_id=self.device.currentData(),
            model=self.model.currentData(),
            since=self.since.day,
            until=self.until.day,
        )
        if wanted == self.wanted:
            return
        self.wanted = wanted
        self.clear.setEnabled(not wanted.is_empty)
        into_place(wanted, self._desk.state.now.history)
        self._desk.state.save()
        self.changed.emit(wanted)
