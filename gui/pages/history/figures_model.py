"""The statistics as a table: by day, device or model; a row each, numbers as the language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt

from gui import words
from gui.pages.history.figures import SERIES, counts_of, success_rates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.messages import StatisticsRow

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


class FiguresModel(QAbstractTableModel):
    """`key_heading` names the first column; `name_of` says what a person calls a key."""

    def __init__(self, key_heading: str, names: Mapping[str, str], name_of: Callable[[str], str]) -> None:
        super().__init__()
        self._rows: Sequence[StatisticsRow] = ()
        self._name_of = name_of
        short = {
            "proven": self.tr("Proven"),
            "reported": self.tr("Reported"),
            "wrong": self.tr("Wrong"),
            "failed": self.tr("Failed"),
            "crashed": self.tr("Crashed"),
            "stopped": self.tr("Stopped"),
            "waiting": self.tr("Open"),
        }
        columns = [
            (key_heading, ""),
            (self.tr("Tasks"), ""),
            (self.tr("Proven %"), self.tr("Of the tasks that ended: checked on the screen or judged right")),
            (self.tr("Reported %"), self.tr("Of the tasks that ended: a success by the agent's word alone")),
            *((short[name], names[name]) for name, _kind, _pattern in SERIES),
            (self.tr("Avg. time"), self.tr("Average duration of a task")),
            (self.tr("Steps"), ""),
            (self.tr("Tokens"), ""),
        ]
        self._headings = [heading for heading, _tip in columns]
        self._tips = [tip for _heading, tip in columns]

    def show_rows(self, rows: Sequence[StatisticsRow]) -> None:
        """Show these figures."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of days, devices or models."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of figures of each."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._headings):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tips[section] or None
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a figure in words."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        return self._cells(self._rows[index.row()])[index.column()]

    def _cells(self, row: StatisticsRow) -> list[str]:
        locale = QLocale()
        proven, reported = success_rates(row)
        counts = counts_of(row)
        return [
            self._name_of(row.key),
            locale.toString(row.tasks),
            _percent(proven),
            _percent(reported),
            *(locale.toString(count) if count else "" for count in counts),
            words.seconds(row.total_time_s / row.tasks if row.tasks else None),
            locale.toString(row.steps),
            locale.toString(row.prompt_tokens + row.completion_tokens),
        ]


def _percent(part: float | None) -> str:
    return "" if part is None else f"{QLocale().toString(part * 100, 'f', 1)} %"


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
