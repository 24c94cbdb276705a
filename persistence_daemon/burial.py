"""The end of a dead worker, as one request of a batch: its outbox, its open step, the mark, the end of its task.

In that order, in one transaction. The open step becomes `not_executed` when its intent came to the store only now, out
of the outbox — then it was never acknowledged, and the worker does not touch the device before that — and `unknown`
otherwise. A worker that the supervisor ended after a stop leaves a task STOPPED `forced`; any other one CRASHED.
Called by batch.py within its transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence_daemon.endings import change_state
from shared.errors import ErrorCode
from shared.messages import Done, ForceReason, Outcome, RecordSetAside
from shared.task_state import TaskEvent, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from persistence_daemon.facts import TaskFacts
    from persistence_daemon.outbox import Estate
    from persistence_daemon.transaction import Transaction
    from persistence_daemon.validate import Place, Validator
    from persistence_daemon.validate_records import Refused


def bury(tx: Transaction, validator: Validator, estate: Estate, number: int, refused: Mapping[Place, Refused]) -> Done:
    """Take in the estate of a worker whose lock is held by us; request `number` of the batch."""
    begun_before = _open_steps(tx, estate)
    place = 0
    for item in estate.items:
        if item.message is None:
            _keep_unreadable(tx, estate, item.name, item.raw, item.why)
        else:
            validator.write_all(tx, estate.worker, item.message, number, refused, place)
            place += len(item.message.records)
    for facts in _unfinished(tx, estate):
        _end(tx, estate, facts, begun_before.get(facts.session_id))
    return Done(seq=tx.seq)


def _unfinished(tx: Transaction, estate: Estate) -> list[TaskFacts]:
    tx.flush()
    found = tx.connection.execute(
        "SELECT session_id FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING') AND incarnation = ?"
        " AND claimed_by = ?",
        (estate.worker.incarnation, estate.worker.name),
    ).fetchall()
    return [facts for (session_id,) in found if (facts := tx.task(str(session_id))) is not None]


def _open_steps(tx: Transaction, estate: Estate) -> dict[str, int | None]:
    return {facts.session_id: facts.open_step for facts in _unfinished(tx, estate)}


def _end(tx: Transaction, estate: Estate, facts: TaskFacts, open_before: int | None) -> None:
    outcome = Outcome.UNKNOWN if facts.open_step == open_before else Outcome.NOT_EXECUTED
    forced, sender = estate.forced, str(tx.policy.daemon)
    if forced is not None and forced.session_id not in (None, facts.session_id):
        forced = None
    if forced is None:
        reason, by = "its worker died", "stepwell"
    else:
        reason, by = forced.reason, forced.by or "stepwell"
    if forced is not None and forced.kind is ForceReason.STOP:
        if facts.final_status is TaskState.RUNNING:
            change_state(tx, facts, TaskEvent.STOP_ASKED, reason=reason, by=by, sender=sender)
        event, reason = TaskEvent.FORCED, f"ended by force: {reason}" if reason else "ended by force"
    else:
        event = TaskEvent.WORKER_DIED
    missing = "the worker was gone"
    change_state(tx, facts, event, reason=reason, by=by, sender=sender, open_step=outcome, picture_missing=missing)


def _keep_unreadable(tx: Transaction, estate: Estate, name: str, raw: bytes, why: str) -> None:
    text = raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    kept = RecordSetAside(
        session_id=None,
        kind="outbox file",
        code=ErrorCode.BAD_REQUEST,
        message=f"{name} of the outbox of {estate.worker} is not readable: {why}",
        raw=text,
        sender=estate.worker.name,
        incarnation=estate.worker.incarnation,
    )
    tx.emit(kept, str(tx.policy.daemon))
