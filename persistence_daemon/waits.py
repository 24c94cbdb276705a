"""What a task waits for a person for: raised by its worker, settled once, by the seq that raised it.

    RUNNING ──raise──▶ waits ──settle (that seq, in time, that action)──▶ goes on
                         ├──its deadline passes──▶ expired
                         └──the task leaves RUNNING──▶ ended

Whoever settles first decides; the same answer again is answered the same, everything else is STALE and changes
nothing. A worker goes on only when it is told what is committed, so an approval always stands in the store before the
action that it allows. As validate.py, which calls this within its transaction; must not begin, commit, look at the
clock or touch files.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from persistence_daemon.digests import digest
from persistence_daemon.judgements import unknown_task
from persistence_daemon.times import as_event_time, moment
from shared.errors import ErrorCode
from shared.messages import (
    Decision,
    Done,
    ErrorInfo,
    NewWait,
    RaiseWait,
    SettleWait,
    WaitingFor,
    WaitRaised,
    WaitSettled,
    WaitState,
)
from shared.task_state import TaskState

if TYPE_CHECKING:
    import apsw

    from persistence_daemon.facts import TaskFacts
    from persistence_daemon.transaction import Transaction
    from shared.identity import Identity

# What a person can say to what.
DECISIONS: Final = {
    WaitingFor.PAUSED: frozenset({Decision.RESUMED}),
    WaitingFor.CONFIRM: frozenset({Decision.APPROVED, Decision.DENIED}),
    WaitingFor.TAKE_OVER: frozenset({Decision.RESUMED, Decision.DENIED}),
    WaitingFor.ANSWER: frozenset({Decision.ANSWERED, Decision.DENIED}),
}
_FOREVER_S: Final = 10 * 365 * 86400.0  # a deadline beyond is none: it would leave the calendar
_STATE: Final = "SELECT seq, waiting_deadline, decision, text, settled_seq, settled_by, digest FROM waits"
_DUE: Final = (
    "SELECT session_id, seq FROM waits WHERE decision IS NULL AND waiting_deadline <= ? ORDER BY seq"  # by its index
)


def raise_wait(tx: Transaction, sender: Identity, request: RaiseWait) -> WaitState | ErrorInfo:
    """Let a task wait, or tell how the wait of that id stands."""
    wait = request.wait
    row = tx.row(f"{_STATE} WHERE wait_id = ?", (wait.wait_id,))
    if row is not None:
        if row[6] != digest(wait):
            return ErrorInfo(code=ErrorCode.CONFLICT, message=f"another wait is stored as {wait.wait_id}")
        return _state(row)
    facts = tx.task(wait.session_id)
    if facts is None:
        return unknown_task(tx, wait.session_id)
    refusal = _refusal(facts, sender, wait)
    if refusal is not None:
        return refusal
    raised = WaitRaised(wait=wait, waiting_deadline=_deadline(tx.at, wait.patience_s))
    return WaitState(seq=tx.emit(raised, str(sender)), waiting_deadline=raised.waiting_deadline)


def settle_wait(tx: Transaction, sender: Identity, request: SettleWait) -> Done | ErrorInfo:
    """Take a person's answer, if it is the first, in time and about what is asked."""
    facts = tx.task(request.session_id)
    if facts is None:
        return unknown_task(tx, request.session_id)
    if (facts.incarnation, facts.claimed_by) != (sender.incarnation, sender.name):
        return _not_owned(facts, sender)
    row = tx.row(
        "SELECT waiting_for, action_digest, decision, text, settled_seq, settled_by, waiting_deadline FROM waits"
        " WHERE seq = ? AND session_id = ?",
        (request.seq, request.session_id),
    )
    if row is None:
        return _stale(f"task {request.session_id} never waited by the number {request.seq}")
    kind, action_digest, decision, text, settled_seq, settled_by, deadline = row
    another_action = request.decision is Decision.APPROVED and request.action_digest != action_digest
    if decision is not None and (decision, text) == (request.decision, request.text) and not another_action:
        return Done(seq=int(str(settled_seq)))
    why = ""
    if decision is not None:
        why = f"it was {decision} before" + (f" by {settled_by}" if settled_by else "")
    elif request.decision not in DECISIONS[WaitingFor(str(kind))]:
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=f"what waits for {kind} cannot be {request.decision}")
    elif deadline is not None and str(deadline) <= tx.at:
        expire(tx, facts)
        why = f"its deadline passed at {deadline}"
    elif another_action:
        why = "the action that waits is not the one that was approved"
    return _stale(why) if why else Done(seq=_settle(tx, facts, request, str(sender)))


def expire_due(tx: Transaction) -> None:
    """Let every wait expire whose deadline has passed."""
    for session_id, _ in tx.connection.execute(_DUE, (tx.at,)).fetchall():
        facts = tx.task(str(session_id))
        if facts is not None:
            expire(tx, facts)


def is_due(connection: apsw.Connection, at: str) -> bool:
    """Tell whether a deadline has passed."""
    return connection.execute(_DUE, (at,)).fetchone() is not None


def expire(tx: Transaction, facts: TaskFacts) -> None:
    """Let what a task waits for expire."""
    if facts.waiting_seq is not None:
        over = WaitSettled(
            session_id=facts.session_id, wait_seq=facts.waiting_seq, decision=Decision.EXPIRED, text="", by="stepwell"
        )
        tx.emit(over, str(tx.policy.daemon))


def _settle(tx: Transaction, facts: TaskFacts, request: SettleWait, sender: str) -> int:
    settled = WaitSettled(
        session_id=facts.session_id,
        wait_seq=request.seq,
        decision=request.decision,
        text=request.text,
        by=request.by or sender,
    )
    return tx.emit(settled, sender)


def _refusal(facts: TaskFacts, sender: Identity, wait: NewWait) -> ErrorInfo | None:
    if (facts.incarnation, facts.claimed_by) != (sender.incarnation, sender.name):
        return _not_owned(facts, sender)
    if facts.final_status is not TaskState.RUNNING:
        sentence = f"task {facts.session_id} is {facts.final_status}: only a task that runs waits for a person"
        return ErrorInfo(code=ErrorCode.ILLEGAL_TRANSITION, message=sentence)
    if facts.waiting_seq is not None:
        sentence = f"task {facts.session_id} waits already, for {facts.waiting_for} (seq {facts.waiting_seq})"
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence)
    if wait.step_num is not None and wait.step_num != facts.open_step:
        sentence = f"step {wait.step_num} of task {facts.session_id} is not open: it cannot wait"
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence)
    if wait.waiting_for is WaitingFor.CONFIRM and wait.action_digest is None:
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message="what is to be approved must be named by a digest")
    return None


def _deadline(at: str, patience_s: float | None) -> str | None:
    if patience_s is None or patience_s > _FOREVER_S:
        return None
    return as_event_time(moment(at) + timedelta(seconds=patience_s))


def _state(row: tuple[object, ...]) -> WaitState:
    seq, deadline, decision, text, settled_seq, settled_by = row[:6]
    return WaitState(
        seq=int(str(seq)),
        waiting_deadline=None if deadline is None else str(deadline),
        decision=None if decision is None else Decision(str(decision)),
        text=str(text),
        settled_seq=None if settled_seq is None else int(str(settled_seq)),
        settled_by=str(settled_by),
    )


def _not_owned(facts: TaskFacts, sender: Identity) -> ErrorInfo:
    return ErrorInfo(code=ErrorCode.FENCED, message=f"task {facts.session_id} does not belong to {sender}")


def _stale(why: str) -> ErrorInfo:
    return ErrorInfo(code=ErrorCode.STALE, message=f"this answer changes nothing: {why}")
