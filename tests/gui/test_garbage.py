"""Garbage is searched for in the window's thread alone; what lasts is spared, and found when it no longer lasts."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.garbage import Garbage
from gui.page_stack import PAGES


@pytest.fixture
def window(core, qtbot):
    theme.apply(QApplication.instance(), "light")
    made = core.window()
    garbage = Garbage(made)
    made.show()
    qtbot.waitUntil(lambda: gc.get_freeze_count() > 0)
    yield made
    garbage.close()


def rebuild(window, qtbot):
    """Build it anew, and return what the old one was made of."""
    pages = [window._stack.page(name) for name in PAGES]
    parts = [*pages, window.centralWidget(), window._bar, window._stack, pages[0].task_input, pages[1].view]
    old = [weakref.ref(part) for part in parts if part is not None]
    del pages, parts
    again = []
    window.whole.connect(lambda: again.append(1))
    window.rebuild()
    qtbot.waitUntil(lambda: bool(again))
    return old


def test_a_search_for_garbage_looks_at_little_once_the_window_is_whole(window):
    assert window.is_whole
    assert len(gc.get_objects()) * 10 < gc.get_freeze_count()


def test_windows_that_were_built_anew_leave_nothing_behind(window, qtbot):
    rebuild(window, qtbot)
    widgets = len(QApplication.allWidgets())
    for _ in range(3):
        old = rebuild(window, qtbot)
        assert [part() for part in old if part() is not None] == []
        assert len(QApplication.allWidgets()) <= widgets + 5
        assert gc.get_freeze_count() > 0, "and the new one is spared again"


def test_left_out_of_sight_an_old_window_would_stay(window, qtbot):
    window.renewed.disconnect(gc.unfreeze)
    rebuild(window, qtbot)  # pages that were loaded now, too, are out of sight from here on
    old = rebuild(window, qtbot)
    assert [part() for part in old if part() is not None], "so the test before this one can fail"


class Circle(QObject):
    """Garbage as a dialog leaves it: it holds itself, and has a timer that goes on."""

    def __init__(self):
        super().__init__()
        self.itself = self
        self.timer = QTimer(self, interval=1)
        self.timer.start()


class Busy(QRunnable):
    """What a reader of logs does to Python: it makes more than enough objects for a search, and keeps them."""

    def __init__(self, kept):
        super().__init__()
        self.kept = kept

    def run(self):
        self.kept += [[] for _ in range(20_000)]


def test_the_windows_garbage_is_destroyed_in_its_own_thread_whatever_other_threads_do(window, qtbot):
    found_in, searched_by, kept = [], [], []

    def note(_phase, _facts):
        searched_by.append(threading.current_thread())

    gc.callbacks.append(note)
    pool = QThreadPool()
    try:
        for _ in range(20):
            weakref.finalize(Circle(), lambda: found_in.append(threading.current_thread()))
        pool.start(Busy(kept))
        assert pool.waitForDone(10_000)
        qtbot.waitUntil(lambda: len(found_in) == 20)
    finally:
        gc.callbacks.remove(note)
    assert set(found_in) == set(searched_by) == {threading.main_thread()}


def test_left_to_python_another_thread_would_search(window):
    """So the test before this one can fail. No garbage is there: to destroy it would be the crash."""
    gc.collect()
    searched_by, kept = [], []

    def note(_phase, _facts):
        searched_by.append(threading.current_thread())

    gc.callbacks.append(note)
    gc.enable()
    pool = QThreadPool()
    try:
        pool.start(Busy(kept))
        assert pool.waitForDone(10_000)
    finally:
        gc.disable()
        gc.callbacks.remove(note)
    assert any(one is not threading.main_thread() for one in searched_by)
