"""The table of tasks: columns of fixed widths (never measured over the rows), the badge, asking for more in time.

Enter or a double click opens a task. Called by task_tab.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QTableView

from gui import theme, words
from gui.pages.history.task_cells import Column, short_verdict
from gui.pages.history.task_model import TASK_ROLE
from gui.widgets.badge import paint_badge
from shared.messages import Label, TaskRow
from shared.task_state import TaskState

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from gui.pages.history.task_model import TaskListModel

_ROW_HEIGHT: Final = 32
_MIDDLE: Final = int(Qt.AlignmentFlag.AlignVCenter)
_AHEAD_ROWS: Final = 60  # so many rows before the end, more are asked for
_WIDTHS: Final = {  # in characters
    Column.QUEUED: 22,
    Column.STATE: 24,
    Column.DEVICE: 17,
    Column.MODEL: 16,
    Column.STEPS: 8,
    Column.DURATION: 12,
    Column.TOKENS: 10,
    Column.LABEL: 10,
    Column.ID: 12,
}
_TASK_LEAST: Final = 30  # before a column that the details show too is left out
_LEFT_OUT: Final = (Column.ID, Column.LABEL, Column.TOKENS, Column.MODEL, Column.DURATION)  # the first one first
CHOSEN_MAX: Final = 1000  # tasks that can be acted on at once


class TaskTable(QTableView):
    """See the head of this file. `opened` comes when a person wants a task."""

    opened = Signal()

    def __init__(self, model: TaskListModel) -> None:
        super().__init__()
        self._tasks = model
        self.setModel(model)
        model.pinned = self._pinned
        self.setAccessibleName(self.tr("Tasks, newest first"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._cells = _Cells(self)
        for column in (Column.STATE, Column.LABEL):  # the others are drawn by Qt alone, which takes a tenth of the time
            self.setItemDelegateForColumn(column, self._cells)
        self._lay_out_headers()
        self.doubleClicked.connect(self.opened)
        self.verticalScrollBar().valueChanged.connect(self._look_ahead)

    def choose(self, row: int) -> None:
        """Select one row. `selectRow` would look at which keys are held down just now."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self._tasks.index(row, 0), flags)

    def chosen_ranges(self) -> list[tuple[int, int]]:
        """Return the ranges of rows that are selected."""
        selection = self.selectionModel().selection()
        found = (selection.at(number) for number in range(selection.count()))
        return [(one.top(), one.bottom()) for one in found]

    def chosen_count(self) -> int:
        """Return how many tasks are selected."""
        return sum(last - first + 1 for first, last in self.chosen_ranges())

    def chosen(self) -> list[TaskRow]:
        """Return the selected tasks, newest first; none when they are too many to act on at once."""
        if self.chosen_count() > CHOSEN_MAX:
            return []
        numbers = sorted(row for first, last in self.chosen_ranges() for row in range(first, last + 1))
        found = [self._tasks.index(number, 0).data(TASK_ROLE) for number in numbers]
        return [row for row in found if row is not None]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the selected task by Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave columns out where there is no room; nobody scrolls to the side."""
        super().resizeEvent(event)
        wide = self.fontMetrics().averageCharWidth()
        room = self.viewport().width() - wide * (sum(_WIDTHS.values()) + _TASK_LEAST)
        for column in _LEFT_OUT:
            self.setColumnHidden(column, room < 0)
            room += wide * _WIDTHS[column] if room < 0 else 0

    def _lay_out_headers(self) -> None:
        wide = self.fontMetrics().averageCharWidth()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(wide * 5)
        header.setFixedHeight(_ROW_HEIGHT)
        for column, characters in _WIDTHS.items():
            header.resizeSection(column, wide * characters)
        header.setSectionResizeMode(Column.TASK, QHeaderView.ResizeMode.Stretch)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(max(_ROW_HEIGHT, self.fontMetrics().height() + 12))
        rows.hide()

    def _pinned(self) -> list[tuple[int, int]]:
        """Return the ranges of rows that are seen or selected."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        end = self._tasks.rowCount() - 1
        seen = [(first, end if last < 0 else last)] if 0 <= first <= end else []
        return [*seen, *self.chosen_ranges()]

    def _look_ahead(self, _value: int) -> None:
        last = self.rowAt(self.viewport().height() - 1)
        if last < 0 or last > self._tasks.rowCount() - _AHEAD_ROWS:
            self._tasks.fetchMore()


class _Cells(QStyledItemDelegate):
    """Draws the state as a badge with who says so behind it, and a judgement in its colour.

    A page of rows is drawn in one go, so fonts, colours and words are made once: the table is, too, for each theme and
    language.
    """

    def __init__(self, table: TaskTable) -> None:
        super().__init__(table)
        self._selected = theme.colour("selected")
        self._judged = {Label.RIGHT: theme.colour("ok"), Label.WRONG: theme.colour("bad")}
        self._muted = theme.colour("muted")
        self._bold = theme.text_font(theme.POINTS - 1, bold=True)
        self._small = theme.text_font(theme.POINTS - 1)
        self._metrics = QFontMetrics(self._small)
        self._badges = {state: _badge(state, QFontMetrics(self._bold)) for state in TaskState}

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        row = index.data(TASK_ROLE)
        if row is None:
            super().paint(painter, option, index)
            return
        rect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._selected)
        if index.column() == Column.STATE:
            self._state(painter, rect, row)
        elif row.user_label is not None:
            painter.setPen(self._judged[row.user_label])
            painter.drawText(rect.adjusted(8, 0, -4, 0), _MIDDLE, index.data())
        painter.restore()

    def _state(self, painter: QPainter, rect: QRect, row: TaskRow) -> None:
        word, kind, size = self._badges[row.final_status]
        top = rect.top() + (rect.height() - size.height()) / 2
        badge = QRectF(rect.left() + 8, top, size.width(), size.height())
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        painter.setFont(self._bold)
        paint_badge(painter, badge, word, kind)
        said = short_verdict(row)
        if said:
            painter.setFont(self._small)
            painter.setPen(self._judged[Label.WRONG] if row.user_label is Label.WRONG else self._muted)
            left = badge.right() + 8
            rest = QRectF(left, rect.top(), rect.right() - left - 4, rect.height())
            cut = self._metrics.elidedText(said, Qt.TextElideMode.ElideRight, int(rest.width()))
            painter.drawText(rest, _MIDDLE, cut)


def _badge(state: TaskState, metrics: QFontMetrics) -> tuple[str, str, QSizeF]:
    """Return the word, the kind and the size of a state's badge."""
    word = words.state_word(state)
    return word, words.state_kind(state), QSizeF(metrics.horizontalAdvance(word) + 18.0, metrics.height() + 6.0)
