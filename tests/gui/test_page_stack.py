"""The pages come one by one: the one that is looked at first, the others when it is drawn or when they are needed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from gui import app as app_module
from gui import theme
from gui.page_stack import PAGES


@pytest.fixture
def window(core):
    theme.apply(QApplication.instance(), "light")
    return core.window()


def built(window):
    return [name for name in PAGES if name in window._stack._pages]


def show(window, qtbot):
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=2000)


@pytest.mark.parametrize("page", PAGES)
def test_only_the_page_that_was_shown_last_is_built_before_the_window_is_drawn(core, qtbot, page):
    core.desk.state.now.page = page
    made = core.window()
    at_first_frame = []
    made.drawn.connect(lambda: at_first_frame.append(built(made)))
    assert built(made) == [page]
    made.show()
    qtbot.waitUntil(lambda: made.is_whole)
    assert at_first_frame == [[page]]
    assert built(made) == list(PAGES)
    assert made._stack.currentWidget() is made._stack.page(page)


def test_a_window_that_is_not_drawn_builds_no_page_that_nobody_asked_for(window, qtbot):
    qtbot.wait(50)
    assert built(window) == ["phones"]


def test_a_page_is_there_at_once_when_a_person_goes_to_it_before_its_turn(window, qtbot):
    show(window, qtbot)
    window._go_to("settings")
    assert window._stack.currentWidget() is window._stack.page("settings")
    assert QApplication.focusWidget() is window._stack.page("settings").names
    qtbot.waitUntil(lambda: window.is_whole)
    assert window._stack.currentWidget() is window._stack.page("settings")


def test_a_task_is_opened_although_run_is_not_built_yet(window, core, qtbot):
    assert built(window) == ["phones"]
    core.desk.open_task.emit("a" * 32, 3)
    assert window._stack.currentWidget() is window._stack.page("run")
    assert window._stack.page("run").view.session_id == "a" * 32
    show(window, qtbot)
    qtbot.waitUntil(lambda: window.is_whole)
    assert window._stack.page("run").view.session_id == "a" * 32


def test_what_is_typed_while_the_other_pages_are_built_arrives(window, core, qtbot):
    show(window, qtbot)
    field = window._stack.page("phones").task_input.text
    assert field.hasFocus()
    for letter in "Open Settings":
        qtbot.keyClicks(field, letter)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: window.is_whole)
    assert field.toPlainText() == "Open Settings"
    assert field.hasFocus()


def test_a_rebuilt_window_has_the_page_in_view_first_and_then_the_others(window, qtbot):
    show(window, qtbot)
    qtbot.waitUntil(lambda: window.is_whole)
    window._go_to("history")
    first = window.centralWidget()
    window.rebuild()
    qtbot.waitUntil(lambda: window.centralWidget() is not first)
    assert built(window) == ["history"]
    qtbot.waitUntil(lambda: window.is_whole)


@pytest.mark.parametrize("page", PAGES)
def test_tab_reaches_the_notice_after_the_page_above_it(window, core, qtbot, page):
    """Whatever is built last comes last in Qt's order, so a page built later would come after the notice."""
    show(window, qtbot)
    qtbot.waitUntil(lambda: window.is_whole)
    window._go_to(page)
    core.desk.tell.emit("a sentence", False)
    notice = next(one for one in window.findChildren(QWidget) if one.accessibleName() == "a sentence")
    (close,) = [one for one in notice.parentWidget().findChildren(QPushButton) if one.text() == "✕"]
    before = close.previousInFocusChain()
    while not (before.focusPolicy() & Qt.FocusPolicy.TabFocus and before.isVisible()):
        before = before.previousInFocusChain()
    assert window._stack.page(page).isAncestorOf(before)


class Drawn(QObject):
    drawn = Signal()


def test_the_supervisor_is_told_once_when_the_window_is_on_the_screen(qtbot):
    told, window = [], Drawn()
    app_module._say_when_it_is_drawn(window, SimpleNamespace(ready=lambda: told.append(1)))
    qtbot.wait(30)
    assert told == []
    window.drawn.emit()
    qtbot.waitUntil(lambda: told == [1])
    window.drawn.emit()  # built anew
    qtbot.wait(30)
    assert told == [1]


def test_a_window_that_nothing_draws_is_ready_all_the_same(qtbot, monkeypatch):
    monkeypatch.setattr(app_module, "_DRAWN_MS", 20)
    told, window = [], Drawn()
    app_module._say_when_it_is_drawn(window, SimpleNamespace(ready=lambda: told.append(1)))
    qtbot.waitUntil(lambda: told == [1])
    window.drawn.emit()
    qtbot.wait(30)
    assert told == [1]
