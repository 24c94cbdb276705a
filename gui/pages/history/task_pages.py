"""The pages of a long list of tasks: which rows there are, and which of them are in memory.

The list grows page by page and never counts: its length is what has been read so far. Pages far from where the person
looks are emptied; of an emptied page remain its number of rows and the keys of its first and last one, from which it
can be read again. Pure: no Qt, nothing is asked here. Owned by task_model.py.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gui.pages.history.task_filter import Key
    from shared.messages import TaskRow

PAGE_ROWS: Final = 100
_TEXT: Final = 1000  # characters of a task's text that a row keeps
PAGES_KEPT: Final = 40  # 4,000 rows, some 12 MB: more than a person scrolls through without a pause


class Page:
    """Rows that stand together, at least one. `rows` None: emptied. `stale`: shown until they are read again."""

    __slots__ = ("count", "first", "last", "rows", "stale")

    def __init__(self, rows: Sequence[TaskRow], first: Key, last: Key) -> None:
        self.rows: list[TaskRow] | None = [_lean(row) for row in rows]
        self.count = len(rows)
        self.first, self.last = first, last
        self.stale = False


class TaskPages:
    """See the head of this file. `key` says where a row stands; they fall."""

    def __init__(self, key: Callable[[TaskRow], Key]) -> None:
        self._key = key
        self.pages: list[Page] = []
        self._starts: list[int] | None = [0]
        self._page_of: dict[str, Page] = {}  # of the rows in memory

    @property
    def row_count(self) -> int:
        """How many rows have been read so far."""
        return self._bounds()[-1]

    def start_of(self, page: Page) -> int:
        """Return the row at which a page begins."""
        return self._bounds()[self.pages.index(page)]

    def page_at(self, row: int) -> Page:
        """Return the page in which a row stands."""
        return self.pages[bisect_right(self._bounds(), row) - 1]

    def at(self, row: int) -> TaskRow | None:
        """Return the task in a row, or None when its page is emptied."""
        bounds = self._bounds()
        number = bisect_right(bounds, row) - 1
        rows = self.pages[number].rows
        return None if rows is None else rows[row - bounds[number]]

    def find(self, session_id: str) -> int | None:
        """Return the row of a task that is in memory."""
        page = self._page_of.get(session_id)
        if page is None or page.rows is None:
            return None
        offset = next(number for number, row in enumerate(page.rows) if row.session_id == session_id)
        return self.start_of(page) + offset

    def row_of(self, task: TaskRow) -> tuple[Page, int] | None:
        """Return the page and the row where a task belongs; None: not into what was read so far and is in memory."""
        key = self._key(task)
        page = next((page for page in self.pages if key > page.last), None)
        if page is None or page.rows is None:
            return None
        return page, self.start_of(page) + sum(self._key(row) > key for row in page.rows)

    def append(self, rows: Sequence[TaskRow]) -> None:
        """Put a page at the end."""
        self._add(len(self.pages), rows)

    def prepend(self, rows: Sequence[TaskRow]) -> None:
        """Put newer rows in front: into the first page as long as it is small."""
        first = self.pages[0] if self.pages else None
        if first is not None and first.rows is not None and first.count + len(rows) <= PAGE_ROWS:
            stale = first.stale
            self.refill(first, [*rows, *first.rows])
            first.stale = stale
        else:
            self._add(0, rows)

    def put(self, row: int, task: TaskRow) -> None:
        """Show a row anew."""
        page = self.page_at(row)
        if page.rows is not None:
            page.rows[row - self.start_of(page)] = _lean(task)

    def insert(self, page: Page, row: int, task: TaskRow) -> None:
        """Put a task into a page that is in memory, at a row of the list."""
        rows = list(page.rows or ())
        rows.insert(row - self.start_of(page), task)
        self.refill(page, rows)

    def remove(self, row: int) -> None:
        """Take a row out of a page that is in memory."""
        page = self.page_at(row)
        rows = list(page.rows or ())
        del rows[row - self.start_of(page)]
        self.refill(page, rows)

    def refill(self, page: Page, rows: Sequence[TaskRow]) -> None:
        """Let a page hold these rows; a page without any is taken out."""
        self._forget(page)
        if rows:
            page.rows, page.count, page.stale = [_lean(row) for row in rows], len(rows), False
            page.first, page.last = self._key(rows[0]), self._key(rows[-1])
            self._page_of.update((row.session_id, page) for row in rows)
        else:
            self.pages.remove(page)
        self._starts = None

    def evict(self, looked_at: int, pinned: Iterable[tuple[int, int]]) -> None:
        """Empty what is far from the row `looked_at`, but nothing in the ranges of rows `pinned`."""
        if not self.pages or self.row_count <= PAGES_KEPT * PAGE_ROWS:
            return
        middle = bisect_right(self._bounds(), min(looked_at, self.row_count - 1)) - 1
        kept = {*range(middle - PAGES_KEPT // 2, middle + PAGES_KEPT // 2 + 1)}
        for first, last in pinned:
            begin, end = (bisect_right(self._bounds(), row) - 1 for row in (first, last))
            kept.update(range(begin, end + 1))
        near = {self.pages[number] for number in kept if 0 <= number < len(self.pages)}
        for page in set(self._page_of.values()) - near:
            self._forget(page)
            page.rows = None

    def make_stale(self) -> None:
        """Let every page be read again when it is looked at."""
        for page in self.pages:
            page.stale = True

    @property
    def in_memory(self) -> int:
        """How many rows are in memory."""
        return len(self._page_of)

    def _add(self, number: int, rows: Sequence[TaskRow]) -> None:
        page = Page(rows, self._key(rows[0]), self._key(rows[-1]))
        self.pages.insert(number, page)
        self._page_of.update((row.session_id, page) for row in rows)
        if self._starts is not None and number == len(self.pages) - 1:
            self._starts.append(self._starts[-1] + page.count)
        else:
            self._starts = None

    def _forget(self, page: Page) -> None:
        for row in page.rows or ():
            self._page_of.pop(row.session_id, None)

    def _bounds(self) -> list[int]:
        """Return the row at which each page begins, and the number of rows behind the last."""
        if self._starts is None:
            self._starts = [0, *accumulate(page.count for page in self.pages)]
        return self._starts


def _lean(row: TaskRow) -> TaskRow:
    """Return a row without the long texts that no cell shows, so that memory does not depend on them."""
    if len(row.task_description) <= _TEXT and not row.script:
        return row
    return replace(row, task_description=row.task_description[:_TEXT], script="")
