"""One run, read from the store: its task, and the pages of its steps around what a person looks at.

Events only wake it; everything comes from views. With the daemon away it keeps what it has and asks again. Two pages
at most are on their way at a time, and always the ones that are looked at now, so that scrolling through a long run
asks for what is seen and not for all that went by. Must not know a widget.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from gui.pages.run.step_pages import PAGE, StepPages, page_of
from shared.errors import ErrorCode
from shared.messages import (
    ErrorInfo,
    Event,
    GetTask,
    Labelled,
    ListSteps,
    NoteAdded,
    Role,
    StateChanged,
    StepBegun,
    StepFinished,
    StepPage,
    StepRow,
    TaskDeleted,
    TaskView,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gui.link.link import Link

_SETTLE_MS: Final = 25  # events of one moment are answered by one reading
_AGAIN_MS: Final = 1000  # after a question without an answer
_AT_ONCE: Final = 2  # pages on their way


class RunReader(QObject):
    """See the head of this file. `task` is None until it is read; a run without an id reads nothing."""

    task_read = Signal()
    grown = Signal(int)  # how many steps the run has now
    rows_read = Signal(int, int)  # the step numbers, first and last
    gone = Signal(str)  # there is no such task (any more): a sentence

    def __init__(self, link: Link, session_id: str) -> None:
        super().__init__()
        self.session_id = session_id
        self.task: TaskView | None = None
        self.pages = StepPages()
        self._link = link
        self._looked_at: Sequence[int] = ()
        self._tickets: dict[str, int] = {}
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._read_task)
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self._read_all)
        link.news.connect(self._heard)
        link.resync.connect(self._resync)
        self._read_all()

    def look_at(self, numbers: Sequence[int]) -> None:
        """Let the steps with these numbers be read, the first ones first."""
        self._looked_at = numbers
        self._pump()

    def row(self, step_num: int) -> StepRow | None:
        """Return a step, None when it is not read (yet)."""
        return self.pages.row(step_num)

    def _read_all(self) -> None:
        if not self.session_id:
            return
        self._read_task()
        newest = ListSteps(session_id=self.session_id, limit=1, last=True)
        self._ask("newest", newest, StepPage, self._newest)
        self._pump()

    def _read_task(self) -> None:
        self._ask("task", GetTask(task_id=self.session_id), TaskView, self._task)
        self._pump()

    def _ask(self, name: str, message: GetTask | ListSteps, reply: type, then: object) -> None:
        self._link.forget(self._tickets.get(name))
        failed = self._not_read
        self._tickets[name] = self._link.ask(Role.DAEMON, message, reply, then, failed)  # type: ignore[arg-type]

    def _pump(self) -> None:
        for page in self.pages.wanted(self._looked_at):
            if self.pages.asked >= _AT_ONCE:
                return
            self.pages.ask(page)
            message = ListSteps(session_id=self.session_id, after=page * PAGE, limit=PAGE)
            taken, failed = partial(self._page, page), partial(self._page_missed, page)
            self._link.ask(Role.DAEMON, message, StepPage, taken, failed)

    def _task(self, view: TaskView) -> None:
        self.task = view
        self._grow(view.task.total_steps)
        self.task_read.emit()

    def _newest(self, page: StepPage) -> None:
        if page.items:
            self._grow(page.items[-1].step_num)

    def _grow(self, step_num: int) -> None:
        if self.pages.grow(step_num):
            self.pages.touch(self.pages.count)
            self.grown.emit(self.pages.count)
            self._pump()

    def _page(self, page: int, answer: StepPage) -> None:
        near = page_of(self._looked_at[0]) if self._looked_at else page
        self.pages.take(page, answer.items, near)
        first = page * PAGE + 1
        self.rows_read.emit(first, min(first + PAGE - 1, self.pages.count))
        self._pump()

    def _page_missed(self, page: int, error: ErrorInfo) -> None:
        self.pages.missed(page)
        self._not_read(error)

    def _not_read(self, error: ErrorInfo) -> None:
        if error.code is ErrorCode.UNKNOWN_TASK:
            self.gone.emit(self.tr("This task is no longer in the store."))
        elif not self._again.isActive():
            self._again.start()

    def _resync(self) -> None:
        self.pages.touch_all()
        self._read_all()

    def _heard(self, events: tuple[Event, ...]) -> None:
        for event in events:
            body = event.body
            if isinstance(body, StepBegun | StepFinished) and body.step.session_id == self.session_id:
                self._step_changed(body.step.step_num)
            elif isinstance(body, NoteAdded) and body.note.session_id == self.session_id:
                self._settle.start()
            elif isinstance(body, Labelled | StateChanged) and body.session_id == self.session_id:
                self._step_changed(getattr(body, "step_num", None))
            elif isinstance(body, TaskDeleted) and body.session_id == self.session_id:
                self.gone.emit(self.tr("This task was deleted."))

    def _step_changed(self, step_num: int | None) -> None:
        if step_num is not None:
            self.pages.touch(step_num)
            if self.pages.grow(step_num):
                self.grown.emit(self.pages.count)
        if not self._settle.isActive():
            self._settle.start()
