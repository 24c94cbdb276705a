"""The page SETTINGS as a person uses it: by mouse and keys, valid and not, and after a death."""

from __future__ import annotations

import msgspec
from core_desk import process
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton
from settings_page_lab import LOCAL, field, new_page, press

from gui.pages.settings.processes_model import ProcessesModel
from gui.settings_keeper import KeyChange
from shared.settings import Settings, TaskDefaults


def test_sections_are_walked_by_keys_and_remembered(page, core, qtbot):
    page.names.setFocus()
    for name in ("models", "tasks", "about"):
        qtbot.keyClick(page.names, Qt.Key.Key_Down)
        assert core.desk.state.now.settings.section == name
        assert page.sections[name].isVisible()
    assert new_page(core, qtbot).sections["about"].isVisible()


def test_an_unknown_section_is_the_first(page, core, qtbot):
    core.desk.state.now.settings.section = "from a newer window"
    assert new_page(core, qtbot).sections["general"].isVisible()


def test_language_is_changed_at_once_and_stays_when_it_is_refused(page, keeper, qtbot):
    press(page, qtbot, "language-zh")
    assert keeper.wanted[0][0].language == "zh"
    keeper.failed("the file cannot be written")
    assert page.sections["general"].language.buttons["en"].isChecked()


def test_the_language_in_force_is_chosen_by_a_click_though_the_settings_say_it_already(core, keeper, qtbot):
    core.desk._asked_for = "zh"
    page = new_page(core, qtbot)
    assert page.sections["general"].language.buttons["zh"].isChecked()
    press(page, qtbot, "language-en")
    with qtbot.waitSignal(core.desk.settings_changed):
        keeper.succeed()
    assert core.desk.language == "en"


def test_theme_notifications_and_closing_count_at_once(page, core, qtbot):
    with qtbot.waitSignal(core.desk.theme_changed):
        press(page, qtbot, "theme-dark")
    qtbot.mouseClick(page.findChild(QCheckBox, "notify"), Qt.MouseButton.LeftButton, pos=page.rect().topLeft())
    page.sections["general"].notify.setChecked(False)
    page.findChild(QComboBox, "on_close").setCurrentIndex(1)
    now = core.desk.state.now
    assert (now.theme, now.notify, now.on_close) == ("dark", False, "keep")


def test_what_ends_with_its_window_has_no_choice_of_closing(core, keeper, qtbot):
    core.desk.ends_with_window = True
    assert not new_page(core, qtbot).findChild(QComboBox, "on_close").isEnabled()


def test_a_number_that_is_not_allowed_says_why_and_cannot_be_saved(page, core, keeper, qtbot):
    page.show_section("tasks")
    form = page.sections["tasks"].defaults
    edit = field(page, "task.max_steps")
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "0")
    assert not form.save.isEnabled()
    assert edit.property("invalid") is True
    said = [one.text() for one in form.rows_by_name["max_steps"].findChildren(QLabel)]
    assert "This must be 1 to 100,000." in said
    assert edit.accessibleDescription() == "This must be 1 to 100,000."
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert keeper.wanted == []


def test_enter_saves_and_what_was_typed_is_forgotten_then(page, core, keeper, qtbot):
    page.show_section("tasks")
    edit = field(page, "task.max_steps")
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "25")
    assert core.desk.state.now.settings.drafts == {"task.max_steps": "25"}
    assert field(new_page(core, qtbot), "task.max_steps").text() == "25", "it outlives the window"
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert keeper.wanted == [(msgspec.structs.replace(keeper.settings, task=TaskDefaults(max_steps=25)), None)]
    keeper.succeed()
    assert core.desk.state.now.settings.drafts == {}


def test_a_refused_form_keeps_what_was_typed_and_says_why(page, core, keeper, qtbot):
    page.show_section("tasks")
    form = page.sections["tasks"].limits
    edit = field(page, "limits.step_s")
    edit.selectAll()
    qtbot.keyClicks(edit, "60")
    qtbot.mouseClick(form.save, Qt.MouseButton.LeftButton)
    assert keeper.wanted[0][0].limits.step_s == 60.0
    keeper.failed("the disk is full")
    assert form._told.text() == "the disk is full"
    assert form.save.isEnabled()
    qtbot.mouseClick(form.discard, Qt.MouseButton.LeftButton)
    assert edit.text() == "300"
    assert not form.discard.isVisible()


def test_default_model_is_chosen_among_the_profiles(page, keeper, qtbot):
    page.show_section("tasks")
    box = page.findChild(QComboBox, "task.model")
    assert [box.itemData(number) for number in range(box.count())] == ["", "default", "cloud"]
    box.setCurrentIndex(2)
    press(page, qtbot, "save-task")
    assert keeper.wanted[0][0].task.model == "cloud"


def test_profiles_say_where_screenshots_go_and_where_keys_come_from(page):
    cards = page.sections["models"].profiles
    assert cards["default"].where.text() == "Screenshots of your phone stay on this machine."
    assert cards["default"].key.text() == "Key: from $STEPWELL_API_KEY, when that is set."
    assert cards["cloud"].where.text() == "Screenshots of your phone will be sent to api.example.com."
    assert cards["cloud"].key.text() == "Key: a key is set."
    assert "default" not in cards["default"].buttons
    assert "default" in cards["cloud"].buttons


def test_a_demo_says_which_model_answers(core, keeper, qtbot):
    core.desk.demo = True
    said = [one.text() for one in new_page(core, qtbot).sections["models"].findChildren(QLabel)]
    assert any("scripted model" in text for text in said)


def test_without_profiles_it_says_what_is_needed(core, keeper, qtbot):
    keeper.settings = Settings()
    said = [one.text() for one in new_page(core, qtbot).sections["models"].findChildren(QLabel)]
    assert "No model is set up yet" in said


def test_another_default_and_a_removal_are_settings_changes(page, keeper, qtbot):
    page.show_section("models")
    press(page, qtbot, "default-cloud")
    assert keeper.wanted[0][0].task.model == "cloud"
    card = page.sections["models"].profiles["cloud"]
    press(page, qtbot, "remove-cloud")
    assert card._box.defaultButton() is not card._confirm, "what destroys is never pressed by Enter"
    card._confirm.click()
    assert keeper.wanted[1][0].models == {"default": LOCAL}
    assert keeper.wanted[1][1] == KeyChange("cloud")


def test_about_shows_the_stores_figures_and_the_processes(page, core, qtbot):
    page.show_section("about")
    about = page.sections["about"]
    assert "not said anything" in about.facts.value("State")
    core.show_store()
    core.show_processes(process("daemon"), process("worker-1", restarts=2, detail="device d1"))
    assert about.facts.value("Events") == "seq 12,345 of timeline t1"
    assert about.facts.value("Commit") == "1.5 ms typical, 9.3 ms at the 99th percentile"
    assert about.model.rowCount() == 2
    press(page, qtbot, "copy-home")
    assert QGuiApplication.clipboard().text() == str(core.home.root)


def test_the_table_of_processes_is_a_good_model(qapp):
    model = ProcessesModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows = (process("daemon"), process("worker-1", state="failed", pid=None, uptime_s=None, detail="a\nb"))
    for shown in ((), rows, rows, rows[:1], ()):
        model.show_rows(shown)
        assert model.rowCount() == len(shown)
    model.show_rows(rows)
    texts = [[model.index(row, column).data() for column in range(6)] for row in range(2)]
    assert texts == [["daemon", "4711", "ready", "0", "12.0 s", ""], ["worker-1", "", "failed", "0", "", "a b"]]
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Process"
    assert tester.model() is model


def test_everything_can_be_reached_by_tab_and_has_a_name(page, core, qtbot):
    for section in page.sections.values():
        for one in (
            section.findChildren(QLineEdit) + section.findChildren(QComboBox) + section.findChildren(QPushButton)
        ):
            assert one.accessibleName() or getattr(one, "text", str)(), one.objectName()
            assert one.focusPolicy() & Qt.FocusPolicy.TabFocus
