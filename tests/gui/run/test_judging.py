"""Judging in RUN: a step in its tab, the whole task in the head and below it; what is typed is kept until recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_desk_run import SESSION, FakeDesk
from PySide6.QtCore import Qt

from shared.errors import ErrorCode
from shared.messages import ErrorInfo, Label, LabelTask
from shared.task_state import TaskState

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from gui.pages.run.page import RunPage
    from gui.pages.run.run_view import RunView

Build = "Callable[..., RunPage]"
RUNNING: dict[str, Any] = {"final_status": TaskState.RUNNING, "ended_at": None, "claimed_by": "worker-1"}


def view_of(page: RunPage) -> RunView:
    assert page.view is not None
    return page.view


def test_a_judgement_is_shown_when_it_is_recorded(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.state.now.run_tab = "action"
    view = view_of(run_of(3, 2))
    judgement: Any = view.details.tabs["action"].judgement  # type: ignore[attr-defined]
    qtbot.keyClicks(judgement.correction, "the other switch")
    assert desk.state.now.run.corrections == {f"{SESSION}/2": "the other switch"}
    judgement.wrong.click()
    assert not judgement.wrong.isChecked(), "a click is not a record"
    qtbot.waitUntil(judgement.wrong.isChecked)
    sent = desk.link.of(LabelTask)[-1]
    assert (sent.step_num, sent.label, sent.correction) == (2, Label.WRONG, "the other switch")
    assert desk.state.now.run.corrections == {}


def test_a_refused_correction_says_so_and_is_not_lost(
    run_of: Build, desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.state.now.run_tab = "action"
    judgement: Any = view_of(run_of(3, 2)).details.tabs["action"].judgement  # type: ignore[attr-defined]
    answer = desk.store.answer
    refused = ErrorInfo(code=ErrorCode.STORE_FULL, message="no space")
    monkeypatch.setattr(desk.store, "answer", lambda m: refused if isinstance(m, LabelTask) else answer(m))
    told: list[str] = []
    desk.tell.connect(lambda sentence, _bad: told.append(sentence))
    qtbot.keyClicks(judgement.correction, "the other switch")
    qtbot.keyClick(judgement.correction, Qt.Key.Key_Return)
    assert "not recorded yet" in judgement._state.text()
    assert desk.state.now.run.corrections == {f"{SESSION}/2": "the other switch"}, "the window may be killed now"
    qtbot.waitUntil(lambda: bool(told))
    assert judgement._state.text() == f"Not recorded: {told[0]}"
    assert judgement.correction.text() == "the other switch"
    assert desk.state.now.run.corrections == {f"{SESSION}/2": "the other switch"}
    assert judgement.save.isEnabled()
    monkeypatch.undo()
    judgement.save.click()
    qtbot.waitUntil(judgement.wrong.isChecked)
    assert desk.state.now.run.corrections == {}


def test_the_whole_task_is_judged_in_the_head(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(3))
    qtbot.waitUntil(lambda: not view.header.right.isHidden())
    view.header.right.click()
    qtbot.waitUntil(view.header.right.isChecked)
    view.header.right.click()
    qtbot.waitUntil(lambda: not view.header.right.isChecked())
    assert [message.label for message in desk.link.of(LabelTask)] == [Label.RIGHT, None]


def test_what_would_have_been_right_of_the_whole_task_is_typed_below_the_head(
    run_of: Build, desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.state.now.run_tab = "action"
    view = view_of(run_of(3, 2))
    story, step = view.header.story, view.details.tabs["action"].judgement  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not view.header.wrong.isHidden())
    qtbot.keyClicks(step.correction, "of the step")
    view.header.wrong.click()
    assert story.isVisible()
    assert story.focusWidget() is story.judgement.correction, "it can be typed at once"
    qtbot.keyClicks(story.judgement.correction, "of the task")
    kept = {f"{SESSION}/2": "of the step", SESSION: "of the task"}
    assert desk.state.now.run.corrections == kept, "neither takes the other's place"
    qtbot.keyClick(story.judgement.correction, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "of the task" in view.header.why.text())
    sent = desk.link.of(LabelTask)[-1]
    assert (sent.step_num, sent.label, sent.correction) == (None, Label.WRONG, "of the task")
    assert story.judgement._state.text() == "Recorded: wrong. of the task"
    assert desk.state.now.run.corrections == {f"{SESSION}/2": "of the step"}
    story.hide()


def test_a_task_that_has_not_ended_is_not_judged(run_of: Build, qtbot: QtBot) -> None:
    view = view_of(run_of(3, **RUNNING))
    qtbot.waitUntil(view.header.stop.isEnabled)
    assert view.header.story.judgement.isHidden()
