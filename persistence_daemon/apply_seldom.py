"""Events that come seldom, to rows: judgements, deletions, what was set aside, timelines.

The other half of apply.py, and called by it only; devices are apply_devices.py's, waits apply_waits.py's, what is
imported apply_imported.py's. As there: rows follow from the event and the rows before it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.apply_devices import OF_A_DEVICE, NotApplicable, apply_device
from persistence_daemon.apply_imported import OF_AN_IMPORT, apply_imported
from persistence_daemon.apply_waits import OF_A_WAIT, apply_wait
from persistence_daemon.digests import column_time, set_aside_digest
from persistence_daemon.facts import count_task
from shared.messages import (
    Event,
    Labelled,
    RecordSetAside,
    TaskDeleted,
    TasksHeld,
    TimelineBegun,
)

if TYPE_CHECKING:
    import apsw

    from persistence_daemon.facts import FactsCache

# The tables whose rows go in the commit that deletes their task, a handful; the others are swept later (sweeper.py).
OF_A_TASK: Final = ("transitions", "waits", "tasks")


def set_aside(connection: apsw.Connection, seq: int, at: str, body: RecordSetAside) -> None:
    """Keep a record that can never be applied."""
    connection.execute(
        "INSERT INTO set_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            seq,
            body.session_id,
            body.kind,
            body.code,
            body.message,
            body.raw,
            body.sender,
            body.incarnation,
            at,
            set_aside_digest(body.kind, body.sender, body.incarnation, body.raw),
        ),
    )


def apply_seldom(connection: apsw.Connection, tasks: FactsCache, event: Event) -> None:
    """Write what a seldom kind of event says; NotApplicable when no rows follow from it."""
    body = event.body
    if isinstance(body, OF_A_DEVICE):
        apply_device(connection, tasks, event)
    elif isinstance(body, OF_AN_IMPORT):
        apply_imported(connection, tasks, event)
    elif isinstance(body, OF_A_WAIT):
        apply_wait(connection, tasks, event)
    elif isinstance(body, TasksHeld):
        _tasks_held(connection, tasks, event, body)
    elif isinstance(body, Labelled):
        _labelled(connection, tasks, event, body)
    elif isinstance(body, TaskDeleted):
        _task_deleted(connection, tasks, event, body)
    elif isinstance(body, RecordSetAside):
        set_aside(connection, event.seq, event.at, body)
    elif isinstance(body, TimelineBegun):
        connection.execute(
            "INSERT INTO timelines VALUES (?, ?, ?, ?, ?)",
            (body.timeline, body.parent, body.fork_seq, event.seq, event.at),
        )
    else:
        raise NotApplicable(f"no rows follow from {type(body).__name__}")


def _tasks_held(connection: apsw.Connection, tasks: FactsCache, event: Event, body: TasksHeld) -> None:
    tasks.flush()
    connection.execute(
        "UPDATE tasks SET held = ?, updated_seq = ?, updated_at = ? WHERE final_status = 'CREATED' AND held = ''"
        " AND created_seq < ?",
        (body.reason, event.seq, column_time(event.at), body.before_seq),
    )
    tasks.forget()


def _labelled(connection: apsw.Connection, tasks: FactsCache, event: Event, body: Labelled) -> None:
    facts = tasks.get(body.session_id)
    if facts is None:
        raise NotApplicable(f"there is no task {body.session_id}")
    judged = (body.label, body.correction or None)
    if body.step_num is None:
        sql = "UPDATE tasks SET user_label = ?, user_correction = ? WHERE created_seq = ?"
        connection.execute(sql, (*judged, facts.created_seq))
    else:
        sql = "UPDATE steps SET user_label = ?, user_correction = ? WHERE session_id = ? AND step_num = ?"
        connection.execute(sql, (*judged, body.session_id, body.step_num))
        if connection.changes() != 1:
            raise NotApplicable(f"task {body.session_id} has no step {body.step_num}")
    tasks.touch(facts, event.seq, column_time(event.at))


def _task_deleted(connection: apsw.Connection, tasks: FactsCache, event: Event, body: TaskDeleted) -> None:
    """Remove an ended task: its own row, by which all else of it is found; sweeper.py takes the rest.

    `claims` stay: they tell an older claim from a new one, whatever it got.
    """
    facts = tasks.get(body.session_id)
    if facts is None or not facts.is_final:
        raise NotApplicable(f"there is no ended task {body.session_id}")
    tasks.flush()
    for table in OF_A_TASK:
        connection.execute(f"DELETE FROM {table} WHERE session_id = ?", (body.session_id,))  # noqa: S608 - our own names
    connection.execute("UPDATE devices SET last_task = NULL WHERE last_task = ?", (body.session_id,))
    connection.execute("INSERT INTO deletions VALUES (?, ?, ?, ?)", (event.seq, body.session_id, event.at, body.by))
    count_task(connection, facts.final_status, None)
    tasks.forget_task(body.session_id)
