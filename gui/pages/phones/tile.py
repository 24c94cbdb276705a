"""A phone as a tile: its newest screen, its state, what runs on it and how far it is; Open, Stop, Hold or Release.

A click or Space chooses it for the next task (Ctrl adds to what is chosen), Enter or a double click opens its task.
Made and fed by tiles.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar

from gui.pages.phones.thumb import Thumb
from gui.pages.phones.tile_words import age, tile_words
from gui.widgets.badge import Badge
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import button, column, label, restyle, row
from shared.task_state import TaskState

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap

    from gui.desk import Desk
    from gui.pages.phones.screens import LastSeen
    from gui.pages.phones.tile_words import TileWords
    from shared.messages import DeviceRow, TaskRow

_ARROWS: Final = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class Tile(QFrame):
    """`chosen`: it was clicked, and whether it shall be added to what is chosen; `moved`: an arrow key was pressed."""

    chosen = Signal(str, bool)
    moved = Signal(str, int)

    def __init__(self, desk: Desk, device: DeviceRow) -> None:
        super().__init__()
        self.device = device
        self.task: TaskRow | None = None  # the one that runs on it
        self.seen: LastSeen | None = None
        self._desk = desk
        self._picture: tuple[str, int] | None = None
        self.setProperty("look", "card")
        self.setProperty("clickable", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(self.tr("Space chooses this phone for the next task, Enter opens its task"))
        self._make()

    @property
    def is_chosen(self) -> bool:
        """Whether the next task is for it."""
        return bool(self.property("selected") == "true")

    def choose(self, chosen: bool) -> None:
        """Show whether the next task is for it."""
        restyle(self, "selected", "true" if chosen else "false")
        self._show_name()
        self._name_aloud()

    def show_device(self, device: DeviceRow, task: TaskRow | None, seen: LastSeen) -> None:
        """Show what the store says now."""
        self.device, self.task, self.seen = device, task, seen
        asked = task is not None and self._desk.commands.is_stopping(task.session_id)
        said = tile_words(device, task, seen, stop_asked=asked)
        self._show_name()
        self.badge.say(said.state, said.kind)
        self.text.setText(said.task)
        self.action.setText(said.action)
        self.held.setText(said.held)
        self.held.setVisible(bool(said.held))
        self._show_progress(said, asked)
        self._show_buttons(asked)
        self._ask_for_picture()
        self.tick()
        self._name_aloud()

    def tick(self) -> None:
        """Show how old the picture is."""
        self.age.setText(age(self.seen, datetime.now(UTC)) if self.seen is not None else "")

    def open(self) -> None:
        """Show its task in RUN: the one that runs, else the last one."""
        session_id = self.task.session_id if self.task is not None else self.device.last_task
        if session_id:
            self._desk.open_task.emit(session_id, None)

    def stop(self) -> None:
        """Stop the task that runs on it, unless that was asked for already."""
        if self.task is not None and self.stop_button.isEnabled():
            if self.stop_button.hasFocus():
                self.setFocus()  # the button is about to be disabled, which would throw the focus anywhere
            self._desk.commands.stop(self.task)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.device.device_id, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open its task."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space chooses, Enter opens, the arrows go to the next tiles."""
        if event.key() == Qt.Key.Key_Space:
            self.chosen.emit(self.device.device_id, True)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.open()
        elif event.key() in _ARROWS:
            self.moved.emit(self.device.device_id, event.key())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Ask for a sharper picture on a sharper screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._ask_for_picture()

    def _make(self) -> None:
        self.name = ElidedLabel("", "heading")
        self.badge = Badge()
        self.text = ElidedLabel()
        self.progress = ElidedLabel("", "muted")
        self.action = ElidedLabel("", "muted")
        self.held = ElidedLabel()
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(self.tr("Steps"))
        self.open_button = button(self.tr("Open"), tip=self.tr("Show its task in Run"))
        self.stop_button = button("", "danger", tip=self.tr("Stop its task (Ctrl+.)"))
        self.hold_button = button("")
        self.open_button.clicked.connect(self.open)
        self.stop_button.clicked.connect(self.stop)
        self.hold_button.clicked.connect(self._hold)
        self.thumb = Thumb()
        self.age = label("", "muted")
        self.age.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        picture = column(None, self.thumb, self.age, None, space=4)
        head = row(None, self.name, self.badge)
        buttons = row(None, self.open_button, self.hold_button, self.stop_button, None, space=4)  # three are tight
        lines = column(None, head, self.text, self.progress, self.action, self.bar, self.held, None, buttons)
        layout = row(self, picture, lines, margin=12)
        layout.setStretch(1, 1)

    def _show_name(self) -> None:
        name = self.device.alias or self.device.device_id
        self.name.setText(f"✓ {name}" if self.is_chosen else name)

    def _show_progress(self, said: TileWords, asked: bool) -> None:
        waits = asked and self.task is not None and self.task.final_status is TaskState.RUNNING
        self.progress.setText(self.tr("stopping… (not recorded yet)") if waits else said.progress)
        self.bar.setVisible(said.steps is not None)
        self.bar.setMaximum(said.max_steps)
        self.bar.setValue(min(said.steps or 0, said.max_steps))

    def _show_buttons(self, asked: bool) -> None:
        stopping = asked or (self.task is not None and self.task.final_status is TaskState.STOPPING)
        self.open_button.setEnabled(bool(self.task or self.device.last_task))
        self.stop_button.setVisible(self.task is not None)
        self.stop_button.setEnabled(not stopping)
        self.stop_button.setText(self.tr("Stopping…") if stopping else self.tr("Stop"))
        self.stop_button.setAccessibleName(self.stop_button.text())
        self.hold_button.setText(self.tr("Release") if self.device.held else self.tr("Hold"))
        self.hold_button.setAccessibleName(self.hold_button.text())
        tip = self.tr("Let waiting tasks begin here again") if self.device.held else self.tr("Let no task begin here")
        self.hold_button.setToolTip(tip)

    def _ask_for_picture(self) -> None:
        if self.seen is None:
            return
        height = self.thumb.wanted_height()
        task, step = self.seen.task, self.seen.step
        closing = task.closing_screenshot_path if task is not None and self.task is None else None
        wanted = closing or (f"{step.session_id}/{step.step_num}" if step is not None else "")
        if not wanted or (wanted, height) == self._picture:
            return  # a task that has no picture yet leaves the one before it
        self._picture = (wanted, height)
        if closing and task is not None:
            self._desk.pictures.closing(task, height, self._show_picture)
        elif step is not None:
            self._desk.pictures.step_thumbnail(step, height, self._show_picture)

    def _show_picture(self, pixmap: QPixmap) -> None:
        self.thumb.show_picture(pixmap)

    def _hold(self) -> None:
        if self.device.held:
            self._desk.commands.release(self.device.device_id)
        else:
            self._desk.commands.hold(self.device.device_id)

    def _name_aloud(self) -> None:
        chosen = self.tr("chosen for the next task") if self.is_chosen else ""
        name = self.device.alias or self.device.device_id
        parts = (name, self.badge.text, self.text.text(), self.progress.text(), self.held.text(), chosen)
        self.setAccessibleName(", ".join(part for part in parts if part))
