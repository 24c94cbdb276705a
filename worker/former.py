"""The record of the task that a task continues: what its agent is told before it does anything.

Read from the store before the agent begins; a store that is away is waited for, as everywhere. Called by
running_task.py, in the executor's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from shared.errors import StepwellError
from shared.messages import GetTask, ListSteps, Message, StepPage, StepRow, TaskRow, TaskView
from worker.errors import AgentFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.messages import Request
    from worker.waits import Store

T = TypeVar("T", bound=Message)
NEWEST: Final = 30  # steps that an agent is told of; a model's conversation holds no more either
_LOOK_S: Final = 0.1
_AGAIN_S: Final = 0.5


class FormerRun(Struct, frozen=True):
    """A task that has ended, with its newest steps by rising number."""

    task: TaskRow
    steps: tuple[StepRow, ...]

    @property
    def half_done(self) -> StepRow | None:
        """The step whose action may have happened, wholly or in part."""
        return next((step for step in self.steps if step.step_num == self.task.unknown_step), None)


def recall(session_id: str, store: Store, sleep: Callable[[float], None]) -> FormerRun:
    """Return the record of an ended task; AgentFailed when it is gone. `sleep` raises when the task is to end."""
    view = _ask(GetTask(task_id=session_id), TaskView, store, sleep)
    page = _ask(ListSteps(session_id=session_id, last=True, limit=NEWEST), StepPage, store, sleep)
    return FormerRun(view.task, page.items)


def _ask(request: Request, kind: type[T], store: Store, sleep: Callable[[float], None]) -> T:
    while True:
        asked = store.request(request)
        while not asked.done():
            sleep(_LOOK_S)
        try:
            answer = asked.result()
        except StepwellError as error:
            if not error.retryable:
                raise AgentFailed(f"the task that it continues cannot be read: {error.message}") from error
        else:
            if isinstance(answer, kind):
                return answer
        sleep(_AGAIN_S)
