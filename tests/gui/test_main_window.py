"""The window itself: its pages, its shortcuts, and that it comes back as it was."""

from __future__ import annotations

import pytest
from core_desk import CoreDesk, running
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from gui import theme
from gui.page_stack import PAGES
from shared.messages import ExpectStop
from shared.settings import Settings


@pytest.fixture
def window(core, qtbot):
    theme.apply(QApplication.instance(), "light")
    made = core.window()
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=2000)
    qtbot.waitUntil(lambda: made.is_whole)
    return made


def shown(window):
    return next(name for name in PAGES if window._stack.page(name) is window._stack.currentWidget())


def test_ctrl_1_to_4_show_the_pages_and_the_page_is_remembered(window, core, qtbot):
    for number, name in enumerate(PAGES, 1):
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0.value + number), Qt.KeyboardModifier.ControlModifier)
        assert shown(window) == name == core.desk.state.now.page
        assert window._bar.buttons[name].isChecked()


def test_the_bar_shows_pages_too(window, qtbot):
    qtbot.mouseClick(window._bar.buttons["settings"], Qt.MouseButton.LeftButton)
    assert shown(window) == "settings"


def test_a_task_is_opened_in_run(window, core):
    core.desk.open_task.emit("a" * 32, 3)
    assert shown(window) == "run"
    assert (core.desk.state.now.session_id, core.desk.state.now.step_num) == ("a" * 32, 3)


def test_ctrl_shift_dot_stops_everything(window, core, qtbot):
    core.show_tasks(running())
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Period, keys)
    assert len(core.asked(ExpectStop)) == 1


def test_a_rebuilt_window_is_at_the_same_place_with_the_same_focus(window, core, qtbot):
    window.show_page("settings")
    core.desk.state.now.settings.section = "tasks"
    window.rebuild()
    first = window.centralWidget()
    qtbot.waitUntil(lambda: window.centralWidget() is not first)
    field = window.centralWidget().findChild(QWidget, "task.max_steps")
    qtbot.waitUntil(field.isVisible)
    field.setFocus()
    second = window.centralWidget()
    window.rebuild()
    window.rebuild()  # language and theme may change together
    qtbot.waitUntil(lambda: window.centralWidget() is not second)
    assert shown(window) == "settings"
    again = window.centralWidget().findChild(QWidget, "task.max_steps")
    qtbot.waitUntil(lambda: window.focusWidget() is again)


class OtherWindows(QObject):
    """Notes each widget that is shown as a window of its own: it would flash up, and take the keyboard."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, watched, event):  # noqa: N802
        if isinstance(watched, QWidget) and watched.isWindow() and event.type() == QEvent.Type.Show:
            self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_nothing_flashes_up_while_the_window_is_built(window, qtbot):
    others = OtherWindows()
    QApplication.instance().installEventFilter(others)
    first = window.centralWidget()
    window.rebuild()
    qtbot.waitUntil(lambda: window.centralWidget() is not first)
    for page in ("run", "history", "settings", "phones"):
        window.show_page(page)
    QApplication.instance().removeEventFilter(others)
    assert others.seen == []


def test_a_rebuilt_window_leaves_nothing_behind(window, core, qtbot):
    def widgets():
        return len(QApplication.allWidgets())

    def rebuild():
        first = window.centralWidget()
        window.rebuild()
        qtbot.waitUntil(lambda: window.centralWidget() is not first and window.is_whole)

    rebuild()
    qtbot.wait(50)
    once = widgets()
    for _ in range(5):
        rebuild()
    qtbot.waitUntil(lambda: widgets() <= once + 5)
    core.desk.tell.emit("still heard", False)


def test_sentences_are_shown(window, core):
    core.desk.tell.emit("not so", True)
    notice = next(one for one in window.findChildren(QWidget) if one.accessibleName() == "not so")
    assert notice.isVisible()


def test_a_demo_says_so_in_its_title(core, qtbot):
    core.desk.demo = True
    made = core.window()
    assert made.windowTitle() == "Demo — Stepwell"


def test_size_and_place_come_back(window, core, qtbot):
    window.resize(960, 640)  # the screen in memory is narrow
    qtbot.waitUntil(lambda: core.desk.state.now.geometry != "")
    again = core.window()
    assert (again.width(), again.height()) == (960, 640)


def test_other_settings_are_taken_once(core, qtbot):
    told = []
    core.desk.settings_changed.connect(lambda: told.append(1))
    core.desk.take_settings(Settings(language="zh"))
    core.desk.take_settings(Settings(language="zh"))
    assert told == [1]


def test_a_start_in_another_language_is_spoken_until_a_person_chooses_and_the_next_one_knows_nothing_of_it(tmp_path):
    chinese = {"start_id": "first", "options": {"language": "zh"}}
    core = CoreDesk(tmp_path, **chinese)
    assert core.desk.language == "zh"
    core.desk.take_settings(Settings(log_level="debug"))
    assert core.desk.language == "zh", "no language was chosen"
    told = []
    core.desk.settings_changed.connect(lambda: told.append(core.desk.language))
    core.desk.language_chosen()
    assert told == ["en"], "also where the settings stay as they were"
    core.close()
    killed = CoreDesk(tmp_path, **chinese)
    assert killed.desk.language == "en"
    killed.close()
    for start, language in (({"start_id": "second"}, "en"), (chinese | {"start_id": "third"}, "zh")):
        later = CoreDesk(tmp_path, **start)
        assert later.desk.language == language
        later.close()


@pytest.mark.parametrize("page", PAGES)
def test_whatever_can_be_pressed_has_a_name_and_whatever_is_typed_in_too(window, page):
    window.show_page(page)
    nameless = [
        one
        for one in window._stack.page(page).findChildren(QPushButton)
        if not (one.accessibleName() or one.text()) and not one.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_it_fits_1200_by_700_and_smaller(window):
    assert window.minimumSizeHint().width() <= 1200
    assert window.minimumSizeHint().height() <= 700
