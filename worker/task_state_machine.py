"""The worker's view of its task's state: it asks for a transition and believes it when the daemon has acknowledged it.

`state` is the last acknowledged state. A transition that is on its way is remembered only as what the next one builds
upon, so that STOPPED may be asked for right behind STOPPING while the daemon is away. The table itself is enforced by
the daemon, in the transaction. Called by the executor; acknowledgements come from the link's thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from shared.logs import get_logger
from shared.messages import Accepted, ChangeState, ErrorInfo
from shared.task_state import TaskState, advance, is_final

if TYPE_CHECKING:
    from worker.step_buffer import Parcel, StepBuffer


class TaskStateMachine:
    """The state of one task, from its claim to its end."""

    def __init__(self, session_id: str, buffer: StepBuffer) -> None:
        self._session_id = session_id
        self._buffer = buffer
        self._lock = threading.Lock()
        self._state = TaskState.RUNNING  # the claim was acknowledged before this object exists
        self._asked = TaskState.RUNNING

    @property
    def state(self) -> TaskState:
        """The state that the store has acknowledged."""
        with self._lock:
            return self._state

    @property
    def asked(self) -> TaskState:
        """The state that the last transition asked for leads to, acknowledged or not."""
        with self._lock:
            return self._asked

    @property
    def ending(self) -> bool:
        """Whether the task's end has been asked for."""
        return is_final(self.asked)

    def ask(self, change: ChangeState, picture: bytes = b"") -> Parcel:
        """Send the transition on its way; raises IllegalTransition, and sends nothing, when the table has none."""
        with self._lock:
            target = advance(self._asked, change.event)
            parcel = self._buffer.put(change, picture=picture, on_answer=lambda answer: self._answered(target, answer))
            self._asked = target
            return parcel

    def _answered(self, target: TaskState, answer: Accepted | ErrorInfo) -> None:
        if isinstance(answer, ErrorInfo):
            get_logger().error("the store refused a transition", task=self._session_id, to=target, error=answer.message)
            return
        with self._lock:
            self._state = target
