"""Closing the window with tasks at work: it asks, in true words, and a stop has left before the window goes."""

from __future__ import annotations

import pytest
from core_desk import no_answer, running
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from gui.closing import ClosingQuestion
from shared.messages import Done, ExpectStop, ForceStop, Stopping, StopTask


@pytest.fixture
def parent(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def closing(core, parent):
    made = ClosingQuestion(core.desk, parent)
    made.decisions = []
    made.decided.connect(lambda: made.decisions.append(1))
    return made


def test_with_nothing_at_work_it_just_closes(closing):
    closing.ask()
    assert closing.decisions == [1]
    assert closing._box is None


def test_it_asks_once_and_keeps_the_tasks_running(closing, core):
    core.show_tasks(running())
    closing.ask()
    closing.ask()
    box = closing._box
    assert "1 task" in box.text()
    assert "stepwell gui" in box.informativeText()
    assert box.defaultButton() is closing._keep
    closing._keep.click()
    assert closing.decisions == [1]
    assert core.asked(ExpectStop) == []


def test_escape_keeps_the_window(closing, core, qtbot):
    core.show_tasks(running())
    closing.ask()
    qtbot.keyClick(closing._box, Qt.Key.Key_Escape)
    assert closing.decisions == []
    assert core.asked(ExpectStop) == []
    closing.ask()
    assert closing._box is not None, "it asks again the next time"


def test_a_stop_is_in_good_hands_before_the_window_goes(closing, core):
    core.show_tasks(running())
    closing.ask()
    closing._end.click()
    assert closing.decisions == []
    core.expect_stop()
    core.answer_only(StopTask, no_answer())
    assert closing.decisions == []
    core.answer_only(ForceStop, Done())
    assert closing.decisions == [1]


def test_a_second_close_does_not_wait_for_the_stop(closing, core):
    core.show_tasks(running())
    closing.ask()
    closing._end.click()
    closing.ask()
    assert closing.decisions == [1]


def test_a_stop_that_nobody_answers_does_not_hold_the_window_for_ever(core, parent, qtbot, monkeypatch):
    monkeypatch.setattr("gui.closing._STOPS_S", 0.05)
    closing = ClosingQuestion(core.desk, parent)
    core.show_tasks(running())
    closing.ask()
    with qtbot.waitSignal(closing.decided):
        closing._end.click()


@pytest.mark.parametrize("choice", ["keep", "stop"])
def test_the_answer_is_remembered_when_the_person_says_so(closing, core, choice):
    core.show_tasks(running())
    closing.ask()
    closing._always.setChecked(True)
    (closing._keep if choice == "keep" else closing._end).click()
    assert core.desk.state.now.on_close == choice
    for _ in core.asked(ExpectStop):
        core.expect_stop()
        core.answer_only(StopTask, Stopping(session_id="a" * 32))
    assert closing.decisions == [1]
    closing._is_stopping = False
    closing.ask()
    assert closing._box is None, "it is not asked again"


def test_a_demo_that_ends_with_its_window_says_so_and_offers_nothing_else(closing, core):
    core.desk.ends_with_window = True
    core.desk.state.now.on_close = "keep"
    core.show_tasks(running())
    closing.ask()
    box = closing._box
    assert "demo ends" in box.informativeText()
    assert closing._keep is None
    assert closing._always is None
    assert box.defaultButton() is not closing._end
    closing._end.click()
    core.expect_stop()
    core.answer_only(StopTask, Stopping(session_id="a" * 32))
    assert closing.decisions == [1]


def test_the_window_stays_until_it_is_decided(core, qtbot, monkeypatch):
    ends = []
    monkeypatch.setattr(QApplication, "exit", lambda code=0: ends.append(code))
    window = core.window()
    window.show()
    core.show_tasks(running())
    window.close()
    assert window.isVisible()
    assert ends == []
    window._closing._keep.click()
    assert ends == [0]
