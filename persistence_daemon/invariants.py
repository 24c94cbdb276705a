"""What must hold of any sequence of committed events, whatever was killed: pure, without a store or a file.

A number is given once, a step finishes after it began, a task ends once, and of a deleted task nothing is recorded any
more. check.py applies it to the event log of a home, and the fault tests to what they heard. Must not read anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.events import session_of
from shared.messages import StateChanged, StepBegun, StepFinished, TaskDeleted, TaskImported
from shared.task_state import FINAL_STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shared.messages import Event, EventBody


def check_events(events: Iterable[Event]) -> Iterator[str]:
    """Yield a sentence for each rule that `events`, in the order of one timeline's descent, break."""
    last = 0
    begun: set[tuple[str, int]] = set()
    ended: set[str] = set()
    deleted: set[str] = set()
    for event in events:
        body = event.body
        if event.seq <= last:
            yield f"event {event.seq} stands behind event {last}"
        last = max(last, event.seq)
        session_id = session_of(event)
        if session_id in deleted:
            yield f"event {event.seq} is about task {session_id}, which had been deleted"
        if isinstance(body, StepBegun):
            begun.add((body.step.session_id, body.step.step_num))
        elif isinstance(body, StepFinished) and (body.step.session_id, body.step.step_num) not in begun:
            yield f"step {body.step.step_num} of task {body.step.session_id} finished, but never began"
        elif _is_an_end(body):
            if session_id in ended:
                yield f"task {session_id} ended twice (event {event.seq})"
            ended.add(str(session_id))
        elif isinstance(body, TaskDeleted):
            if body.session_id not in ended:
                yield f"task {body.session_id} was deleted before it had ended"
            deleted.add(body.session_id)


def _is_an_end(body: EventBody) -> bool:
    """Tell whether a task ends with this, or has ended when it comes in."""
    return isinstance(body, TaskImported) or (isinstance(body, StateChanged) and body.to_state in FINAL_STATES)
