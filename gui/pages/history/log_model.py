"""The log lines as Qt's views see them: the newest some 20,000, oldest first, filtered.

What is older is let go of, and `dropped` says how much. Lines come in batches from log_reader.py; one that comes late
keeps the place at which it came. Called by logs_tab.py.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui import theme, words
from gui.pages.history.log_filter import LogFilter, as_text, facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.log_files import Line

Index = QModelIndex | QPersistentModelIndex
LINES_MAX: Final = 20_000
_DROP: Final = 1000  # at a time: each time costs a look at the rows
_NOWHERE: Final = QModelIndex()
TIME, PROCESS, LEVEL, EVENT, FACTS = range(5)
_KINDS: Final = {"warning": "warn", "error": "bad", "critical": "bad", "debug": "muted"}


class LogModel(QAbstractTableModel):
    """See the head of this file."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = LogFilter()
        self.dropped = 0
        self._all: deque[Line] = deque()
        self._shown: list[Line] = []
        self._level_words = {
            "debug": self.tr("debug"),
            "info": self.tr("info"),
            "warning": self.tr("warning"),
            "error": self.tr("error"),
            "critical": self.tr("critical"),
        }
        self._headings = (
            self.tr("Time"),
            self.tr("Process"),
            self.tr("Level"),
            self.tr("What happened"),
            self.tr("Facts"),
        )

    @property
    def held(self) -> int:
        """How many lines are in memory, shown or not."""
        return len(self._all)

    def level_word(self, level: str) -> str:
        """Return a level in the window's language."""
        return self._level_words.get(level, level)

    def add(self, lines: Sequence[Line]) -> None:
        """Put lines at the end; the oldest go when they are too many."""
        self._all.extend(lines)
        wanted = [line for line in lines if self.filter.wants(line)]
        if wanted:
            count = len(self._shown)
            self.beginInsertRows(_NOWHERE, count, count + len(wanted) - 1)
            self._shown += wanted
            self.endInsertRows()
        if len(self._all) > LINES_MAX:
            self._drop(max(_DROP, len(self._all) - LINES_MAX))

    def show_lines(self, wanted: LogFilter) -> None:
        """Show the lines that fit a filter."""
        self.beginResetModel()
        self.filter = wanted
        self._shown = [line for line in self._all if wanted.wants(line)]
        self.endResetModel()

    def text_of(self, rows: Sequence[int]) -> str:
        """Return lines as they are copied."""
        return "\n".join(as_text(self._shown[row]) for row in rows)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many lines fit."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        known = orientation == Qt.Orientation.Horizontal and 0 <= section < len(self._headings)
        if known and role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return self._headings[section] if known and role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a part of a line; its level has a colour beside its word."""
        if not index.isValid():
            return None
        line = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(line, index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(line, index.column())
        return as_text(line) if role == Qt.ItemDataRole.ToolTipRole else None

    def _cell(self, line: Line, column: int) -> str:
        if column == TIME:
            found = words.parsed_time(line.at)
            return line.at if found is None else found.astimezone().strftime("%m-%d %H:%M:%S.%f")[:-3]
        cells = {PROCESS: line.process, LEVEL: self.level_word(line.level), EVENT: words.one_line(line.event)}
        return cells[column] if column in cells else words.one_line(facts_of(line))

    def _colour(self, line: Line, column: int) -> Any:
        kind = _KINDS.get(line.level)
        if kind is not None and column in (LEVEL, EVENT):
            return theme.colour(kind)
        return theme.colour("muted") if column in (TIME, PROCESS, FACTS) else None

    def _drop(self, count: int) -> None:
        """Let go of the oldest lines."""
        gone = {id(line) for line in islice(self._all, count)}
        shown = 0
        while shown < len(self._shown) and id(self._shown[shown]) in gone:
            shown += 1
        if shown:
            self.beginRemoveRows(_NOWHERE, 0, shown - 1)
            del self._shown[:shown]
            self.endRemoveRows()
        for _ in range(count):
            self._all.popleft()
        self.dropped += count
