"""A worker's records against the store: written, known already, late, refused, or set aside.

A record happened, so it is never thrown away: what can never be applied is kept raw in `set_aside` and answered the
same when it is repeated. A task has one owner in its life, the incarnation that claimed it.

| the record | of the owner, task RUNNING or STOPPING | of the owner, task ended | of anybody else, or of no task |
|---|---|---|---|
| same key, same digest | its first answer | its first answer | as below |
| same key, other digest | CONFLICT, set aside | CONFLICT, set aside | as below |
| BeginStep | written; a gap or an open step before it is refused | late, `not_executed`; FENCED | set aside |
| FinishStep | written; replaces an outcome that the daemon concluded | late | set aside |
| AddNote | written | late | set aside |
| ChangeState | written, as the table of states allows | set aside | set aside |

A record of a task that was deleted is answered UNKNOWN_TASK and not kept: somebody wanted it gone.
What is refused for good to an owner whose task runs ends that task: FAILED, from STOPPING: STOPPED.
Called by validate.py and burial.py. Must not begin, commit or look at files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from persistence_daemon.apply_steps import DAEMON_OUTCOME
from persistence_daemon.digests import digest, set_aside_digest
from persistence_daemon.endings import change_state, hold_when_needed
from persistence_daemon.judgements import deleted_seq, unknown_task
from persistence_daemon.pictures import closing_path, step_path
from shared.errors import ErrorCode
from shared.messages import (
    Accepted,
    AddNote,
    BeginStep,
    ChangeState,
    ErrorInfo,
    FinishStep,
    NoteAdded,
    Outcome,
    Record,
    RecordSetAside,
    StepBegun,
    StepFinished,
)
from shared.task_state import IllegalTransition, TaskEvent, TaskState
from shared.wire import digest_of

if TYPE_CHECKING:
    from persistence_daemon.facts import TaskFacts
    from persistence_daemon.transaction import Transaction
    from shared.identity import Identity

Answer = Accepted | ErrorInfo

# What a worker may say of its own task; the others are the daemon's or a person's to say.
_OWNERS_EVENTS: Final = frozenset(
    {TaskEvent.STOP_ASKED, TaskEvent.STOPPED, TaskEvent.SUCCEEDED, TaskEvent.FAILED, TaskEvent.WORKER_DIED}
)


class Refused(Exception):  # noqa: N818 - the name of a fact
    """A record can never be applied. `ends_task` is False where the task is not to blame."""

    def __init__(self, code: ErrorCode, message: str, *, ends_task: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.ends_task = ends_task


def write_record(tx: Transaction, sender: Identity, record: Record) -> Answer:
    """Write one record, or keep it aside, and return its answer. What a person deleted does not come back."""
    facts = tx.task(record.session_id)
    if facts is None and deleted_seq(tx, record.session_id) is not None:
        return unknown_task(tx, record.session_id)
    try:
        return _write(tx, sender, record, facts)
    except Refused as refusal:
        return keep_aside(tx, sender, record, refusal)


def keep_aside(tx: Transaction, sender: Identity, record: Record, refusal: Refused) -> Answer:
    """Keep a record raw, end its owner's task when it runs, and return the refusal; a repeat gets the same answer."""
    kind, raw = type(record).__name__, raw_of(record)
    kept = tx.row(
        "SELECT code, message FROM set_aside WHERE digest = ?",
        (set_aside_digest(kind, sender.name, sender.incarnation, raw),),
    )
    if kept is not None:
        return ErrorInfo(code=ErrorCode(str(kept[0])), message=str(kept[1]))
    tx.emit(
        RecordSetAside(
            session_id=record.session_id,
            kind=kind,
            code=refusal.code,
            message=refusal.message,
            raw=raw,
            sender=sender.name,
            incarnation=sender.incarnation,
        ),
        str(sender),
    )
    facts = tx.task(record.session_id)
    if refusal.ends_task and facts is not None and facts.is_claimed and _owns(sender, facts):
        running = facts.final_status is TaskState.RUNNING
        event = TaskEvent.FAILED if running else TaskEvent.STOPPED
        reason = f"a record of this task could not be stored: {refusal.message}"
        change_state(tx, facts, event, reason=reason, by="stepwell", sender=str(tx.policy.daemon))
    return ErrorInfo(code=refusal.code, message=refusal.message)


def raw_of(record: Record) -> str:
    """Return a record as JSON, without its thumbnail: what `set_aside` keeps."""
    return msgspec.json.encode(_plain(record)).decode()


def _plain(record: Record) -> Record:
    if isinstance(record, BeginStep) and record.thumbnail:
        return msgspec.structs.replace(record, thumbnail=b"")
    return record


def _owns(sender: Identity, facts: TaskFacts) -> bool:
    return facts.incarnation == sender.incarnation and facts.claimed_by == sender.name


def _write(tx: Transaction, sender: Identity, record: Record, facts: TaskFacts | None) -> Answer:
    if facts is None:
        sentence = f"the store knows no task {record.session_id}; the record was set aside"
        raise Refused(ErrorCode.SET_ASIDE, sentence)
    if isinstance(record, ChangeState) and record.event is TaskEvent.COULD_NOT_START:
        return _change_state(tx, sender, record, facts)
    if not _owns(sender, facts):
        sentence = f"task {record.session_id} does not belong to {sender}; the record was set aside"
        raise Refused(ErrorCode.FENCED, sentence)
    if isinstance(record, BeginStep):
        return _begin_step(tx, sender, record, facts)
    if isinstance(record, FinishStep):
        return _finish_step(tx, sender, record, facts)
    if isinstance(record, AddNote):
        return _add_note(tx, sender, record, facts)
    return _change_state(tx, sender, record, facts)


def _begin_step(tx: Transaction, sender: Identity, record: BeginStep, facts: TaskFacts) -> Answer:
    step = record if not record.thumbnail else msgspec.structs.replace(record, thumbnail=b"")
    if step.step_num <= facts.total_steps:
        return _begun_before(tx, step, facts)
    if step.step_num != facts.total_steps + 1:
        raise Refused(ErrorCode.SET_ASIDE, f"step {step.step_num} came where step {facts.total_steps + 1} was due")
    path = None if step.picture is None else step_path(step.session_id, step.step_num, step.picture.digest)
    if facts.is_final:
        message = f"the task had already ended ({facts.final_status})"
        late = StepBegun(step=step, picture_path=path, late=True, outcome=Outcome.NOT_EXECUTED, message=message)
        tx.emit(late, str(sender))
        return _fenced(facts)
    if facts.open_step is not None:
        raise Refused(ErrorCode.SET_ASIDE, f"step {step.step_num} came while step {facts.open_step} is open")
    return Accepted(seq=tx.emit(StepBegun(step=step, picture_path=path), str(sender)))


def _begun_before(tx: Transaction, step: BeginStep, facts: TaskFacts) -> Answer:
    row = tx.row(
        "SELECT intent_digest, begun_seq, late, finished_seq FROM steps WHERE session_id = ? AND step_num = ?",
        (step.session_id, step.step_num),
    )
    if row is None or row[0] != digest(step):
        what = f"another intent is stored as step {step.step_num} of task {step.session_id}"
        raise Refused(ErrorCode.CONFLICT, f"{what}; this one was set aside", ends_task=False)
    seq = int(str(row[1]))
    if row[2] and row[3] == seq:  # it came late, so it was closed as it was begun
        return _fenced(facts)
    return Accepted(seq=seq)


def _fenced(facts: TaskFacts) -> ErrorInfo:
    sentence = f"task {facts.session_id} has ended ({facts.final_status}); the step was stored as not executed"
    return ErrorInfo(code=ErrorCode.FENCED, message=sentence)


def _finish_step(tx: Transaction, sender: Identity, record: FinishStep, facts: TaskFacts) -> Answer:
    if record.step_num == facts.open_step:
        seq = tx.emit(StepFinished(step=record), str(sender))
        hold_when_needed(tx, facts)
        return Accepted(seq=seq)
    row = tx.row(
        "SELECT outcome_digest, finished_seq, late, outcome_by FROM steps WHERE session_id = ? AND step_num = ?",
        (record.session_id, record.step_num),
    )
    if row is None:
        raise Refused(ErrorCode.SET_ASIDE, f"step {record.step_num} of task {record.session_id} was never begun")
    if row[3] == DAEMON_OUTCOME:  # the daemon had concluded it; the worker knows
        return Accepted(seq=tx.emit(StepFinished(step=record, late=True), str(sender)), late=True)
    if row[0] != digest(record):
        what = f"another outcome is stored for step {record.step_num} of task {record.session_id}"
        raise Refused(ErrorCode.CONFLICT, f"{what}; this one was set aside", ends_task=False)
    return Accepted(seq=int(str(row[1])), late=bool(row[2]))


def _add_note(tx: Transaction, sender: Identity, record: AddNote, facts: TaskFacts) -> Answer:
    row = tx.row(
        "SELECT digest, seq, late FROM notes WHERE note_id = ?"
        " AND session_id NOT IN (SELECT session_id FROM deletions)",
        (record.note_id,),
    )
    if row is None:
        late = facts.is_final
        return Accepted(seq=tx.emit(NoteAdded(note=record, late=late), str(sender)), late=late)
    if row[0] != digest(record):
        raise Refused(ErrorCode.CONFLICT, f"another note is stored as {record.note_id}", ends_task=False)
    return Accepted(seq=int(str(row[1])), late=bool(row[2]))


def _change_state(tx: Transaction, sender: Identity, record: ChangeState, facts: TaskFacts) -> Answer:
    asked = digest_of(record)
    row = tx.row(
        "SELECT seq FROM transitions WHERE session_id = ? AND request_digest = ?",
        (record.session_id, bytes.fromhex(asked)),
    )
    if row is not None:
        return Accepted(seq=int(str(row[0])))
    if record.event not in _OWNERS_EVENTS and record.event is not TaskEvent.COULD_NOT_START:
        raise Refused(ErrorCode.SET_ASIDE, f"a worker cannot say that its task was {record.event}")
    path = None if record.picture is None else closing_path(record.session_id, record.picture.digest)
    try:
        seq = change_state(
            tx,
            facts,
            record.event,
            reason=record.reason,
            by=record.by or sender.name,
            sender=str(sender),
            verdict=record.verdict,
            elapsed_s=record.elapsed_s,
            picture=record.picture,
            picture_path=path,
            picture_missing=record.picture_missing,
            request_digest=asked,
        )
    except IllegalTransition as error:
        code = ErrorCode.FENCED if facts.is_final else ErrorCode.SET_ASIDE
        raise Refused(code, f"{error}; the record was set aside") from None
    return Accepted(seq=seq)
