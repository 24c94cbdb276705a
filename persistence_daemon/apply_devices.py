"""Events of devices, to rows: seen, held, released, and what they must get back (debts). Called by apply_seldom.py.

As in apply.py: the rows follow from the event and the rows before it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.digests import column_time
from shared.messages import DebtOwed, DebtSettled, DebtTried, DeviceHeld, DeviceReleased, DeviceSeen, Event

if TYPE_CHECKING:
    import apsw

    from persistence_daemon.facts import FactsCache

OF_A_DEVICE: Final = (DeviceSeen, DeviceHeld, DeviceReleased, DebtOwed, DebtTried, DebtSettled)


class NotApplicable(Exception):  # noqa: N818 - the name of a fact
    """An event does not fit the rows that are there: it names a task, a step or a debt that is not."""


def apply_device(connection: apsw.Connection, tasks: FactsCache, event: Event) -> None:
    """Write what an event `OF_A_DEVICE` says; NotApplicable when there is no such debt."""
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
