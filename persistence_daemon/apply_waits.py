"""Events of waits for a person, to rows: raised, settled, ended with the task. Called by apply*.py.

As in apply.py: the rows follow from the event and the rows before it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from persistence_daemon.apply_devices import NotApplicable
from persistence_daemon.digests import column_time, digest
from shared.messages import Decision, Event, WaitRaised, WaitSettled

if TYPE_CHECKING:
    import apsw

    from persistence_daemon.facts import FactsCache, TaskFacts

OF_A_WAIT: Final = (WaitRaised, WaitSettled)

_INSERT: Final = (
    "INSERT INTO waits (seq, wait_id, session_id, waiting_for, step_num, question, choices, action, action_digest, at,"
    " waiting_deadline, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SETTLE: Final = (
    "UPDATE waits SET settled_seq = ?, decision = ?, text = ?, settled_by = ?, settled_at = ?"
    " WHERE seq = ? AND decision IS NULL"
)


def apply_wait(connection: apsw.Connection, tasks: FactsCache, event: Event) -> None:
    """Write what an event `OF_A_WAIT` says; NotApplicable when there is no such task or no such open wait."""
    body = event.body
    if isinstance(body, WaitRaised):
        _raised(connection, tasks, event, body)
    elif isinstance(body, WaitSettled):
        facts = _task(tasks, body.session_id)
        settle(connection, event, facts, body.wait_seq, body.decision, body.text, body.by)
        tasks.touch(facts, event.seq, column_time(event.at), state_changed=True)


def end_wait(connection: apsw.Connection, event: Event, facts: TaskFacts) -> None:
    """End the open wait, if there is one, of a task that leaves RUNNING by `event`."""
    if facts.waiting_seq is not None:
        settle(connection, event, facts, facts.waiting_seq, Decision.ENDED, "", event.by)


def settle(
    connection: apsw.Connection,
    event: Event,
    facts: TaskFacts,
    wait_seq: int,
    decision: Decision,
    text: str,
    by: str,
) -> None:
    """Write how a wait ended, and that its task waits no more."""
    connection.execute(_SETTLE, (event.seq, decision, text, by, event.at, wait_seq))
    if connection.changes() != 1 or facts.waiting_seq != wait_seq:
        raise NotApplicable(f"task {facts.session_id} has no open wait {wait_seq}")
    facts.waiting_for = facts.waiting_seq = facts.waiting_deadline = None


def _raised(connection: apsw.Connection, tasks: FactsCache, event: Event, body: WaitRaised) -> None:
    wait = body.wait
    facts = _task(tasks, wait.session_id)
    connection.execute(
        _INSERT,
        (
            event.seq,
            wait.wait_id,
            wait.session_id,
            wait.waiting_for,
            wait.step_num,
            wait.question,
            msgspec.json.encode(wait.choices).decode(),
            wait.action,
            wait.action_digest,
            event.at,
            body.waiting_deadline,
            digest(wait),
        ),
    )
    facts.waiting_for, facts.waiting_seq = wait.waiting_for, event.seq
    facts.waiting_deadline = body.waiting_deadline
    tasks.touch(facts, event.seq, column_time(event.at), state_changed=True)


def _task(tasks: FactsCache, session_id: str) -> TaskFacts:
    facts = tasks.get(session_id)
    if facts is None:
        raise NotApplicable(f"there is no task {session_id}")
    return facts
