"""The tasks that wait, as a list model, the next one first. A row is a text and what it waits for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui import words
from gui.pages.phones.task_sentences import ID_SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gui.fleet import Fleet
    from shared.messages import TaskRow

Index = QModelIndex | QPersistentModelIndex
WAITS_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
ID_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 2
HELD_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 3
_NOWHERE: Final = QModelIndex()


class QueueModel(QAbstractListModel):
    """`rows` are the tasks that are shown."""

    def __init__(self, fleet: Fleet, parent: QObject) -> None:
        super().__init__(parent)
        self._fleet = fleet
        self._stopping: frozenset[str] = frozenset()
        self.rows: tuple[TaskRow, ...] = ()

    def show(self, rows: Sequence[TaskRow], stopping: frozenset[str]) -> None:
        """Show these tasks; `stopping` are those whose stop was asked for and is not recorded yet."""
        self._stopping = stopping
        if [row.session_id for row in rows] == [row.session_id for row in self.rows]:
            self.rows = tuple(rows)
            self.tick()
            return
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def tick(self) -> None:
        """Say that the times have passed."""
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def row_of(self, session_id: str) -> int:
        """Return where a task stands, -1 when it does not."""
        return next((number for number, row in enumerate(self.rows) if row.session_id == session_id), -1)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many tasks are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's text, what it waits for, its id."""
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return None
        task = self.rows[index.row()]
        if role == ID_ROLE:
            return task.session_id
        if role == HELD_ROLE:
            return bool(self._held(task))
        return self._texts(index.row(), task, role)

    def _texts(self, number: int, task: TaskRow, role: int) -> str | None:
        text, waits = words.one_line(task.task_description), self._waits(task)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{task.session_id[:ID_SHOWN]}\n{words.one_line(task.task_description, 600)}\n{waits}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{number + 1}. {text}, {waits}"
        return waits if role == WAITS_ROLE else f"{number + 1}. {text}" if role == Qt.ItemDataRole.DisplayRole else None

    def _waits(self, task: TaskRow) -> str:
        if task.session_id in self._stopping:
            return self.tr("cancelling… (not recorded yet)")
        phone = self._fleet.name_of(task.device_id) if task.device_id else self.tr("any phone")
        since = self.tr("queued %1").replace("%1", words.ago(task.timestamp, datetime.now(UTC)))
        held = self._held(task)
        return " · ".join((phone, since, *([self.tr("held: %1").replace("%1", held)] if held else [])))

    def _held(self, task: TaskRow) -> str:
        """Return why a task may not begin: its own hold, or its phone's."""
        if task.held or not task.device_id:
            return task.held
        return next((row.held for row in self._fleet.devices if row.device_id == task.device_id), "")
