"""The life of a task: one table, one pure function.

A task is in exactly one state. It changes state only when something happens to it (a `TaskEvent`), and only as the
table below allows; everything else is an `IllegalTransition`, which changes nothing. The table is enforced by the
persistence daemon, inside the transaction that writes the row, so no process can hold an opinion about a task's state
that the store does not share. Workers ask for a transition and believe it when the daemon has acknowledged it.

    CREATED ──claimed──▶ RUNNING ──stop_asked──▶ STOPPING ──stopped | forced──▶ STOPPED
       │                    ├──succeeded──▶ SUCCESS   │
       ├─cancelled▶ STOPPED ├──failed─────▶ FAILED    └──worker_died──▶ CRASHED
       └─could_not_start─▶  └──worker_died─▶ CRASHED
               FAILED

Three rules that the table expresses by what it lacks:

- Final states never change. A record that arrives afterwards is stored and marked late; the state stays.
- Nothing goes back: each state is entered at most once, so `(session_id, to_state)` names a transition, and a repeated
  request can be recognised and answered the same.
- There is no way from RUNNING to SUCCESS but the agent's own report. Reaching a limit is `failed`.

This file must not know about processes, time or storage. Called by the daemon, the worker and the tests.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class TaskState(StrEnum):
    """Where a task stands; the words of the `final_status` column."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CRASHED = "CRASHED"


class TaskEvent(StrEnum):
    """What can happen to a task."""

    CLAIMED = "claimed"  # a worker took it from the queue
    CANCELLED = "cancelled"  # a person took it from the queue
    COULD_NOT_START = "could_not_start"  # it was refused before a worker could run it
    STOP_ASKED = "stop_asked"  # a person (or the end of Stepwell) wants it to end
    STOPPED = "stopped"  # the agent ended after a stop was asked for
    FORCED = "forced"  # Stepwell ended a worker that did not react to a stop
    SUCCEEDED = "succeeded"  # the agent reports success, and its checks hold
    FAILED = "failed"  # the agent failed or gave up, or a limit or a check ended it
    WORKER_DIED = "worker_died"  # nothing runs it any more


class IllegalTransition(ValueError):  # noqa: N818 - the name of a fact, as in the table's own words
    """`event` cannot happen to a task in `state`; nothing was changed."""

    def __init__(self, state: TaskState, event: TaskEvent) -> None:
        super().__init__(f"a task in state {state} cannot be {event.replace('_', ' ')}")
        self.state = state
        self.event = event


_S, _E = TaskState, TaskEvent

TRANSITIONS: Final[dict[tuple[TaskState, TaskEvent], TaskState]] = {
    (_S.CREATED, _E.CLAIMED): _S.RUNNING,
    (_S.CREATED, _E.CANCELLED): _S.STOPPED,
    (_S.CREATED, _E.COULD_NOT_START): _S.FAILED,
    (_S.RUNNING, _E.STOP_ASKED): _S.STOPPING,
    (_S.RUNNING, _E.SUCCEEDED): _S.SUCCESS,
    (_S.RUNNING, _E.FAILED): _S.FAILED,
    (_S.RUNNING, _E.WORKER_DIED): _S.CRASHED,
    (_S.STOPPING, _E.STOPPED): _S.STOPPED,
    (_S.STOPPING, _E.FORCED): _S.STOPPED,
    (_S.STOPPING, _E.WORKER_DIED): _S.CRASHED,
}

FINAL_STATES: Final = frozenset({_S.STOPPED, _S.SUCCESS, _S.FAILED, _S.CRASHED})
CLAIMED_STATES: Final = frozenset({_S.RUNNING, _S.STOPPING})  # a worker is, or should be, running it


def advance(state: TaskState, event: TaskEvent) -> TaskState:
    """Return the state that `event` leads to from `state`; raise `IllegalTransition` when the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None


def is_final(state: TaskState) -> bool:
    """Tell whether a task in `state` has ended for good."""
    return state in FINAL_STATES
