"""The tray: a message when a task has ended, once for a moment's; a click opens it. Else the window says it."""

from __future__ import annotations

import pytest
from fake_desk_run import task_row
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from gui import tray as module
from gui.icon import app_icon
from gui.tray import Tray
from shared.messages import GetTask, StateChanged, TaskView
from shared.task_state import TaskEvent, TaskState
from worker.errors import Unanswered


class Window(QWidget):
    active = False

    def isActiveWindow(self):  # noqa: N802 - Qt's name
        return self.active


@pytest.fixture
def window(qtbot):
    made = Window()
    qtbot.addWidget(made)
    return made


@pytest.fixture(params=[True, False], ids=["tray", "no tray"])
def tray(request, core, window, monkeypatch):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: request.param))
    monkeypatch.setattr(module, "_GATHER_MS", 20)
    shown = []
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _self, *given: shown.append(given[:2]))
    made = Tray(core.desk, window)
    made.shown = lambda: shown if request.param else [tuple(told.split(": ", 1)) for told, _ in core.told]
    yield made
    made.hide()


def ended(number=1, state=TaskState.SUCCESS, reason=""):
    return StateChanged(
        session_id=f"{number:032d}",
        from_state=TaskState.RUNNING,
        to_state=state,
        event=next(iter(TaskEvent)),
        reason=reason,
        by="x",
    )


def tell(core, qtbot, tray, state=TaskState.FAILED, error="no app"):
    core.publish(ended(state=state))
    qtbot.waitUntil(lambda: bool(core.asked(GetTask)))
    task = task_row(f"{1:032d}", task_description="Turn on\ndark mode", final_status=state, error_message=error)
    core.answer_only(GetTask, TaskView(task=task, transitions=(), notes=(), set_aside=0, timeline="t", seq=1))


def test_an_ending_is_told_with_its_task_and_why(tray, core, qtbot):
    tell(core, qtbot, tray)
    assert tray.shown() == [("Turn on dark mode", "failed · no app")]


def test_a_click_opens_the_task(tray, core, qtbot, window):
    tell(core, qtbot, tray)
    with qtbot.waitSignal(core.desk.open_task) as opened:
        tray._open()
    assert opened.args == [f"{1:032d}", None]
    assert window.isVisible()


def test_many_ends_of_a_moment_are_one_message(tray, core, qtbot):
    core.publish(*(ended(number) for number in range(20)), ended(99, TaskState.CRASHED))
    qtbot.waitUntil(lambda: bool(tray.shown()))
    assert len(tray.shown()) == 1
    assert "21" in tray.shown()[0][0]
    assert "20" in tray.shown()[0][1]
    assert core.asked(GetTask) == []


def test_nothing_is_told_when_it_is_not_wanted_or_the_window_is_looked_at(tray, core, qtbot, window):
    core.desk.state.now.notify = False
    core.publish(ended())
    core.desk.state.now.notify, window.active = True, True
    core.publish(ended())
    qtbot.wait(60)  # longer than ends are gathered
    assert core.asked(GetTask) == []
    assert tray.shown() == []


def test_a_task_that_ended_since_it_needs_a_person_is_told_as_that(tray, core, qtbot):
    tell(core, qtbot, tray, error=str(Unanswered("confirm: pay 20?", 60.0)))
    assert tray.shown() == [("A task needs you", "Turn on dark mode · confirm: pay 20?")]
    assert tray._session_id == f"{1:032d}"


def test_a_task_that_was_stopped_after_its_agent_had_asked_just_ended(tray, core, qtbot):
    tell(core, qtbot, tray, TaskState.STOPPED, error=f"stopped; meanwhile: {Unanswered('confirm: pay 20?', 60.0)}")
    assert [title for title, _ in tray.shown()] == ["Turn on dark mode"]


def test_among_many_ends_a_click_opens_the_one_that_needs_a_person(tray, core, qtbot):
    asks = ended(7, TaskState.FAILED, reason=str(Unanswered("take over: log in", 60.0)))
    core.publish(*(ended(number) for number in range(3)), asks)
    qtbot.waitUntil(lambda: bool(tray.shown()))
    assert tray.shown()[0][1] == "3 of them without a failure. A task needs you."
    assert tray._session_id == f"{7:032d}"


def test_the_menu_shows_stops_and_closes(tray, core, window):
    from core_desk import running

    show, stop, _line, close = tray._menu.actions()
    assert not stop.isEnabled()
    core.show_tasks(running())
    assert stop.isEnabled()
    stop.trigger()
    assert core.desk.commands.is_asking_to_stop
    show.trigger()
    assert window.isVisible()
    close.trigger()
    assert not window.isVisible()


def test_the_icon_is_drawn_in_every_size_and_with_a_dot_when_a_person_is_needed(qapp):
    plain, dotted = app_icon(), app_icon(attention=True)
    for size in (16, 32, 256):
        assert plain.pixmap(size, size).width() == size
        assert plain.pixmap(size, size).toImage() != dotted.pixmap(size, size).toImage()
