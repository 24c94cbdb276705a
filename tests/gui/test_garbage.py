"""What the window is made of is not searched for garbage while it lasts, and is found when it no longer does."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.garbage import spare_what_lasts
from gui.page_stack import PAGES


@pytest.fixture
def window(core, qtbot):
    theme.apply(QApplication.instance(), "light")
    made = core.window()
    spare_what_lasts(made)
    made.show()
    qtbot.waitUntil(lambda: gc.get_freeze_count() > 0)
    yield made
    gc.unfreeze()


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
