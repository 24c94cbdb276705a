"""The step buffer: holds each record of the worker's task until the daemon has acknowledged it.

Records travel in order and are resent until answered. One that is not acknowledged within OUTBOX_AFTER_S is written,
picture first, durably to the outbox, so that the death of this process cannot take it along; the agent waits
meanwhile, and no new step begins until everything is acknowledged. Only records of the worker's own task may enter.

Two ways of travelling: an ordinary parcel flies alone, so that no record can overtake the one before it when a
connection breaks; parcels that stand for themselves (`record_many`: a step with its outcome) fly several at a time.
Called by the context, the state machine and the executor from any thread; the link calls back from its own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from shared.errors import ErrorCode
from shared.logs import get_logger, is_logged
from shared.messages import Accepted, BeginStep, ErrorInfo, Message, Record, RecordsWritten, WriteRecords
from shared.settings import OUTBOX_AFTER_S, RECORDS_IN_FLIGHT
from shared.wire import digest_of
from worker.errors import Fenced, OutOfTask, RecordRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from worker.outbox import Outbox

RECORDS_A_MESSAGE: Final = 32  # half of what may be in flight, so that the next message gathers during a commit
BYTES_A_MESSAGE: Final = 1 << 20
MESSAGES_IN_FLIGHT: Final = 4
_LOOK_S: Final = 0.25  # how often a waiter looks whether it should give up, besides being woken


class RecordLink(Protocol):
    """What the buffer needs of the link to the daemon."""

    def send_records(self, message: WriteRecords, picture: bytes, on_answer: Callable[[Message], bool]) -> None:
        """Send until answered; `on_answer` returns False when the same must be sent again later."""


class _Where(Enum):
    QUEUED = auto()
    IN_FLIGHT = auto()
    ANSWERED = auto()


class Parcel:
    """Records that travel in one message, with what became of them. Made by `StepBuffer.put` only."""

    def __init__(self, numbers: range, records: tuple[Record, ...], picture: bytes, *, alone: bool) -> None:
        self.numbers = numbers
        self.records = records
        self.picture = picture
        self.alone = alone
        self.size = sum(len(msgspec.msgpack.encode(record)) for record in records)
        self.put_at = time.monotonic()
        self.where = _Where.QUEUED
        self.in_outbox = False
        self.results: tuple[Accepted | ErrorInfo, ...] = ()
        self.on_answer: Callable[[Accepted | ErrorInfo], None] | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the daemon has answered for all of its records."""
        return self.where is _Where.ANSWERED

    def check(self) -> None:
        """Raise what the daemon's answer means for the task; nothing when the records were accepted in time."""
        for record, result in zip(self.records, self.results, strict=False):
            if isinstance(result, ErrorInfo):
                kind = Fenced if result.code is ErrorCode.FENCED else RecordRefused
                raise kind(f"the store refused {type(record).__name__}: {result.message} ({result.code})")
            if result.late:
                raise Fenced(f"{type(record).__name__} came late: the task has ended or belongs to another worker")


class StepBuffer:
    """The records that are not acknowledged yet, in order."""

    def __init__(self, link: RecordLink, outbox: Outbox, outbox_after_s: float = OUTBOX_AFTER_S) -> None:
        self._link = link
        self._outbox = outbox
        self._outbox_after_s = outbox_after_s
        self._changed = threading.Condition()
        self._spilling = threading.Lock()
        self._pending: deque[Parcel] = deque()
        self._messages_in_flight = 0
        self._last_number = 0
        self._session_id = ""
        self._closed = ""

    # --- what the task does ---------------------------------------------------------------------------------------

    def begin_task(self, session_id: str) -> None:
        """From now on records of this task may enter. The buffer must be empty."""
        with self._changed:
            if self._pending:
                raise RuntimeError("a task cannot begin while records of the one before are unacknowledged")
            self._session_id = session_id
            self._closed = ""

    def close_task(self, why: str) -> None:
        """Let no more records of the task enter: whoever tries gets OutOfTask. What is in the buffer stays in it."""
        with self._changed:
            self._closed = why
            self._changed.notify_all()

    def put(
        self,
        *records: Record,
        picture: bytes = b"",
        alone: bool = True,
        on_answer: Callable[[Accepted | ErrorInfo], None] | None = None,
    ) -> Parcel:
        """Take records of the own task and send them; returns at once. `on_answer` is called for the first of them."""
        with self._changed:
            if self._closed:
                raise OutOfTask(self._closed)
            for record in records:
                if record.session_id != self._session_id:
                    raise ValueError(f"a record of task {record.session_id} is none of {self._session_id or 'no task'}")
            first = self._last_number + 1
            self._last_number += len(records)
            parcel = Parcel(range(first, self._last_number + 1), records, picture, alone=alone)
            parcel.on_answer = on_answer
            self._pending.append(parcel)
            self._pump()
            return parcel

    def wait_durable(self, parcel: Parcel) -> None:
        """Return when `parcel` is acknowledged or in the outbox; raises OutOfTask when the daemon refused it."""
        self._wait(lambda: parcel.acknowledged or parcel.in_outbox, lambda: False)
        parcel.check()

    def wait_acknowledged(self, parcel: Parcel, give_up: Callable[[], bool]) -> bool:
        """Return True when `parcel` is acknowledged, False when `give_up()` said so before; raises as above."""
        done = self._wait(lambda: parcel.acknowledged, give_up)
        parcel.check()
        return done

    def wait_empty(self, give_up: Callable[[], bool]) -> bool:
        """Return True when everything is acknowledged and the outbox is empty, False when `give_up()` said so."""
        return self._wait(lambda: not self._pending, give_up)

    def wait_room(self, give_up: Callable[[], bool]) -> bool:
        """Return True when there is room for more records of `record_many`."""
        return self._wait(lambda: self._held() < 2 * RECORDS_IN_FLIGHT, give_up)

    def flush(self) -> None:
        """Write what is not acknowledged to the outbox now (the process is about to end)."""
        self._spill(0.0)

    def wake(self) -> None:
        """Let every waiter look again whether it should give up."""
        with self._changed:
            self._changed.notify_all()

    @property
    def unacknowledged(self) -> int:
        """How many records are not acknowledged."""
        with self._changed:
            return self._held()

    # --- waiting and the outbox ------------------------------------------------------------------------------------

    def _held(self) -> int:
        return sum(len(parcel.records) for parcel in self._pending)

    def _wait(self, done: Callable[[], bool], give_up: Callable[[], bool]) -> bool:
        while True:
            with self._changed:
                if done():
                    return True
                if give_up():
                    return False
                if not self._overdue(self._outbox_after_s):
                    self._changed.wait(self._patience())
                    continue
            if not self._spill(self._outbox_after_s):
                with self._changed:  # the disk took nothing: the daemon may still answer
                    self._changed.wait(_LOOK_S)

    def _patience(self) -> float:
        unwritten = [parcel.put_at for parcel in self._pending if not parcel.in_outbox]
        if not unwritten:
            return _LOOK_S
        return max(0.0, min(_LOOK_S, unwritten[0] + self._outbox_after_s - time.monotonic()))

    def _overdue(self, age_s: float) -> list[Parcel]:
        before = time.monotonic() - age_s
        return [parcel for parcel in self._pending if not parcel.in_outbox and parcel.put_at <= before]

    def _spill(self, age_s: float) -> bool:
        """Write what is overdue to the outbox, in order; False when the disk refused it."""
        with self._spilling:
            with self._changed:
                overdue = self._overdue(age_s)
            for parcel in overdue:
                try:
                    self._outbox.write(parcel.numbers[0], parcel.records, parcel.picture)
                except OSError as error:
                    get_logger().error("the outbox cannot be written; waiting for the store", error=str(error))
                    return False
                with self._changed:
                    parcel.in_outbox = True
                    gone = parcel.acknowledged
                    self._changed.notify_all()
                if gone:
                    self._outbox.remove(parcel.numbers[0])
        return True

    # --- sending ---------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Send what may fly now. Called with the lock held."""
        while batch := self._next_batch():
            for parcel in batch:
                parcel.where = _Where.IN_FLIGHT
            self._messages_in_flight += 1
            records = tuple(record for parcel in batch for record in parcel.records)
            picture = next((parcel.picture for parcel in batch if parcel.picture), b"")
            self._link.send_records(WriteRecords(records=records), picture, self._answer_to(batch))

    def _next_batch(self) -> list[Parcel]:
        flying = [parcel for parcel in self._pending if parcel.where is _Where.IN_FLIGHT]
        queued = [parcel for parcel in self._pending if parcel.where is _Where.QUEUED]
        if not queued or any(parcel.alone for parcel in flying) or (queued[0].alone and flying):
            return []
        room = RECORDS_IN_FLIGHT - sum(len(parcel.records) for parcel in flying)
        # Small rooms would make small messages for ever: the next one waits until it is full, or takes all there is.
        worthwhile = min(RECORDS_A_MESSAGE, sum(len(parcel.records) for parcel in queued))
        if flying and (self._messages_in_flight >= MESSAGES_IN_FLIGHT or room < worthwhile):
            return []
        return _fitting(queued, min(room, RECORDS_A_MESSAGE), picture_flies=any(parcel.picture for parcel in flying))

    def _answer_to(self, batch: Sequence[Parcel]) -> Callable[[Message], bool]:
        return lambda answer: self._answered(batch, answer)

    def _answered(self, batch: Sequence[Parcel], answer: Message) -> bool:
        """Take the daemon's answer (in the link's thread); False when the same message must go out again."""
        results = _results(answer, sum(len(parcel.records) for parcel in batch))
        if results is None:
            return False
        if isinstance(answer, ErrorInfo) and len(batch) > 1:
            self._send_one_by_one(batch)
            return True
        log_acknowledged([record for parcel in batch for record in parcel.records], results)
        at = 0
        for parcel in batch:
            parcel.results = results[at : at + len(parcel.records)]
            at += len(parcel.records)
            if parcel.on_answer is not None:  # before anybody who waits goes on, and without our lock: it has its own
                parcel.on_answer(parcel.results[0])
        with self._changed:
            self._messages_in_flight -= 1
            for parcel in batch:
                parcel.where = _Where.ANSWERED
                self._pending.remove(parcel)
                self._obey_fence(parcel)
            on_disk = [parcel.numbers[0] for parcel in batch if parcel.in_outbox]
            self._pump()
            self._changed.notify_all()
        for number in on_disk:
            try:
                self._outbox.remove(number)
            except OSError as error:  # what stays is a repeat of what is stored, and is answered the same
                get_logger().warning("a stored record stays in the outbox", number=number, error=repr(error))
        return True

    def _obey_fence(self, parcel: Parcel) -> None:
        for result in parcel.results:
            if isinstance(result, ErrorInfo) and result.code is ErrorCode.FENCED:
                self._closed = f"this worker no longer owns the task: {result.message}"

    def _send_one_by_one(self, batch: Sequence[Parcel]) -> None:
        """One of several parcels made the daemon refuse the whole message: find out which."""
        with self._changed:
            self._messages_in_flight -= 1
            for parcel in batch:
                parcel.where = _Where.QUEUED
                parcel.alone = True
            self._pump()


def _fitting(queued: Sequence[Parcel], room: int, *, picture_flies: bool) -> list[Parcel]:
    """Return the first parcels of `queued` that may travel in one message."""
    batch: list[Parcel] = []
    size = 0
    for parcel in queued:
        if parcel.picture and (picture_flies or batch):
            break
        size += parcel.size
        room -= len(parcel.records)
        if batch and (parcel.alone or size > BYTES_A_MESSAGE or room < 0):
            break
        batch.append(parcel)
        if parcel.alone or parcel.picture:
            break
    return batch


def log_acknowledged(records: Sequence[Record], results: Sequence[Accepted | ErrorInfo]) -> None:
    """Note in the log, at level debug, what the daemon has acknowledged, before anybody goes on because of it.

    The line survives this process, so a test can hold it against the store: the digest is that of the record.
    """
    if not is_logged("debug"):
        return
    for record, result in zip(records, results, strict=True):
        if isinstance(result, Accepted):
            plain = msgspec.structs.replace(record, thumbnail=b"") if isinstance(record, BeginStep) else record
            facts = {"task": record.session_id, "kind": type(record).__name__, "digest": digest_of(plain)}
            get_logger().debug("acknowledged", seq=result.seq, step=getattr(record, "step_num", None), **facts)


def _results(answer: Message, expected: int) -> tuple[Accepted | ErrorInfo, ...] | None:
    """Return one result a record; None when the answer says "later", or is none."""
    if isinstance(answer, ErrorInfo):
        return None if answer.retryable else (answer,) * expected
    if not isinstance(answer, RecordsWritten) or len(answer.results) != expected:
        get_logger().error("the daemon's answer does not fit its request", answer=type(answer).__name__)
        return None
    if any(isinstance(result, ErrorInfo) and result.retryable for result in answer.results):
        return None
    return answer.results
