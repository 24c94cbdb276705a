"""The list of HISTORY as a CSV or JSON file: all tasks that fit its filter, by pages, written by another thread.

One page is asked for, written by a thread, then the next is asked for; so memory is one page and the person can cancel.
The file is made under a temporary name and renamed when it is whole. CSV: UTF-8 with a mark for spreadsheets, and no
cell that a spreadsheet would take for a formula.
"""

from __future__ import annotations

import csv
import io
import json
import os
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from gui import words
from gui.lasting import LastingJob
from shared.messages import ErrorInfo, Role, TaskPage, TaskRow
from shared.shapes import task_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gui.desk import Desk
    from gui.pages.history.task_filter import TaskFilter

_PAGE: Final = 500
COLUMNS: Final = (
    "session_id",
    "state",
    "verdict",
    "user_label",
    "task_description",
    "device_id",
    "agent",
    "model",
    "model_name",
    "total_steps",
    "total_time_s",
    "prompt_tokens",
    "completion_tokens",
    "timestamp",
    "started_at",
    "ended_at",
    "error_message",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Page(Struct, frozen=True, kw_only=True):
    """Tasks on their way into the file, and where in it they stand."""

    rows: tuple[TaskRow, ...]
    as_csv: bool
    first: bool
    after_some: bool  # tasks stand in front of them
    last: bool

    def text(self) -> str:
        """Return them as a part of the file."""
        if self.as_csv:
            return csv_text(self.rows, head=self.first)
        items = ",\n".join(json.dumps(task_json(row), ensure_ascii=False) for row in self.rows)
        begin = "[\n" if self.first else ",\n" if self.rows and self.after_some else ""
        return begin + items + ("\n]\n" if self.last else "")


class _Done(QObject):
    done = Signal(str)  # what was wrong, '' for nothing


class _Write(QRunnable):
    """Appends a page to the file, or (`into`) gives it its name too."""

    def __init__(self, path: Path, page: Page, into: Path | None, done: _Done) -> None:
        super().__init__()
        self._path = path
        self._page = page
        self._into = into
        self._done = done

    def run(self) -> None:
        """Write; a failure is told, and what was written is taken away."""
        told = ""
        try:
            with open(self._path, "a", encoding="utf-8", newline="", opener=_private) as file:
                file.write(self._page.text())
            if self._into is not None:
                self._path.replace(self._into)
        except OSError as error:
            told = f"{error.filename or self._path}: {error.strerror}"
            self._path.unlink(missing_ok=True)
        self._done.done.emit(told)


class _Remove(QRunnable):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def run(self) -> None:
        """Take the unfinished file away."""
        self._path.unlink(missing_ok=True)


class ListExport(LastingJob):
    """Writes one list, of which `count` tasks are written so far.

    `progress` tells that number; `finished` a sentence, and if it is an error.
    """

    progress = Signal(int)
    finished = Signal(str, bool)

    def __init__(self, desk: Desk, wanted: TaskFilter, target: Path) -> None:
        super().__init__(desk.work)
        self._desk = desk
        self._filter = wanted
        self._target = target
        self._part = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        self._as_csv = target.suffix.lower() == ".csv"
        self._begun = False
        self.count = 0
        self._ticket: int | None = None
        self._cancelled = False
        self._next: str | None = None
        self._done = _Done()
        self._done.done.connect(self._written)
        self._pool = QThreadPool(self, maxThreadCount=1)
        self.finished.connect(desk.tell)
        self.finished.connect(self.over)

    def start(self) -> None:
        """Begin with the newest task."""
        self._pool.start(_Remove(self._part))  # of an earlier try that was killed
        self._ask("")

    def cancel(self) -> None:
        """End it; nothing of it remains."""
        self._cancelled = True
        self._desk.link.forget(self._ticket)
        self._pool.start(_Remove(self._part))
        self.finished.emit(self.tr("The list was not written: it was cancelled."), False)

    def end(self) -> None:
        """Take the unfinished file away, and wait for that."""
        self.cancel()
        self._pool.waitForDone()

    def _ask(self, after: str) -> None:
        question = self._filter.request(after, _PAGE)
        self._ticket = self._desk.link.ask(Role.DAEMON, question, TaskPage, self._read, self._failed)

    def _read(self, answer: TaskPage) -> None:
        last = answer.next is None
        page = Page(
            rows=answer.items,
            as_csv=self._as_csv,
            first=not self._begun,
            after_some=self.count > 0,
            last=last,
        )
        self._begun = True
        self.count += len(answer.items)
        self._next = answer.next
        self._pool.start(_Write(self._part, page, self._target if last else None, self._done))

    def _written(self, wrong: str) -> None:
        if self._cancelled:
            return
        if wrong:
            self.finished.emit(self.tr("The list was not written: %1").replace("%1", wrong), True)
        elif self._next is None:
            told = self.tr("%n task(s) written to %1", "", self.count)
            self.finished.emit(told.replace("%1", str(self._target)), False)
        else:
            self.progress.emit(self.count)
            self._ask(self._next)

    def _failed(self, error: ErrorInfo) -> None:
        self._pool.start(_Remove(self._part))
        told = self.tr("The list was not written: %1").replace("%1", words.refusal(error))
        self.finished.emit(told, True)


def csv_text(rows: Sequence[TaskRow], *, head: bool) -> str:
    """Return rows as CSV, with the byte-order mark and the columns' names in front of the first ones."""
    file = io.StringIO()
    writer = csv.writer(file)
    if head:
        file.write("\ufeff")
        writer.writerow(COLUMNS)
    for row in rows:
        shown = task_json(row)
        writer.writerow([_harmless(shown[name]) for name in COLUMNS])
    return file.getvalue()


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: what a model wrote stands in it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
