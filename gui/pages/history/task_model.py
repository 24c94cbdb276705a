"""The list of tasks as Qt's views see it: pages of the daemon, newest first, however many there are.

It grows when the view comes to its end (`fetchMore`), asks again for pages that were emptied or may be old when their
rows are drawn, and takes in what live_tasks.py tells it. A filtered page of the daemon may be short or empty and still
not be the last: then it goes on by itself until it has a screenful, `searching` meanwhile, until `stop`.
`fetchMore` is called again by the view from inside `beginInsertRows`: `_changing` guards against that.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal

from gui import theme, words
from gui.pages.history.task_cells import NUMBERS, Column, cell, heading
from gui.pages.history.task_filter import TaskFilter
from gui.pages.history.task_pages import PAGE_ROWS, Page, TaskPages
from shared.messages import Role, TaskPage, TaskRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.desk import Desk
    from gui.pages.history.task_filter import Key
    from shared.messages import ErrorInfo

Index = QModelIndex | QPersistentModelIndex
TASK_ROLE: Final = Qt.ItemDataRole.UserRole
_GOAL_ROWS: Final = 50  # a search goes on until it has found so many: a screenful
_SETTLE_MS: Final = 15  # rows that are drawn together are asked for together
_READING_MAX: Final = 4  # pages that are read again at the same time
_SECOND_RANK: Final = frozenset({Column.ID, Column.QUEUED, Column.MODEL})
_ANSWERED: Final = frozenset(  # a view asks for as many others at each cell that it draws
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ForegroundRole,
        TASK_ROLE,
    }
)
_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
_SIDES: Final = {True: Qt.AlignmentFlag.AlignRight, False: Qt.AlignmentFlag.AlignLeft}
_ALIGNMENTS: Final = tuple(int(_SIDES[column in NUMBERS] | _MIDDLE) for column in Column)
_NOWHERE: Final = QModelIndex()


class TaskListModel(QAbstractTableModel):
    """See the head of this file. `changed` says that `searching`, `problem`, `is_known` or the rows are others.

    `pinned` returns ranges of rows that must stay in memory: those that are seen or selected.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.filter = TaskFilter()
        self.pages = TaskPages(self.filter.key)
        self.pinned: Callable[[], list[tuple[int, int]]] = list
        self.is_known = False  # the first page has been read
        self.searching = False
        self.stopped = False  # a person has stopped the search
        self.looked_at = 0.0  # which part of all tasks the search has gone through
        self.problem = ""
        self.timeline = ""
        self.head_seq = 0  # up to here the front of the list is known
        self._next: str | None = None
        self._ticket: int | None = None
        self._goal = 0
        self._changing = False
        self._looked_at_row = 0
        self._second_rank = theme.colour("muted")
        self._wanted: dict[Page, None] = {}
        self._reading: dict[Page, int] = {}
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._read_wanted)

    # --- what a view asks

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many rows have been read so far."""
        return 0 if parent.isValid() else self.pages.row_count

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == Column.QUEUED:
            return self.tr("When the task was queued. The list always goes from the newest to the oldest.")
        return heading(Column(section)) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell; a row whose page is emptied is "…" until it has been read again."""
        if role not in _ANSWERED or not index.isValid():
            return None
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS[column]
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._second_rank if column in _SECOND_RANK else None
        row = index.row()
        return self._shown(row, Column(column), role) if row < self.pages.row_count else None

    def _shown(self, at: int, column: Column, role: int) -> Any:
        row = self._row(at)
        if role == TASK_ROLE:
            return row
        self._looked_at_row = at
        if row is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole else None
        text = cell(row, column, self._desk.fleet)
        return text if role == Qt.ItemDataRole.DisplayRole else _tip(row, column, text)

    def canFetchMore(self, parent: Index = _NOWHERE) -> bool:
        """Tell whether there are more tasks, and none are being asked for."""
        idle = self._ticket is None and not self._changing and not self.stopped
        return not parent.isValid() and idle and self._next is not None

    def fetchMore(self, parent: Index = _NOWHERE) -> None:
        """Ask for more tasks, once."""
        if self.canFetchMore(parent):
            self._goal = self.pages.row_count + _GOAL_ROWS
            self._ask_next()

    # --- what a person wants

    def show_tasks(self, wanted: TaskFilter) -> None:
        """Show the tasks that fit a filter, from the newest."""
        self._desk.link.forget(self._ticket)
        for ticket in self._reading.values():
            self._desk.link.forget(ticket)
        self._changing = True  # a view asks for more from inside the reset too
        self.beginResetModel()
        self.filter = wanted
        self.pages = TaskPages(wanted.key)
        self.is_known = self.stopped = False
        self.looked_at = self.head_seq = 0
        self._next, self._ticket, self._goal = "", None, _GOAL_ROWS
        self._wanted.clear()
        self._reading.clear()
        self.endResetModel()
        self._changing = False
        self._ask_next()

    def stop(self) -> None:
        """Let the search rest until `go_on`."""
        self._desk.link.forget(self._ticket)
        self._ticket = None
        self.stopped, self.searching = True, False
        self.changed.emit()

    def go_on(self) -> None:
        """Go on with a search that was stopped."""
        self.stopped = False
        self.fetchMore()

    @property
    def is_complete(self) -> bool:
        """Whether all tasks that fit have been read."""
        return self._next is None

    # --- what live_tasks.py tells

    def take(self, row: TaskRow) -> None:
        """Show a task as it is now: in its row, in a new one, or not any more."""
        at = self.pages.find(row.session_id)
        if at is None:
            self._take_in(row)
        elif self.filter.fits(row):
            self.pages.put(at, row)
            self.dataChanged.emit(self.index(at, 0), self.index(at, len(Column) - 1))
        else:
            self._remove(at)

    def take_newer(self, rows: list[TaskRow], seq: int) -> None:
        """Put tasks in front of the list, which is known up to the event `seq` with them."""
        self.head_seq = max(self.head_seq, seq)
        first = self.pages.pages[0].first if self.pages.pages else ("", 0)
        fresh = [row for row in rows if self.filter.key(row) > first and self.pages.find(row.session_id) is None]
        if fresh:
            self._changing = True
            self.beginInsertRows(_NOWHERE, 0, len(fresh) - 1)
            self.pages.prepend(fresh)
            self.endInsertRows()
            self._changing = False
            self.changed.emit()

    def drop(self, session_id: str) -> None:
        """Take a deleted task out; where its page is not in memory, that is seen when it is read again."""
        at = self.pages.find(session_id)
        if at is not None:
            self._remove(at)

    def make_stale(self) -> None:
        """Let every row be read again when it is looked at: something may have been missed."""
        self.pages.make_stale()
        self._ask_visible_again()

    # --- reading

    def _row(self, at: int) -> TaskRow | None:
        page = self.pages.page_at(at)
        if (page.rows is None or page.stale) and page not in self._reading:
            self._wanted.pop(page, None)
            self._wanted[page] = None  # the newest wish comes last
            if not self._timer.isActive():
                self._timer.start()
        return self.pages.at(at)

    def _ask_next(self) -> None:
        self.searching = True
        question = self.filter.request(self._next or "", PAGE_ROWS)
        self._ticket = self._desk.link.ask(Role.DAEMON, question, TaskPage, self._read, self._failed)
        self.changed.emit()

    def _read(self, page: TaskPage) -> None:
        self._ticket = None
        if not self.is_known:
            self.timeline, self.head_seq, self.is_known = page.timeline, page.seq, True
        self.problem = ""
        self._next = page.next
        self.looked_at = 1.0 if page.next is None else _part(self.filter.key_of(page.next), page.seq)
        if page.items:
            self._append(page.items)
        if self._next is not None and self.pages.row_count < self._goal:
            self._ask_next()
        else:
            self.searching = False
        self.changed.emit()

    def _append(self, rows: tuple[TaskRow, ...]) -> None:
        self._changing = True
        count = self.pages.row_count
        self.beginInsertRows(_NOWHERE, count, count + len(rows) - 1)
        self.pages.append(rows)
        self.endInsertRows()
        self._changing = False
        self.pages.evict(self._looked_at_row, self.pinned())

    def _failed(self, error: ErrorInfo) -> None:
        self._ticket = None
        self.searching = False
        self.problem = words.refusal(error)
        self.changed.emit()

    def _read_wanted(self) -> None:
        """Ask for the pages that were looked at last; older wishes are of rows that have been scrolled away."""
        while self._wanted and len(self._reading) < _READING_MAX:
            page, _ = self._wanted.popitem()
            if page in self.pages.pages:
                self._read_again(page, self.filter.cursor(page.first), [])
        for page in list(self._wanted)[:-_READING_MAX]:
            del self._wanted[page]

    def _read_again(self, page: Page, after: str, got: list[TaskRow]) -> None:
        then, failed = partial(self._again, page, got), partial(self._not_again, page)
        question = self.filter.request(after, PAGE_ROWS)
        self._reading[page] = self._desk.link.ask(Role.DAEMON, question, TaskPage, then, failed)

    def _again(self, page: Page, got: list[TaskRow], answer: TaskPage) -> None:
        """Fill a page with what was read again; a filtered answer may not reach the page's end yet."""
        got += [row for row in answer.items if self.filter.key(row) >= page.last]
        if answer.next is not None and self.filter.key_of(answer.next) > page.last:
            self._read_again(page, answer.next, got)
            return
        del self._reading[page]
        if page in self.pages.pages:
            self._refill(page, got)
            self.pages.evict(self._looked_at_row, self.pinned())
        self._read_wanted()

    def _not_again(self, page: Page, _error: ErrorInfo) -> None:
        """Leave the page as it is: it is asked for again when it is drawn the next time."""
        del self._reading[page]
        self._read_wanted()

    def _refill(self, page: Page, rows: list[TaskRow]) -> None:
        start, before, now = self.pages.start_of(page), page.count, len(rows)
        self._changing = True
        if now < before:
            self.beginRemoveRows(_NOWHERE, start + now, start + before - 1)
        elif now > before:
            self.beginInsertRows(_NOWHERE, start + before, start + now - 1)
        self.pages.refill(page, rows)
        if now < before:
            self.endRemoveRows()
        elif now > before:
            self.endInsertRows()
        self._changing = False
        if now:
            self.dataChanged.emit(self.index(start, 0), self.index(start + now - 1, len(Column) - 1))

    def _take_in(self, row: TaskRow) -> None:
        place = self.pages.row_of(row) if self.filter.fits(row) else None
        if place is None or row.created_seq > self.head_seq:
            return
        page, at = place
        self._changing = True
        self.beginInsertRows(_NOWHERE, at, at)
        self.pages.insert(page, at, row)
        self.endInsertRows()
        self._changing = False

    def _remove(self, at: int) -> None:
        self._changing = True
        self.beginRemoveRows(_NOWHERE, at, at)
        self.pages.remove(at)
        self.endRemoveRows()
        self._changing = False
        self.changed.emit()

    def _ask_visible_again(self) -> None:
        """Let the view draw its rows anew, which asks for their pages."""
        if self.pages.row_count:
            last = self.index(self.pages.row_count - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def _part(key: Key, seq: int) -> float:
    """Return which part of all that was recorded until `seq` has been looked at, 0 to 1."""
    return max(0.0, 1 - key[1] / max(1, seq))


def _tip(row: TaskRow, column: Column, text: str) -> str:
    if column is Column.ID:
        return row.session_id
    return words.how_it_ended(row) if column is Column.STATE else text
