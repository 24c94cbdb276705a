"""A run that was imported from an older program: where it came from, and nothing said that is not known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fake_desk_run import SESSION

from shared.messages import TransitionRow
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_desk_run import FakeDesk
    from pytestqt.qtbot import QtBot

    from gui.pages.run.page import RunPage

SOURCE = "/old/logs/tasks.db"
BEGAN = "2025-03-03T21:06:07.000Z"


@pytest.mark.parametrize(("ended", "lasted"), [(BEGAN, ""), ("2025-03-03T21:06:09.000Z", "2.0 s")])
def test_the_head_says_that_it_was_imported_and_no_limit_or_time_that_nobody_knows(
    run_of: Callable[..., RunPage], qtbot: QtBot, ended: str, lasted: str
) -> None:
    page = run_of(
        3,
        source=SOURCE,
        max_steps=0,
        total_time=None,
        started_at=BEGAN,
        ended_at=ended,
        final_status=TaskState.CRASHED,
    )
    assert page.view is not None
    header = page.view.header
    qtbot.waitUntil(lambda: "imported" in header.facts.text())
    parts = header.facts.text().split("  ·  ")
    assert parts[-1] == "imported"
    assert any(part.startswith("3 step") for part in parts)
    assert ("2.0 s" in parts) == bool(lasted)
    assert header.facts.toolTip() == SOURCE


def test_its_story_begins_with_the_import(run_of: Callable[..., RunPage], desk: FakeDesk, qtbot: QtBot) -> None:
    change = TransitionRow(
        seq=5,
        session_id=SESSION,
        from_state=None,
        to_state=TaskState.CRASHED,
        event="imported",
        at="2026-01-01T10:00:00.000Z",
        reason=f"imported from {SOURCE}; it was RUNNING there",
        by="import",
    )
    desk.store.views[SESSION] = {"transitions": (change,)}
    page = run_of(2, final_status=TaskState.CRASHED, source=SOURCE)
    view = page.view
    assert view is not None
    qtbot.waitUntil(lambda: not view.header.story_button.isHidden())
    told = view.header.story._change(change)
    assert told.startswith("imported → ")
    assert "it was RUNNING there" in told
