"""What this worker's device owes: recorded by the daemon before a change, settled after it or by a later worker.

The device calls `owe` and `settled` while a step runs (`worker.devices.base.Debts`); the executor calls `settle` with
what the daemon names instead of a task. Must not decide when a debt is given up: the daemon counts the tries.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from shared.errors import StepwellError
from shared.logs import get_logger
from shared.messages import Debt, Done, OweDebt, SettleDebt
from worker.errors import CommandFailed, DeviceError
from worker.storable import storable_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from shared.messages import Message
    from worker.devices.base import WorkersDevice
    from worker.store_link import StoreLink


class DeviceDebts:
    """One per worker. `session_id` tells the task that runs now, None when there is none."""

    def __init__(self, link: StoreLink, session_id: Callable[[], str | None]) -> None:
        self._link = link
        self._session_id = session_id

    def owe(self, device_id: str, kind: str, detail: str) -> str:
        """Return the debt's id once the daemon has it; CommandFailed when it does not take it."""
        debt_id = uuid.uuid4().hex
        debt = Debt(debt_id=debt_id, device_id=device_id, kind=kind, detail=detail, session_id=self._session_id())
        try:
            self._link.ask(OweDebt(debt=debt), Done)
        except StepwellError as error:
            what = f"the phone's {kind} was not changed, because the store did not note what to put back"
            raise CommandFailed(f"{what}: {error.message}") from error
        return debt_id

    def settled(self, debt_id: str) -> None:
        """Tell the daemon; what it does not hear stays owed, is named at the next claim, and found put back then."""
        self._link.request(SettleDebt(debt_id=debt_id, attempt=1)).add_done_callback(_note_unheard)

    def settle(self, device: WorkersDevice, debt: Debt) -> bool:
        """Put back what `device` owes and tell the daemon how it went; False when it must be tried again."""
        failure = ""
        try:
            device.settle_debt(debt.kind, debt.detail)
        except DeviceError as error:
            failure = str(error) or type(error).__name__
        except Exception as error:  # noqa: BLE001 - a device is a plug-in; its fault is a failed try like any other
            failure = f"the device broke: {type(error).__name__}: {error}"
        if failure:
            get_logger().error("a debt of the device could not be settled", kind=debt.kind, error=failure)
        else:
            get_logger().info("a debt of the device is settled", kind=debt.kind, detail=debt.detail)
        try:
            self._link.ask(
                SettleDebt(debt_id=debt.debt_id, attempt=debt.tries + 1, failure=storable_line(failure)), Done
            )
        except StepwellError as error:
            get_logger().error("the store did not note how a debt was settled", code=error.code, error=error.message)
            return False
        return not failure


def _note_unheard(answer: Future[Message]) -> None:
    error = answer.exception()
    if error is not None:
        get_logger().warning("the store did not note that a debt is settled", error=str(error))
