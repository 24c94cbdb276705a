"""Which waiting task a worker gets: the oldest that is not held and fits its device and its agents.

A device that owes something gets no task but its debts, until they are settled.

A claim is safe to repeat: each worker incarnation counts its claims; the newest number that got a task stands in
`claims`. The same number answers the same, an older one is STALE. Numbers that were answered "none" are remembered in
memory only, since nothing changed: a doubled request must not get a task that its sender no longer waits for.
Called by validate.py. Must not begin or commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.debts import unsettled
from persistence_daemon.queries import task_row
from shared.errors import ErrorCode
from shared.messages import Claimed, ClaimTask, ErrorInfo, StateChanged, TaskRow
from shared.task_state import TaskEvent, TaskState

if TYPE_CHECKING:
    from persistence_daemon.transaction import Transaction
    from shared.identity import Identity

_REMEMBERED: Final = 1024  # incarnations whose last empty answer is remembered

_OLDEST: Final = (
    "SELECT session_id FROM tasks WHERE final_status = 'CREATED' AND held = ''"
    " AND (device_id IS NULL OR device_id = ?) AND agent IN ({agents}) ORDER BY created_seq LIMIT 1"
)


class Claims:
    """Answers claims. `answered_none` must outlive the transactions, so one object serves the daemon's life."""

    def __init__(self) -> None:
        self._answered_none: dict[str, int] = {}

    def claim(self, tx: Transaction, sender: Identity, request: ClaimTask) -> Claimed | ErrorInfo:
        """Give the sender a task, or say why there is none for it."""
        earlier = tx.row("SELECT claim, session_id FROM claims WHERE incarnation = ?", (sender.incarnation,))
        if earlier is not None:
            answer = _answer_from(tx, request, int(str(earlier[0])), str(earlier[1]))
            if answer is not None:
                return answer
        if request.claim < self._answered_none.get(sender.incarnation, 0):
            return _stale(request)
        if request.claim == self._answered_none.get(sender.incarnation, 0):
            return Claimed(why="nothing waited when this claim was made")
        if not tx.policy.is_alive(sender):
            return ErrorInfo(code=ErrorCode.FENCED, message=f"{sender} does not hold its lock: it counts as dead")
        chosen = _choose(tx, request)
        if isinstance(chosen, Claimed):
            self._remember_none(sender, request.claim)
            return chosen
        return Claimed(task=_give(tx, sender, request, chosen))

    def _remember_none(self, sender: Identity, claim: int) -> None:
        if len(self._answered_none) >= _REMEMBERED:
            del self._answered_none[next(iter(self._answered_none))]
        self._answered_none[sender.incarnation] = claim


def _answer_from(tx: Transaction, request: ClaimTask, claim: int, session_id: str) -> Claimed | ErrorInfo | None:
    """Answer a claim by the claim that got a task before; None when it is a new one and that task has ended."""
    if request.claim < claim:
        return _stale(request)
    if request.claim == claim:
        if tx.task(session_id) is None:
            return Claimed(why=f"the task of this claim, {session_id}, was deleted")
        return Claimed(task=_row(tx, session_id))
    facts = tx.task(session_id)
    if facts is None or facts.is_final:
        return None
    if facts.total_steps == 0 and facts.final_status is TaskState.RUNNING:
        # The answer went to a doubled request after a restart of the daemon: the task was never begun, and a worker
        # never runs a task that it already began. Without this it would stay RUNNING while nothing runs it.
        return Claimed(task=_row(tx, session_id))
    return ErrorInfo(
        code=ErrorCode.STALE, message=f"this worker still runs task {session_id}; it may not claim another"
    )


def _stale(request: ClaimTask) -> ErrorInfo:
    return ErrorInfo(code=ErrorCode.STALE, message=f"claim {request.claim} is older than the newest of this worker")


def _choose(tx: Transaction, request: ClaimTask) -> str | Claimed:
    """Return the session_id of the oldest task that fits, or the answer that says why there is none."""
    if not request.agents:
        return Claimed(why="this worker offers no agents")
    if request.device_id is not None:
        debts = unsettled(tx, request.device_id)
        if debts:
            return Claimed(why=f"device {request.device_id} must first get back its {debts[0].kind}", debts=debts)
        device = tx.row("SELECT held FROM devices WHERE device_id = ?", (request.device_id,))
        if device is not None and device[0]:
            return Claimed(why=f"the queue of device {request.device_id} is held: {device[0]}"[:1000])
    tx.flush()
    sql = _OLDEST.format(agents=", ".join("?" * len(request.agents)))
    found = tx.row(sql, (request.device_id, *request.agents))
    if found is not None:
        return str(found[0])
    held = tx.row("SELECT held FROM tasks WHERE final_status = 'CREATED' AND held <> '' LIMIT 1", ())
    return Claimed(
        why="nothing waits for this worker" if held is None else f"tasks wait for a release: {held[0]}"[:1000]
    )


def _give(tx: Transaction, sender: Identity, request: ClaimTask, session_id: str) -> TaskRow:
    tx.emit(
        StateChanged(
            session_id=session_id,
            from_state=TaskState.CREATED,
            to_state=TaskState.RUNNING,
            event=TaskEvent.CLAIMED,
            reason="",
            by=sender.name,
            device_id=request.device_id,
            claimed_by=sender.name,
            incarnation=sender.incarnation,
            claim=request.claim,
        ),
        str(sender),
    )
    return _row(tx, session_id)


def _row(tx: Transaction, session_id: str) -> TaskRow:
    tx.flush()
    return task_row(tx.connection, session_id)
