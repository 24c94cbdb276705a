"""The table of processes: what the supervisor says of each, row by row in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui import theme, words

if TYPE_CHECKING:
    from shared.messages import ProcessRow

_INDEX = QModelIndex | QPersistentModelIndex
_KINDS: Final = {"ready": "ok", "failed": "bad", "restarting": "warn", "stopping": "warn"}
_NUMBERS: Final = (1, 3, 4)  # columns that are aligned right
STATE: Final = 2


class ProcessesModel(QAbstractTableModel):
    """Columns: process, pid, state, restarts, uptime, detail."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ProcessRow, ...] = ()

    def show_rows(self, rows: tuple[ProcessRow, ...]) -> None:
        """Show newer rows; the selection stays as long as the processes are the same."""
        same = [row.name for row in rows] == [row.name for row in self._rows]
        if same:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: _INDEX | None = None) -> int:
        """Return how many processes there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _INDEX | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        names = (
            self.tr("Process"),
            self.tr("pid"),
            self.tr("State"),
            self.tr("Restarts"),
            self.tr("Uptime"),
            self.tr("Detail"),
        )
        return names[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _INDEX, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._texts(row)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == STATE:
            return theme.colour(_KINDS.get(row.state, "muted"))
        return None

    def _texts(self, row: ProcessRow) -> tuple[str, ...]:
        uptime = words.seconds(row.uptime_s) if row.uptime_s is not None else ""
        pid = str(row.pid) if row.pid else ""
        return (row.name, pid, self._state(row.state), str(row.restarts), uptime, words.one_line(row.detail, 200))

    def _state(self, state: str) -> str:
        known = {
            "starting": self.tr("starting"),
            "ready": self.tr("ready"),
            "stopping": self.tr("stopping"),
            "restarting": self.tr("restarting"),
            "failed": self.tr("failed"),
            "ended": self.tr("ended"),
        }
        return known.get(state, state)


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
