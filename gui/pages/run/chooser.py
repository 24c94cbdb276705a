"""What RUN shows while no task is chosen: the tasks that run, one key away, and the newest ones.

Rows are buttons, so that Tab, Enter and the digits reach them. Used by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui import words
from gui.widgets.badge import Badge
from gui.widgets.elided import ElidedLabel
from gui.widgets.empty import EmptyState
from gui.widgets.looks import MARGIN, SPACE, column, label, row
from shared.messages import ListTasks, Role, TaskPage

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent

    from gui.desk import Desk
    from shared.messages import TaskRow

_NEWEST: Final = 20
_KEYS: Final = 9
_WIDTH: Final = 760


class TaskLine(QFrame):
    """A task to be opened, by a click or by Enter; `digit` is the key that opens it from anywhere on the page."""

    opened = Signal(str)

    def __init__(self, task: TaskRow, device: str, digit: str) -> None:
        super().__init__()
        self.session_id = task.session_id
        self.setProperty("look", "card")
        self.setProperty("clickable", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{words.state_word(task.final_status)}: {words.one_line(task.task_description)}")
        title = ElidedLabel(task.task_description, "heading")
        parts = (device, words.clock(task.started_at or task.timestamp), words.steps_word(task.total_steps))
        facts = ElidedLabel(" · ".join(part for part in parts if part), "muted")
        badge = Badge(words.state_word(task.final_status), words.state_kind(task.final_status))
        line = row(self, column(None, title, facts, space=2), badge, label(digit, "muted"), margin=SPACE + 4)
        line.setStretch(0, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open it."""
        if self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.session_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open it by Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.session_id)
        else:
            super().keyPressEvent(event)


class TaskChooser(QWidget):
    """`opened` names the task that the person wants to see; `told` is a sentence about the one that went."""

    opened = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._newest: tuple[TaskRow, ...] | None = None
        self._ticket: int | None = None
        self._parts: list[QWidget] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._told = label("", "muted", wrap=True)
        self._told.hide()
        self._empty = EmptyState(
            self.tr("No task yet"),
            self.tr("Hand a task to a phone on the page Phones; here you watch it step by step."),
        )
        self._lines = QWidget()
        self._layout = QVBoxLayout(self._lines)
        self._layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self._layout.setSpacing(SPACE)
        self._lines.setMaximumWidth(_WIDTH)
        inner = QWidget()
        centred = row(inner, self._lines)
        centred.setAlignment(self._lines, Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inner)
        column(self, self._scroll, self._empty)
        desk.fleet.changed.connect(self._fleet_changed)
        self._show()

    def say(self, sentence: str) -> None:
        """Say why there is nothing else to be seen; '' says nothing."""
        self._told.setText(sentence)
        self._told.setVisible(bool(sentence))

    def lines(self) -> list[TaskLine]:
        """Return the tasks that can be opened, in their order."""
        return [part for part in self._parts if isinstance(part, TaskLine)]

    def showEvent(self, event: QShowEvent) -> None:
        """Read the newest tasks whenever a person looks."""
        super().showEvent(event)
        self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open a task by its digit."""
        lines = self.lines()
        number = event.key() - Qt.Key.Key_1
        if 0 <= number < min(len(lines), _KEYS):
            self.opened.emit(lines[number].session_id)
        else:
            super().keyPressEvent(event)

    def _fleet_changed(self) -> None:
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        self._desk.link.forget(self._ticket)
        self._ticket = self._desk.link.ask(Role.DAEMON, ListTasks(limit=_NEWEST), TaskPage, self._take)

    def _take(self, page: TaskPage) -> None:
        if page.items != self._newest:
            self._newest = page.items
            self._show()

    def _show(self) -> None:
        had_focus = next((line.session_id for line in self.lines() if line.hasFocus()), None)
        self._clear()
        running = self._desk.fleet.running
        ids = {task.session_id for task in running}
        rest = [task for task in self._newest or () if task.session_id not in ids]
        self._layout.addWidget(self._told)
        self._section(self.tr("Running now"), running, 1)
        self._section(self.tr("Newest tasks"), rest, len(running) + 1)
        self._layout.addStretch(1)
        for line in self.lines():
            if line.session_id == had_focus:
                line.setFocus()
        is_empty = self._newest == () and not running
        self._empty.setVisible(is_empty)
        self._scroll.setVisible(not is_empty)

    def _section(self, title: str, tasks: tuple[TaskRow, ...] | list[TaskRow], first: int) -> None:
        if not tasks:
            return
        self._add(label(title, "heading"))
        for number, task in enumerate(tasks, first):
            device = self._desk.fleet.name_of(task.device_id)
            line = TaskLine(task, device, str(number) if number <= _KEYS else "")
            line.opened.connect(self.opened)
            self._add(line)

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self._layout.addWidget(part)

    def _clear(self) -> None:
        while self._layout.takeAt(0) is not None:
            pass  # the layout's hold on a widget; the stretch at its end goes with it
        for part in self._parts:
            part.deleteLater()
        self._parts.clear()
