"""The table of states, written out a second time, over every pair of a state and an event."""

from __future__ import annotations

import pytest

from shared.task_state import (
    CLAIMED_STATES,
    FINAL_STATES,
    TRANSITIONS,
    IllegalTransition,
    TaskEvent,
    TaskState,
    advance,
    is_final,
)

# Columns: the events; rows: the states; `.` is illegal. From ARCHITECTURE §4, not from the code.
EXPECTED = """
           claimed  cancelled  could_not_start  stop_asked  stopped  forced   succeeded  failed  worker_died
CREATED    RUNNING  STOPPED    FAILED           .           .        .        .          .       .
RUNNING    .        .          .                STOPPING    .        .        SUCCESS    FAILED  CRASHED
STOPPING   .        .          .                .           STOPPED  STOPPED  .          .       CRASHED
STOPPED    .        .          .                .           .        .        .          .       .
SUCCESS    .        .          .                .           .        .        .          .       .
FAILED     .        .          .                .           .        .        .          .       .
CRASHED    .        .          .                .           .        .        .          .       .
"""


def rows() -> list[tuple[str, str, str]]:
    head, *lines = [line.split() for line in EXPECTED.strip().splitlines()]
    return [(line[0], event, to) for line in lines for event, to in zip(head, line[1:], strict=True)]


def test_the_expected_table_covers_every_pair_of_state_and_event() -> None:
    assert {(state, event) for state, event, _ in rows()} == {(s.value, e.value) for s in TaskState for e in TaskEvent}
    assert len(rows()) == 7 * 9


@pytest.mark.parametrize(("state", "event", "to"), rows())
def test_each_pair_leads_where_the_table_says_or_is_refused(state: str, event: str, to: str) -> None:
    if to == ".":
        with pytest.raises(IllegalTransition) as caught:
            advance(TaskState(state), TaskEvent(event))
        assert (caught.value.state, caught.value.event) == (state, event)
        assert str(caught.value) == f"a task in state {state} cannot be {event.replace('_', ' ')}"
    else:
        assert advance(TaskState(state), TaskEvent(event)) is TaskState(to)


def test_final_states_are_exactly_those_that_nothing_leaves() -> None:
    assert {"STOPPED", "SUCCESS", "FAILED", "CRASHED"} == FINAL_STATES
    assert {"RUNNING", "STOPPING"} == CLAIMED_STATES
    assert [is_final(state) for state in TaskState] == [False, False, False, True, True, True, True]


def test_no_state_is_entered_twice_so_that_a_repeat_can_be_recognised() -> None:
    """Nothing goes back: the graph has no cycle, so `(session_id, to_state)` names a transition."""
    order = ["CREATED", "RUNNING", "STOPPING", "STOPPED", "SUCCESS", "FAILED", "CRASHED"]
    assert all(order.index(source) < order.index(target) for (source, _), target in TRANSITIONS.items())


def test_the_only_way_to_success_is_the_agents_own_report() -> None:
    assert [key for key, to in TRANSITIONS.items() if to == "SUCCESS"] == [("RUNNING", "succeeded")]
