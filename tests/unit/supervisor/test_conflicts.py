"""What was set aside is shown with what stands in its place, field by field; also when it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from store_lab import OTHER, StoreLab, picture_of

from persistence_daemon.queries import get_task, list_set_aside, list_steps
from shared.messages import GetTask, ListSetAside, ListSteps, Outcome, Record, SetAsideRow
from supervisor.cli.conflicts import conflict_json, conflict_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[StoreLab]:
    made = StoreLab(tmp_path / "home")
    made.running()
    made.accepted(made.begin(1, action="tap", picture=picture_of(b"one")), picture=b"one")
    made.accepted(made.finish(1, message="done"))
    made.accepted(made.note("note-1", "as it was"))
    yield made
    made.close()


def aside(lab: StoreLab, record: Record, **how: Any) -> tuple[dict[str, Any], str]:
    """Let a record be refused, and return how it is shown: as JSON, and for people."""
    lab.write_one(record, **how)
    connection = lab.store.connection
    view = get_task(connection, GetTask(task_id="task-1"))
    steps = list_steps(connection, ListSteps(session_id="task-1")).items
    row = list_set_aside(connection, ListSetAside(session_id="task-1")).items[0]
    return conflict_json(row, view, steps), "\n".join(conflict_lines(row, view, steps))


def differs(told: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {one["field"]: (one["stored"], one["set_aside"]) for one in told["differs"]}


def test_another_intent_of_a_step_is_shown_beside_the_stored_one(lab: StoreLab) -> None:
    other = picture_of(b"two")
    told, text = aside(lab, lab.begin(1, action="swipe", picture=other), picture=b"two")
    assert differs(told) == {
        "action": ("tap", "swipe"),
        "screenshot_digest": (picture_of(b"one").digest, other.digest),
    }
    assert told["record"]["action"] == "swipe"
    assert "another intent is stored as step 1 of task task-1" in text
    assert "(CONFLICT)" in text
    assert "from worker-1 a000000000000001 at 2026-01-01T" in text
    assert "  action\n    stored:    tap\n    set aside: swipe" in text


def test_another_outcome_and_another_note_are_shown_beside_the_stored_ones(lab: StoreLab) -> None:
    told, _ = aside(lab, lab.finish(1, outcome=Outcome.FAILED, message="no"))
    assert differs(told) == {"outcome": ("done", "failed"), "message": ("done", "no")}
    told, text = aside(lab, lab.note("note-1", "as it is now"))
    assert differs(told) == {"text": ("as it was", "as it is now")}
    assert "set aside: as it is now" in text


def test_what_stands_under_no_key_is_shown_as_it_says(lab: StoreLab) -> None:
    told, text = aside(lab, lab.begin(7, action="tap"), sender=OTHER)
    assert told["differs"] is None
    assert "nothing is stored under its key; what it says:" in text
    assert "    thinking: thought 7" in text
    assert "    action: tap" in text


@pytest.mark.parametrize("raw", ["not JSON \\x00", "[1, 2]", "{"])
def test_what_cannot_be_read_is_shown_as_it_came(lab: StoreLab, raw: str) -> None:
    view = get_task(lab.store.connection, GetTask(task_id="task-1"))
    fields: dict[str, Any] = {"session_id": "task-1", "kind": "outbox file", "code": "BAD_REQUEST", "message": "no"}
    row = SetAsideRow(seq=9, raw=raw, sender="worker-1", incarnation="a", at="then", **fields)
    assert conflict_json(row, view, ())["record"] is None
    assert conflict_lines(row, view, ())[-1] == f"  as it came: {raw}"


def test_a_record_that_is_refused_for_itself_may_say_the_same(lab: StoreLab) -> None:
    told, text = aside(lab, lab.finish(1, message="done"), sender=OTHER)
    assert told["differs"] == []
    assert "it says the same as what is stored" in text
