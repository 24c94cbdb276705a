"""What a device owes: changes that must be put back, recorded before they are made and settled before its next claim.

A worker owes (`OweDebt`), changes the device, puts it back and settles (`SettleDebt`). When it dies in between, the
debt stands here, and the answer to the device's next claim is the debt instead of a task. Three failures hold the
device with the reason; then the debt is told no more, and a release of the device writes it off.
Called by validate.py and claims.py within a transaction. Must not begin, commit, or decide how a debt is settled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import ErrorCode
from shared.messages import Debt, DebtOwed, DebtSettled, DebtTried, DeviceHeld, Done, ErrorInfo

if TYPE_CHECKING:
    from persistence_daemon.transaction import Transaction
    from shared.identity import Identity
    from shared.messages import OweDebt, SettleDebt

MAX_TRIES: Final = 3  # of one debt, then a person is asked: what failed three times does not mend itself
_REASON_MAX: Final = 1000

_COLUMNS: Final = "debt_id, device_id, kind, detail, session_id, tries"


def owe(tx: Transaction, sender: Identity, message: OweDebt) -> Done | ErrorInfo:
    """Record a debt; once answered, its sender may change the device."""
    debt = message.debt
    row = tx.row(f"SELECT {_COLUMNS}, owed_seq FROM device_debts WHERE debt_id = ?", (debt.debt_id,))  # noqa: S608
    if row is not None:
        if _debt(row[:-1], tries=0) != debt:
            return ErrorInfo(code=ErrorCode.CONFLICT, message=f"another debt is stored as {debt.debt_id}")
        return Done(seq=int(str(row[-1])))
    if debt.tries:
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message="a new debt has not been tried yet")
    if tx.row("SELECT 1 FROM devices WHERE device_id = ?", (debt.device_id,)) is None:
        return ErrorInfo(code=ErrorCode.UNKNOWN_DEVICE, message=f"no device called {debt.device_id} was ever seen")
    if not tx.policy.is_alive(sender):
        return ErrorInfo(code=ErrorCode.FENCED, message=f"{sender} does not hold its lock: it counts as dead")
    return Done(seq=tx.emit(DebtOwed(debt=debt), str(sender)))


def settle(tx: Transaction, sender: Identity, message: SettleDebt) -> Done | ErrorInfo:
    """Record that a debt was settled, or that a try failed; the last try that fails holds the device."""
    sql = f"SELECT {_COLUMNS}, settled_seq FROM device_debts WHERE debt_id = ?"  # noqa: S608 - our own column names
    row = tx.row(sql, (message.debt_id,))
    if row is None:
        return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=f"there is no debt {message.debt_id}")
    if row[-1] is not None:
        return Done(seq=int(str(row[-1])))
    debt = _debt(row[:-1])
    if not message.failure:
        return Done(seq=tx.emit(DebtSettled(debt_id=debt.debt_id, how=f"put back by {sender.name}"), str(sender)))
    if message.attempt <= debt.tries:
        return Done()  # it is counted already
    tries = debt.tries + 1
    seq = tx.emit(DebtTried(debt_id=debt.debt_id, tries=tries, why=message.failure), str(sender))
    if tries >= MAX_TRIES:
        _hold(tx, debt, message.failure)
    return Done(seq=seq)


def unsettled(tx: Transaction, device_id: str) -> tuple[Debt, ...]:
    """Return the debts of a device that a worker should settle now."""
    sql = (
        f"SELECT {_COLUMNS} FROM device_debts WHERE device_id = ? AND settled_seq IS NULL AND tries < ?"  # noqa: S608
        " ORDER BY owed_seq DESC"  # the newest change is taken back first
    )
    return tuple(_debt(row) for row in tx.connection.execute(sql, (device_id, MAX_TRIES)).fetchall())


def write_off(tx: Transaction, sender: Identity, device_id: str) -> None:
    """Give up the debts of a device that could not be settled: a person has seen why it was held."""
    sql = "SELECT debt_id FROM device_debts WHERE device_id = ? AND settled_seq IS NULL AND tries >= ?"
    for (debt_id,) in tx.connection.execute(sql, (device_id, MAX_TRIES)).fetchall():
        tx.emit(DebtSettled(debt_id=str(debt_id), how=f"written off by {sender.name}"), str(sender))


def _hold(tx: Transaction, debt: Debt, failure: str) -> None:
    held = tx.row("SELECT held FROM devices WHERE device_id = ?", (debt.device_id,))
    reason = f"its former {debt.kind} ({debt.detail}) could not be put back in {MAX_TRIES} tries: {failure}"
    if held is not None and held[0]:
        reason = f"{reason}; and before that: {held[0]}"
    held_event = DeviceHeld(device_id=debt.device_id, reason=reason[:_REASON_MAX], by="stepwell")
    tx.emit(held_event, str(tx.policy.daemon))


def _debt(row: tuple[object, ...], tries: int | None = None) -> Debt:
    debt_id, device_id, kind, detail, session_id, counted = row
    return Debt(
        debt_id=str(debt_id),
        device_id=str(device_id),
        kind=str(kind),
        detail=str(detail),
        session_id=None if session_id is None else str(session_id),
        tries=int(str(counted)) if tries is None else tries,
    )
