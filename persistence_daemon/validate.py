"""Requests against the store: each becomes events and an answer, or a refusal that changes nothing.

Every request is safe to repeat and answers the same: what it would do is looked up by its natural key first. A worker's
records are validate_records.py's, claims are claims.py's, judgements and deletions judgements.py's,
waits for a person waits.py's. Called by batch.py
within its transaction; must not begin, commit, look at the clock or touch files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from persistence_daemon import debts, waits
from persistence_daemon.claims import Claims
from persistence_daemon.digests import task_digest
from persistence_daemon.endings import change_state
from persistence_daemon.judgements import delete_task, deleted_seq, label_task, unknown_task
from persistence_daemon.validate_records import Refused, keep_aside, write_record
from shared.errors import ErrorCode
from shared.messages import (
    CancelTask,
    ClaimTask,
    CreateTask,
    DeleteTask,
    DeviceHeld,
    DeviceReleased,
    DeviceSeen,
    Done,
    ErrorInfo,
    Hello,
    HoldDevice,
    LabelTask,
    Message,
    OweDebt,
    RaiseWait,
    RecordsWritten,
    ReleaseDevice,
    SettleDebt,
    SettleWait,
    Submitted,
    TaskCreated,
    Welcome,
    WriteRecords,
)
from shared.task_state import IllegalTransition, TaskEvent, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from persistence_daemon.transaction import Transaction
    from shared.identity import Identity


class Place(Struct, frozen=True):
    """Where in a batch a record stands: the number of its request, and its own within it."""

    request: int
    record: int = 0


class Validator:
    """Answers requests within a transaction. `place` says which record is in hand, for whoever catches an error."""

    def __init__(self) -> None:
        self.place = Place(0)
        self._claims = Claims()

    def answer(
        self,
        tx: Transaction,
        sender: Identity,
        message: Message,
        number: int,
        refused: Mapping[Place, Refused],
    ) -> Message:
        """Carry out request `number` of the batch; records that stand in `refused` are kept aside unseen."""
        self.place = Place(number)
        if self.place in refused and not isinstance(message, WriteRecords):
            return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=refused[self.place].message)
        if isinstance(message, WriteRecords):
            return self.write_all(tx, sender, message, number, refused)
        if isinstance(message, ClaimTask):
            return self._claims.claim(tx, sender, message)
        return _answer_request(tx, sender, message)

    def write_all(
        self,
        tx: Transaction,
        sender: Identity,
        message: WriteRecords,
        number: int,
        refused: Mapping[Place, Refused],
        first: int = 0,
    ) -> RecordsWritten:
        """Write a worker's records in order, each answered for itself; `first` is the place of the first one."""
        results = []
        for index, record in enumerate(message.records, first):
            self.place = Place(number, index)
            refusal = refused.get(self.place) if refused else None
            if refusal is None:
                results.append(write_record(tx, sender, record))
            else:
                results.append(keep_aside(tx, sender, record, refusal))
        return RecordsWritten(results=tuple(results))


def _answer_request(tx: Transaction, sender: Identity, message: Message) -> Message:
    match message:
        case CancelTask():
            answer: Message = _cancel_task(tx, sender, message)
        case HoldDevice():
            answer = _hold_device(tx, sender, message)
        case ReleaseDevice():
            answer = _release_device(tx, sender, message)
        case LabelTask():
            answer = label_task(tx, sender, message)
        case DeleteTask():
            answer = delete_task(tx, sender, message)
        case _:
            answer = _answer_worker(tx, sender, message)
    return answer


def _answer_worker(tx: Transaction, sender: Identity, message: Message) -> Message:
    match message:
        case CreateTask():
            answer: Message = _create_task(tx, sender, message)
        case Hello():
            answer = _hello(tx, sender, message)
        case OweDebt():
            answer = debts.owe(tx, sender, message)
        case SettleDebt():
            answer = debts.settle(tx, sender, message)
        case RaiseWait():
            answer = waits.raise_wait(tx, sender, message)
        case SettleWait():
            answer = waits.settle_wait(tx, sender, message)
        case _:
            sentence = f"{type(message).__name__} does not change the store"
            answer = ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence)
    return answer


def _create_task(tx: Transaction, sender: Identity, message: CreateTask) -> Submitted | ErrorInfo:
    task = message.task
    row = tx.row("SELECT request_digest, created_seq, held FROM tasks WHERE session_id = ?", (task.session_id,))
    if row is not None:
        if row[0] != task_digest(task):
            sentence = f"another task is stored as {task.session_id}: the same id (or key) stands for one task only"
            return ErrorInfo(code=ErrorCode.CONFLICT, message=sentence)
        return Submitted(session_id=task.session_id, seq=int(str(row[1])), existing=True, held=bool(row[2]))
    if deleted_seq(tx, task.session_id) is not None:
        sentence = f"task {task.session_id} was deleted; its id (or key) is not given to another task"
        return ErrorInfo(code=ErrorCode.CONFLICT, message=sentence)
    if task.continues is not None:
        refusal = _cannot_continue(tx, task.continues)
        if refusal is not None:
            return refusal
    held = False
    if task.device_id is not None:
        device = tx.row("SELECT held FROM devices WHERE device_id = ?", (task.device_id,))
        if device is None:
            return _unknown_device(task.device_id)
        held = bool(device[0])
    created = TaskCreated(
        task=task,
        base_url=message.base_url,
        model_name=message.model_name,
        submitted_by=message.submitted_by,
        held="",
        by=message.submitted_by,
    )
    return Submitted(session_id=task.session_id, seq=tx.emit(created, str(sender)), held=held)


def _cannot_continue(tx: Transaction, session_id: str) -> ErrorInfo | None:
    facts = tx.task(session_id)
    if facts is None:
        return unknown_task(tx, session_id)
    if facts.is_final:
        return None
    return ErrorInfo(
        code=ErrorCode.ILLEGAL_TRANSITION,
        message=f"task {session_id} is {facts.final_status}: only a task that has ended can be continued",
        detail="stop it first, or wait for its end",
    )


def _hello(tx: Transaction, sender: Identity, message: Hello) -> Welcome:
    device = message.device
    if device is not None:
        row = tx.row(
            "SELECT address, model, android, width, height, worker FROM devices WHERE device_id = ?",
            (device.device_id,),
        )
        known = (device.address, device.model, device.android, device.width, device.height, str(sender))
        if row != known:
            tx.emit(DeviceSeen(device=device, worker=str(sender)), str(sender))
    return Welcome(daemon_incarnation=tx.policy.daemon.incarnation, timeline=tx.timeline, seq=tx.seq)


def _cancel_task(tx: Transaction, sender: Identity, message: CancelTask) -> Done | ErrorInfo:
    facts = tx.task(message.session_id)
    if facts is None:
        return unknown_task(tx, message.session_id)
    if facts.final_status is TaskState.STOPPED:
        row = tx.row(
            "SELECT seq FROM transitions WHERE session_id = ? AND to_state = 'STOPPED' AND event = 'cancelled'",
            (message.session_id,),
        )
        if row is not None:
            return Done(seq=int(str(row[0])))
    reason = message.reason or "cancelled while it waited"
    try:
        seq = change_state(tx, facts, TaskEvent.CANCELLED, reason=reason, by=sender.name, sender=str(sender))
    except IllegalTransition as error:
        return ErrorInfo(code=ErrorCode.ILLEGAL_TRANSITION, message=f"{message.session_id}: {error}")
    return Done(seq=seq)


def _hold_device(tx: Transaction, sender: Identity, message: HoldDevice) -> Done | ErrorInfo:
    row = tx.row("SELECT held, held_seq FROM devices WHERE device_id = ?", (message.device_id,))
    if row is None:
        return _unknown_device(message.device_id)
    if row[0]:
        return Done(seq=int(str(row[1])))
    reason = message.reason or f"held by {sender.name}"
    return Done(seq=tx.emit(DeviceHeld(device_id=message.device_id, reason=reason, by=sender.name), str(sender)))


def _release_device(tx: Transaction, sender: Identity, message: ReleaseDevice) -> Done | ErrorInfo:
    row = tx.row("SELECT held FROM devices WHERE device_id = ?", (message.device_id,))
    if row is None:
        return _unknown_device(message.device_id)
    tx.flush()
    waiting = tx.row(
        "SELECT 1 FROM tasks WHERE final_status = 'CREATED' AND held <> '' AND (device_id = ? OR device_id IS NULL)",
        (message.device_id,),
    )
    if not row[0] and waiting is None:
        return Done()
    debts.write_off(tx, sender, message.device_id)
    return Done(seq=tx.emit(DeviceReleased(device_id=message.device_id, by=sender.name), str(sender)))


def _unknown_device(device_id: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.UNKNOWN_DEVICE,
        message=f"no device called {device_id} was ever seen",
        detail="see `stepwell devices list`; a device is known once a worker has opened it",
    )
