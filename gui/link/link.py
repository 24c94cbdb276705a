"""What the window talks to: questions with callbacks, and what the other processes report. Lives in the GUI thread.

`ask` returns at once; one of its two callbacks is called later, in the GUI thread. Everything shown comes from views;
`news` only says that a view has changed, `resync` that all of them must be read again (after the first contact, a gap,
a restarted daemon or a new timeline). Must not know a widget.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, TypeVar, cast

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer, Signal

from gui.callbacks import still_there
from gui.link.orders import Answer, Ask, Failed, News, Report, Resync, Then
from gui.link.thread import LinkThread
from shared.errors import ErrorCode
from shared.identity import Identity, new_incarnation
from shared.logs import get_logger
from shared.messages import (
    ErrorInfo,
    GetProcesses,
    GetStatus,
    Message,
    ProcessList,
    Request,
    Role,
    StoreStatus,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.paths import Home

M = TypeVar("M", bound=Message)
_LOOK_MS: Final = 1000  # processes and the store's figures are asked for so often
_PATIENCE_S: Final = 30.0  # nobody is kept from anything by waiting, and a disk may take seconds for each commit


class _Waiting(Struct, frozen=True):
    """Who is to be told of an answer."""

    reply_type: type[Message]
    then: Then
    failed: Failed


class Link(QObject):
    """See the head of this file.

    `store_here`: whether the daemon is heard, None before the first word. `processes`, `store`: the newest answers of
    supervisor and daemon, None while there is none; `changed` says that one of these three has changed.
    """

    news = Signal(object)  # tuple[Event, ...]: committed, in order
    resync = Signal()
    changed = Signal()

    def __init__(self, home: Home, identity: Identity) -> None:
        super().__init__()
        self.store_here: bool | None = None
        self.processes: ProcessList | None = None
        self.store: StoreStatus | None = None
        self._tickets = itertools.count(1)
        self._open: dict[int, _Waiting] = {}
        # Of the same name, in a life of its own: a second connection of one identity would take the place of the one
        # by which this process says that it is ready and alive.
        self._thread = LinkThread(home, Identity(identity.name, new_incarnation()))
        self._thread.reports.connect(self._take)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin to listen and to look."""
        self._thread.start()
        self._timer.start()
        self._look()

    def close(self) -> None:
        """End the thread; callbacks that wait are forgotten."""
        self._timer.stop()
        self._open.clear()
        self._thread.ask(None)
        self._thread.wait()

    def ask(
        self,
        target: str,
        message: Request,
        reply_type: type[M],
        then: Callable[[M], None],
        failed: Failed | None = None,
        timeout_s: float = _PATIENCE_S,
    ) -> int:
        """Ask the process `target`; later `then` gets its answer, or `failed` its refusal or that none came in time.

        Neither is called when the widget that it is a method of (also by functools.partial) has gone by then.
        Returns a ticket for `forget`. `reply_type` is the answer's type by the protocol's table.
        """
        ticket = next(self._tickets)
        self._open[ticket] = _Waiting(reply_type, cast("Then", then), failed or _nothing)
        self._thread.ask(Ask(ticket, target, message, timeout_s))
        return ticket

    def forget(self, ticket: int | None) -> None:
        """Let a question's callbacks not be called; whoever asked has gone, or has asked something newer."""
        if ticket is not None:
            self._open.pop(ticket, None)

    def ready_workers(self) -> list[str]:
        """Return the names of the workers that can take a submission."""
        rows = self.processes.items if self.processes else ()
        return [row.name for row in rows if row.role == Role.WORKER and row.state == "ready"]

    def _take(self, reports: list[Report]) -> None:
        for report in reports:
            if isinstance(report, Answer):
                self._answered(report)
            elif isinstance(report, News):
                self.news.emit(report.events)
            elif isinstance(report, Resync):
                self.resync.emit()
                self._look()
            else:
                self._store_seen(here=report.here)

    def _store_seen(self, *, here: bool) -> None:
        """Note that the store came or went; what was asked while it was away may have been given up: read all anew."""
        came_back = here and self.store_here is False
        self.store_here = here
        self.changed.emit()
        if came_back:
            self.resync.emit()

    def _answered(self, answer: Answer) -> None:
        waiting = self._open.pop(answer.ticket, None)
        if waiting is None or not (still_there(waiting.then) and still_there(waiting.failed)):
            return
        if isinstance(answer.message, ErrorInfo):  # first: whoever takes any message as an answer does not mean this
            waiting.failed(answer.message)
        elif isinstance(answer.message, waiting.reply_type):
            waiting.then(answer.message)
        else:
            expected, came = waiting.reply_type.__name__, type(answer.message).__name__
            get_logger().error("an answer of a wrong kind came", expected=expected, came=came)
            waiting.failed(ErrorInfo(code=ErrorCode.INTERNAL, message=""))  # a person is told by the code alone

    def _look(self) -> None:
        timeout = _LOOK_MS / 1000 * 2
        self.ask(Role.SUPERVISOR, GetProcesses(), ProcessList, self._saw_processes, self._no_processes, timeout)
        self.ask(Role.DAEMON, GetStatus(), StoreStatus, self._saw_store, None, timeout)

    def _saw_processes(self, answer: ProcessList) -> None:
        self.processes = answer
        self.changed.emit()

    def _no_processes(self, _error: ErrorInfo) -> None:
        self.processes = None
        self.changed.emit()

    def _saw_store(self, answer: StoreStatus) -> None:
        self.store = answer
        self.changed.emit()


def _nothing(_error: ErrorInfo) -> None:
    """Whoever asked does not care why there was no answer: it asks again."""
