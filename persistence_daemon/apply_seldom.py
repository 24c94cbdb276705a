"""Events that come seldom, to rows: devices, holds, debts, what was set aside, timelines. The other half of apply.py.

As there: the rows follow from the event and the rows before it alone. Called by apply.py only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence_daemon.digests import column_time, set_aside_digest
from shared.messages import (
    DebtOwed,
    DebtSettled,
    DebtTried,
    DeviceHeld,
    DeviceReleased,
    DeviceSeen,
    Event,
    RecordSetAside,
    TasksHeld,
    TimelineBegun,
)

if TYPE_CHECKING:
    import apsw

    from persistence_daemon.facts import FactsCache


class NotApplicable(Exception):  # noqa: N818 - the name of a fact
    """An event does not fit the rows that are there: it names a task or a step that is not."""


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
    if isinstance(body, DeviceSeen):
        _device_seen(connection, event, body)
    elif isinstance(body, DeviceHeld):
        _device(connection, body.device_id)
        sql = "UPDATE devices SET held = ?, held_seq = ? WHERE device_id = ?"
        connection.execute(sql, (body.reason, event.seq, body.device_id))
    elif isinstance(body, DeviceReleased):
        _device_released(connection, tasks, event, body)
    elif isinstance(body, DebtOwed):
        _debt_owed(connection, event, body)
    elif isinstance(body, DebtTried):
        _change_debt(connection, body.debt_id, "tries = ?", body.tries)
    elif isinstance(body, DebtSettled):
        _change_debt(connection, body.debt_id, "settled_seq = ?, settled_how = ?", event.seq, body.how)
    elif isinstance(body, TasksHeld):
        _tasks_held(connection, tasks, event, body)
    elif isinstance(body, RecordSetAside):
        set_aside(connection, event.seq, event.at, body)
    elif isinstance(body, TimelineBegun):
        connection.execute(
            "INSERT INTO timelines VALUES (?, ?, ?, ?, ?)",
            (body.timeline, body.parent, body.fork_seq, event.seq, event.at),
        )
    else:
        raise NotApplicable(f"no rows follow from {type(body).__name__}")


def _device(connection: apsw.Connection, device_id: str) -> None:
    connection.execute("INSERT OR IGNORE INTO devices (device_id) VALUES (?)", (device_id,))


def _device_seen(connection: apsw.Connection, event: Event, body: DeviceSeen) -> None:
    seen = body.device
    _device(connection, seen.device_id)
    connection.execute(
        "UPDATE devices SET address = ?, model = ?, android = ?, width = ?, height = ?, last_seen = ?, worker = ?"
        " WHERE device_id = ?",
        (
            seen.address,
            seen.model,
            seen.android,
            seen.width,
            seen.height,
            event.at,
            body.worker,
            seen.device_id,
        ),
    )


def _device_released(connection: apsw.Connection, tasks: FactsCache, event: Event, body: DeviceReleased) -> None:
    tasks.flush()
    connection.execute(
        "UPDATE devices SET held = '', held_seq = NULL, crashes = 0 WHERE device_id = ?",
        (body.device_id,),
    )
    connection.execute(
        "UPDATE tasks SET held = '', updated_seq = ?, updated_at = ? WHERE final_status = 'CREATED' AND held <> ''"
        " AND (device_id = ? OR device_id IS NULL)",
        (event.seq, column_time(event.at), body.device_id),
    )
    tasks.forget()


def _debt_owed(connection: apsw.Connection, event: Event, body: DebtOwed) -> None:
    debt = body.debt
    connection.execute(
        "INSERT INTO device_debts (debt_id, device_id, session_id, kind, detail, owed_seq) VALUES (?, ?, ?, ?, ?, ?)",
        (debt.debt_id, debt.device_id, debt.session_id, debt.kind, debt.detail, event.seq),
    )


def _change_debt(connection: apsw.Connection, debt_id: str, change: str, *values: str | int) -> None:
    connection.execute(f"UPDATE device_debts SET {change} WHERE debt_id = ?", (*values, debt_id))  # noqa: S608
    if connection.changes() != 1:
        raise NotApplicable(f"there is no debt {debt_id}")


def _tasks_held(connection: apsw.Connection, tasks: FactsCache, event: Event, body: TasksHeld) -> None:
    tasks.flush()
    connection.execute(
        "UPDATE tasks SET held = ?, updated_seq = ?, updated_at = ? WHERE final_status = 'CREATED' AND held = ''"
        " AND created_seq < ?",
        (body.reason, event.seq, column_time(event.at), body.before_seq),
    )
    tasks.forget()
