"""What is still stored when the disk is full, and what becomes of the tasks that wait.

The reserve is given up, and lasts for a while if only this is stored: outcomes, notes and ends of what runs, cancelled
and deleted tasks. All that begins something waits, and is told so by the rules of holdup.py. When the disk has been
full for `STORE_FULL_STOP_S`, the tasks that run are ended with that reason. The shortage is over when there is space
enough to make the reserve again. Called by writing.py; the time comes in as `now` (monotonic seconds).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from persistence_daemon.endings import change_state
from shared.messages import AddNote, CancelTask, ChangeState, DeleteTask, FinishStep, Message, WriteRecords
from shared.settings import STORE_FULL_STOP_S
from shared.task_state import TaskEvent, TaskState

if TYPE_CHECKING:
    from persistence_daemon.reserve import Reserve
    from persistence_daemon.transaction import Transaction


class Shortage:
    """Whether the store lives on its reserve, and since when."""

    def __init__(self, reserve: Reserve) -> None:
        self._reserve = reserve
        self._stop_at = math.inf
        self.is_on = False
        reserve.make()

    def begin(self, now: float) -> bool:
        """Give the reserve up because the disk is full; False when there is none (any more)."""
        if self.is_on or not self._reserve.release():
            return False
        self.is_on = True
        self._stop_at = now + STORE_FULL_STOP_S
        return True

    def is_over(self) -> bool:
        """Tell whether there is space again for whatever comes; the reserve is there again then."""
        if self.is_on and self._reserve.make():
            self.is_on = False
            self._stop_at = math.inf
        return not self.is_on

    def must_end_tasks(self, now: float) -> bool:
        """Tell whether the tasks that run have waited too long."""
        return now >= self._stop_at

    def ended_tasks(self) -> None:
        """Note that they are ended."""
        self._stop_at = math.inf


def ends_something(message: Message) -> bool:
    """Tell whether a request is stored out of the reserve: it begins nothing, or makes room."""
    if isinstance(message, WriteRecords):
        return all(isinstance(record, FinishStep | ChangeState | AddNote) for record in message.records)
    return isinstance(message, CancelTask | DeleteTask)


def end_running(tx: Transaction) -> None:
    """End every task that runs: nothing of it could be stored for too long."""
    tx.flush()
    found = tx.connection.execute("SELECT session_id FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING')")
    reason = f"nothing could be stored for {STORE_FULL_STOP_S / 60:g} minutes: the store's disk is full"
    for (session_id,) in found.fetchall():
        facts = tx.task(str(session_id))
        if facts is not None:
            event = TaskEvent.FAILED if facts.final_status is TaskState.RUNNING else TaskEvent.STOPPED
            daemon = str(tx.policy.daemon)
            missing = "the store's disk was full"
            change_state(tx, facts, event, reason=reason, by="stepwell", sender=daemon, picture_missing=missing)
