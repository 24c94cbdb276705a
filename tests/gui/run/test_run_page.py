"""The page RUN as a person uses it: following, walking, jumping, stopping, judging; and with the store away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fake_desk_run import SESSION, FakeDesk, step_row, task_row
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.pages.run.page import RunPage
from gui.pages.run.step_pages import PAGE, PAGES_MAX
from shared.messages import (
    BeginStep,
    Done,
    ExpectStop,
    GetLive,
    ListSteps,
    Live,
    Outcome,
    StepBegun,
    StopTask,
    TaskDeleted,
)
from shared.task_state import TaskState

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gui.pages.run.run_view import RunView

Build = "Callable[..., RunPage]"
RUNNING: dict[str, Any] = {"final_status": TaskState.RUNNING, "ended_at": None, "claimed_by": "worker-1"}


def view_of(page: RunPage) -> RunView:
    assert page.view is not None
    return page.view


def begin(desk: FakeDesk, step_num: int) -> None:
    """Let the agent begin a step: committed, then published."""
    desk.store.steps[SESSION][step_num] = step_row(step_num, outcome=None)
    task = desk.store.tasks[SESSION]
    desk.store.tasks[SESSION] = replace(task, total_steps=len(desk.store.steps[SESSION]))
    desk.link.publish(StepBegun(step=BeginStep(session_id=SESSION, step_num=step_num), picture_path=None))


def test_a_run_of_100_000_steps_opens_at_any_step_by_reading_what_is_seen(run_of: Build, desk: FakeDesk) -> None:
    view = view_of(run_of(100_000, 50_000))
    assert view.selected == 50_000
    assert len(desk.link.of(ListSteps)) <= 6
    assert view.steps.model().rowCount() == 100_000


def test_a_remembered_step_that_is_not_there_shows_the_last_one(desk: FakeDesk, qtbot: QtBot) -> None:
    desk.store.add(task_row(), [step_row(number) for number in range(1, 11)])
    page = RunPage(desk)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show_task(SESSION, 50)
    page.show()
    qtbot.waitUntil(lambda: page.view is not None and page.view.selected == 10)
    desk.store.steps[SESSION] |= {number: step_row(number) for number in range(11, 50)}
    begin(desk, 50)
    qtbot.waitUntil(lambda: view_of(page).selected == 50)


def test_memory_stays_flat_while_a_long_run_is_scrolled_through(run_of: Build, qtbot: QtBot) -> None:
    view = view_of(run_of(20_000))
    bar = view.steps.verticalScrollBar()
    for place in range(0, bar.maximum(), bar.maximum() // 60):
        bar.setValue(place)
        first = view.steps.visible_numbers()[0]
        qtbot.waitUntil(lambda first=first: view.reader.row(first) is not None)
    assert view.reader.pages.held <= PAGE * PAGES_MAX


def test_the_model_keeps_the_rules_while_the_run_grows(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(3, **RUNNING))
    tester = QAbstractItemModelTester(view.steps.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    for number in (4, 5, 9):
        begin(desk, number)
        qtbot.waitUntil(lambda number=number: view.steps.model().rowCount() == number)
    qtbot.waitUntil(lambda: view.reader.pages.is_gap(7))
    assert "not in the store" not in str(view.steps.model().index(8, 0).data())
    tester.deleteLater()


def test_the_newest_step_is_followed_until_a_person_selects_an_older_one(
    run_of: Build, desk: FakeDesk, qtbot: QtBot
) -> None:
    view = view_of(run_of(3, **RUNNING))
    begin(desk, 4)
    qtbot.waitUntil(lambda: view.selected == 4)
    assert desk.state.now.step_num is None
    qtbot.keyClick(view.steps, Qt.Key.Key_Up)
    assert view.selected == 3
    assert not view.bar.follow_button.isHidden()
    begin(desk, 5)
    qtbot.waitUntil(lambda: view.reader.pages.count == 5)
    assert view.selected == 3
    qtbot.keyClick(view.steps, Qt.Key.Key_L)
    assert view.selected == 5
    assert view.bar.follow_button.isHidden()


def test_scrolling_back_stops_following(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(60, **RUNNING))
    view.steps.verticalScrollBar().setValue(0)
    view.steps.scrolled_back.emit()
    begin(desk, 61)
    qtbot.waitUntil(lambda: view.reader.pages.count == 61)
    assert view.selected == 60
    assert not view.bar.follow_button.isHidden()


def test_a_step_in_view_stays_in_view_when_the_window_becomes_smaller(run_of: Build) -> None:
    page = run_of(40, 8)
    view = view_of(page)
    page.resize(1000, 620)
    assert 8 in view.steps.visible_numbers()[: view.steps.viewport().height() // 64 + 1]
    assert not view.details.isHidden()


@pytest.mark.parametrize(("key", "selected"), [(Qt.Key.Key_Home, 1), (Qt.Key.Key_End, 300), (Qt.Key.Key_Up, 149)])
def test_the_keys_walk_the_steps(run_of: Build, qtbot: QtBot, key: Qt.Key, selected: int) -> None:
    view = view_of(run_of(300, 150))
    qtbot.keyClick(view.steps, key)
    assert view.selected == selected
    qtbot.waitUntil(lambda: view.reader.row(selected) is not None)


def test_f_jumps_to_the_next_failure_wherever_it_is(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(3000, 1))
    desk.store.steps[SESSION][2500] = step_row(2500, outcome=Outcome.UNKNOWN)
    qtbot.keyClick(view.steps, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: view.selected == 2500)
    with qtbot.waitSignal(desk.tell) as told:
        qtbot.keyClick(view.steps, Qt.Key.Key_F)
    assert "No step failed after this one" in told.args[0]
    assert view.selected == 2500


def test_space_plays_the_run_back_and_stops_at_its_end(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(4, 1))
    desk.state.now.run.speed = 16
    seen: list[int] = []
    view.player.due.connect(lambda: seen.append(view.selected))
    qtbot.keyClick(view.steps, Qt.Key.Key_Space)
    assert view.player.is_playing
    qtbot.waitUntil(lambda: not view.player.is_playing)
    assert view.selected == 4
    assert 2 in seen
    assert 3 in seen


def test_b_shows_the_screen_after_the_action(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(3, 1))
    qtbot.keyClick(view.steps, Qt.Key.Key_B)
    assert view.screen_pane.buttons["after"].isChecked()
    assert desk.state.now.run.after


def test_stop_answers_at_once_and_says_that_nothing_is_recorded_yet(
    run_of: Build, desk: FakeDesk, qtbot: QtBot
) -> None:
    page = run_of(3, **RUNNING)
    view = view_of(page)
    qtbot.waitUntil(view.header.stop.isEnabled)
    desk.link.answers[ExpectStop] = Done()
    qtbot.keyClick(view.steps, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert not view.header.stop.isEnabled()
    assert "not recorded yet" in view.header.why.text()
    qtbot.waitUntil(lambda: [message.session_id for message in desk.link.of(StopTask)] == [SESSION])
    desk.store.tasks[SESSION] = replace(
        desk.store.tasks[SESSION], final_status=TaskState.STOPPED, ended_at="2026-01-01 10:00:09"
    )
    desk.link.resync.emit()
    qtbot.waitUntil(lambda: "stopped after 3 step" in view.header.why.text())
    assert view.header.stop.isHidden()


def test_export_asks_where_to_for_this_run(run_of: Build, qtbot: QtBot) -> None:
    from gui.export_choice import ExportChoice

    view = view_of(run_of(3))
    qtbot.waitUntil(lambda: not view.header.export.isHidden())
    view.header.export.click()
    asked = view.findChildren(ExportChoice)
    assert [dialog._ids for dialog in asked] == [[SESSION]]
    asked[0].close()


def test_with_the_store_away_it_shows_what_it_has_and_catches_up(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(3, **RUNNING))
    desk.link.is_away = True
    qtbot.keyClick(view.steps, Qt.Key.Key_Up)
    assert view.reader.row(2) is not None
    desk.store.steps[SESSION][4] = step_row(4)
    desk.store.tasks[SESSION] = replace(desk.store.tasks[SESSION], total_steps=4, final_status=TaskState.FAILED)
    desk.link.come_back()
    qtbot.waitUntil(lambda: view.reader.pages.count == 4)
    qtbot.waitUntil(lambda: view.header.badge.text == "failed")
    assert view.selected == 2


def test_what_streams_is_marked_as_not_recorded_and_ends_with_the_task(
    run_of: Build, desk: FakeDesk, qtbot: QtBot
) -> None:
    live = Live(session_id=SESSION, step_num=4, phase="thinking", thinking="I see", since_s=1.0)
    desk.link.answers[GetLive] = live
    view = view_of(run_of(3, **RUNNING))
    thinking: Any = view.details.tabs["thinking"]
    qtbot.waitUntil(lambda: not thinking.live_card.isHidden())
    assert thinking.stream.toPlainText() == "I see"
    assert "not recorded" in thinking._not_recorded.text
    qtbot.keyClick(view.steps, Qt.Key.Key_Up)
    qtbot.waitUntil(thinking.live_card.isHidden)


def test_a_task_that_was_deleted_leaves_the_page_with_a_sentence(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    page = run_of(3)
    del desk.store.tasks[SESSION]
    desk.link.publish(TaskDeleted(session_id=SESSION, by="cli-1"))
    qtbot.waitUntil(lambda: page.view is None)
    assert desk.state.now.session_id is None
    assert page.chooser.isVisible()


def test_it_comes_back_where_it_was(run_of: Build, desk: FakeDesk, qtbot: QtBot) -> None:
    view = view_of(run_of(300, 150))
    view.details.setCurrentIndex(3)
    view.screen_pane.full_button.click()
    desk.state.close()
    again = RunPage(desk)  # type: ignore[arg-type]
    qtbot.addWidget(again)
    again.show()
    reopened = view_of(again)
    qtbot.waitUntil(lambda: reopened.selected == 150)
    assert reopened.details.currentIndex() == 3
    assert reopened.screen_pane.full_button.isChecked()


def test_running_tasks_are_one_key_away(desk: FakeDesk, qtbot: QtBot) -> None:
    desk.store.add(task_row("b" * 32), [])
    desk.store.add(task_row("c" * 32, **RUNNING), [])
    desk.fleet.read()
    page = RunPage(desk)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(page.chooser.lines()) == 2)
    qtbot.keyClick(page.chooser, Qt.Key.Key_1)
    assert view_of(page).session_id == "c" * 32
    qtbot.keyClick(view_of(page), Qt.Key.Key_Escape)
    assert page.view is None


def test_with_no_task_at_all_it_says_what_would_be_here(desk: FakeDesk, qtbot: QtBot) -> None:
    page = RunPage(desk)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(page.chooser._empty.isVisible)
    assert not page.chooser._scroll.isVisible()


def test_everything_that_can_be_used_has_an_accessible_name(run_of: Build) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QLineEdit, QPlainTextEdit, QScrollBar

    page = run_of(3)
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QAbstractSlider)
    nameless = [
        widget
        for kind in kinds
        for widget in page.findChildren(kind)
        if not widget.accessibleName()
        and not isinstance(widget, QScrollBar)
        and not widget.objectName().startswith(("qt_", "Scroll"))
    ]
    assert not [widget for widget in nameless if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
