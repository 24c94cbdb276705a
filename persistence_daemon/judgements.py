"""What a person says of a task afterwards: a judgement of it or of one step, or that it shall be gone.

As validate.py, whose requests these are: each becomes an event and an answer, or a refusal that changes nothing.
Called by it within the batch's transaction; must not begin, commit, look at the clock or touch files (eraser.py does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import ErrorCode
from shared.messages import DeleteTask, Done, ErrorInfo, Labelled, LabelTask, TaskDeleted

if TYPE_CHECKING:
    from persistence_daemon.facts import TaskFacts
    from persistence_daemon.transaction import Transaction
    from shared.identity import Identity


def deleted_seq(tx: Transaction, session_id: str) -> int | None:
    """Return the event that deleted the task of that id, None when none did."""
    row = tx.row("SELECT seq FROM deletions WHERE session_id = ?", (session_id,))
    return None if row is None else int(str(row[0]))


def unknown_task(tx: Transaction, session_id: str) -> ErrorInfo:
    """Return the refusal of what names a task that is not there, or not any more."""
    deleted = deleted_seq(tx, session_id) is not None
    sentence = f"task {session_id} was deleted" if deleted else f"there is no task {session_id}"
    return ErrorInfo(code=ErrorCode.UNKNOWN_TASK, message=sentence)


def label_task(tx: Transaction, sender: Identity, request: LabelTask) -> Done | ErrorInfo:
    """Keep, change or take back a judgement; the same once more changes nothing."""
    facts = tx.task(request.session_id)
    if facts is None:
        return unknown_task(tx, request.session_id)
    if request.label is None and request.correction:
        sentence = "a correction belongs to a judgement; to take one back, give neither"
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence)
    if request.step_num is None and not facts.is_final:
        return _not_ended(facts, "judged as a whole")
    judged = _judged(tx, request)
    if judged is None:
        sentence = f"task {request.session_id} has no step {request.step_num}"
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence)
    if judged == (request.label, request.correction or None):
        return Done()
    labelled = Labelled(
        session_id=request.session_id,
        step_num=request.step_num,
        label=request.label,
        correction=request.correction,
        by=sender.name,
    )
    return Done(seq=tx.emit(labelled, str(sender)))


def delete_task(tx: Transaction, sender: Identity, request: DeleteTask) -> Done | ErrorInfo:
    """Delete an ended task; a repeat is answered by the event that did."""
    before = deleted_seq(tx, request.session_id)
    if before is not None:
        return Done(seq=before)
    facts = tx.task(request.session_id)
    if facts is None:
        return unknown_task(tx, request.session_id)
    if not facts.is_final:
        return _not_ended(facts, "deleted")
    return Done(seq=tx.emit(TaskDeleted(session_id=request.session_id, by=sender.name), str(sender)))


def _judged(tx: Transaction, request: LabelTask) -> tuple[object, ...] | None:
    """Return the judgement that stands now; None when there is no such step."""
    if request.step_num is None:
        return tx.row("SELECT user_label, user_correction FROM tasks WHERE session_id = ?", (request.session_id,))
    return tx.row(
        "SELECT user_label, user_correction FROM steps WHERE session_id = ? AND step_num = ?",
        (request.session_id, request.step_num),
    )


def _not_ended(facts: TaskFacts, what: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.ILLEGAL_TRANSITION,
        message=f"task {facts.session_id} is {facts.final_status}: only a task that has ended can be {what}",
        detail="stop it first, or wait for its end",
    )
