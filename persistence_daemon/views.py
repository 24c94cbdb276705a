"""The pool of readers: views and pages are made beside the writer, each on a read-only connection of its own.

A request goes in by `ask`; its answer waits in `answered` and one byte on an inproc socket wakes the loop, which is the
only one that touches the ROUTER. A read that takes too long, or fails, is answered as an error and harms nobody.
Called by server.py. Must not write.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import apsw
import zmq
from msgspec import Struct

from persistence_daemon import queries
from persistence_daemon.connection import ReadLimit, limit_reads, open_reader
from persistence_daemon.event_pages import list_events
from persistence_daemon.moments import find_moment
from persistence_daemon.statistics import get_statistics
from persistence_daemon.task_pages import list_tasks
from shared.errors import ErrorCode, StepwellError
from shared.logs import get_logger
from shared.messages import (
    ErrorInfo,
    FindMoment,
    GetStatistics,
    GetStatus,
    GetTask,
    ListDevices,
    ListEvents,
    ListSetAside,
    ListSteps,
    ListTasks,
    ListWaits,
    Message,
    StoreStatus,
)
from shared.transport import Incoming, error_info

if TYPE_CHECKING:
    from shared.identity import Identity
    from shared.paths import Home

VIEWS: Final = (
    FindMoment,
    GetStatistics,
    GetStatus,
    GetTask,
    ListDevices,
    ListEvents,
    ListSetAside,
    ListSteps,
    ListTasks,
    ListWaits,
)
_THREADS: Final = 2  # two cores; a page takes less than a millisecond
_PER_PEER: Final = 32  # views that one peer may wait for, so that a flood of one does not keep the others waiting
_WAKE: Final = "inproc://views"


class Figures(Struct, frozen=True):
    """What a view shows that does not stand in the store, as it was when the view was asked for."""

    commit_ms_p50: float | None
    commit_ms_p99: float | None
    alerts: tuple[str, ...]
    present: Mapping[str, str]  # devices that a live worker has opened, to its name
    demo: bool


class Answered(Struct, frozen=True):
    """A view that is made, for the loop to send."""

    request: Incoming
    answer: Message


class ReadPool:
    """The readers of one home. `ask` and `answered` belong to the loop's thread."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], home: Home) -> None:
        self._context = context
        self._home = home
        self._asked: queue.SimpleQueue[tuple[Incoming, Figures] | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self._waiting: Counter[Identity] = Counter()
        self.socket = context.socket(zmq.PULL)
        self.socket.bind(_WAKE)
        self._threads = [threading.Thread(target=self._serve, name=f"reader-{n}", daemon=True) for n in range(_THREADS)]
        for thread in self._threads:
            thread.start()

    def ask(self, request: Incoming, figures: Figures) -> bool:
        """Let a reader make the answer to `request`; False when its sender already waits for too many."""
        if self._waiting[request.sender] >= _PER_PEER:
            return False
        self._waiting[request.sender] += 1
        self._asked.put((request, figures))
        return True

    def answered(self) -> list[Answered]:
        """Return the answers that are ready."""
        while self.socket.poll(0):
            self.socket.recv(zmq.NOBLOCK)
        found = []
        while not self._answered.empty():
            made = self._answered.get()
            found.append(made)
            self._waiting[made.request.sender] -= 1
            if not self._waiting[made.request.sender]:
                del self._waiting[made.request.sender]
        return found

    def close(self) -> None:
        """End the threads and close their connections."""
        for _ in self._threads:
            self._asked.put(None)
        for thread in self._threads:
            thread.join()
        self.socket.close(linger=0)

    def _serve(self) -> None:
        wake = self._context.socket(zmq.PUSH)
        wake.connect(_WAKE)
        connection = open_reader(self._home.database)
        limit = limit_reads(connection)
        while (asked := self._asked.get()) is not None:
            request, figures = asked
            self._answered.put(Answered(request, self._answer(connection, limit, request.message, figures)))
            wake.send(b"")
        connection.close()
        wake.close(linger=0)

    def _answer(self, connection: apsw.Connection, limit: ReadLimit, request: Message, figures: Figures) -> Message:
        try:
            with limit, connection:
                answer = view(connection, self._home, request, figures)
        except StepwellError as error:
            answer = error_info(error)
        except Exception as error:  # noqa: BLE001 - the edge of a reader: whatever it is, the next view must be made
            get_logger().exception("a view could not be made", view=type(request).__name__)
            answer = ErrorInfo(code=ErrorCode.INTERNAL, message=f"the store could not be read: {error}")
        return answer


def view(connection: apsw.Connection, home: Home, request: Message, figures: Figures) -> Message:
    """Return the answer to a view request; StepwellError when it asks for what is not there."""
    match request:
        case ListTasks():
            answer: Message = list_tasks(connection, request)
        case GetTask():
            answer = queries.get_task(connection, request)
        case ListSteps():
            answer = queries.list_steps(connection, request)
        case ListDevices():
            answer = queries.list_devices(connection, figures.present)
        case ListSetAside():
            answer = queries.list_set_aside(connection, request)
        case ListWaits():
            answer = queries.list_waits(connection)
        case FindMoment():
            answer = find_moment(connection, request)
        case GetStatistics():
            answer = get_statistics(connection, request, figures.commit_ms_p50, figures.commit_ms_p99)
        case ListEvents():
            answer = list_events(connection, home, request)
        case _:
            answer = _status(connection, home, figures)
    return answer


def _status(connection: apsw.Connection, home: Home, figures: Figures) -> StoreStatus:
    at = queries.where(connection)
    return StoreStatus(
        path=str(home.database),
        timeline=at.timeline,
        seq=at.seq,
        sqlite_version=apsw.sqlite_lib_version(),
        size_bytes=_size(home, ""),
        wal_bytes=_size(home, "-wal"),
        commit_ms_p50=figures.commit_ms_p50,
        commit_ms_p99=figures.commit_ms_p99,
        tasks=queries.count_tasks(connection),
        held=queries.count_held(connection),
        set_aside=queries.count_set_aside(connection),
        demo=figures.demo,
        alerts=figures.alerts,
    )


def _size(home: Home, suffix: str) -> int:
    path = home.database.with_name(home.database.name + suffix)
    return path.stat().st_size if path.exists() else 0
