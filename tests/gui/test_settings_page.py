"""The page SETTINGS as a person uses it: by mouse and keys, valid and not, and after a death."""

from __future__ import annotations

import msgspec
import pytest
from core_desk import process
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton

from gui.pages.settings.model_dialog import ModelDialog
from gui.pages.settings.page import SettingsPage
from gui.pages.settings.processes_model import ProcessesModel
from gui.settings_keeper import KeyChange
from shared.settings import ModelProfile, Settings, TaskDefaults

LOCAL = ModelProfile(base_url="http://127.0.0.1:8000/v1")
CLOUD = ModelProfile(base_url="https://api.example.com/v1", model="glm", api_key_file="keys/cloud", language="zh")


class Keeper(QObject):
    """Takes changes as the real one does, and lets the test say what comes of them."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.keys = frozenset({"cloud"})
        self.settings = Settings(models={"default": LOCAL, "cloud": CLOUD})
        self.wanted = []

    def change(self, wanted, then, failed, key=None):
        self.wanted.append((wanted, key))
        self.then, self.failed = then, failed

    def succeed(self):
        self.settings = self.wanted[-1][0]
        self.then()
        self.changed.emit()

    def close(self):
        pass


@pytest.fixture
def keeper(core):
    core.desk.keeper = Keeper()
    return core.desk.keeper


@pytest.fixture
def page(core, keeper, qtbot):
    made = new_page(core, qtbot)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def new_page(core, qtbot):
    made = SettingsPage(core.desk)
    qtbot.addWidget(made)
    core.kept.append(made)
    made.resize(1200, 700)
    made.show()
    return made


def press(page, qtbot, name):
    qtbot.mouseClick(page.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def field(page, name):
    return page.findChild(QLineEdit, name)


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


def dialog_of(page, qtbot, button):
    page.show_section("models")
    press(page, qtbot, button)
    qtbot.waitUntil(lambda: page.sections["models"].dialog is not None)
    return page.sections["models"].dialog


def type_into(qtbot, edit, text):
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def test_a_new_profile_with_a_key(page, core, keeper, qtbot):
    dialog = dialog_of(page, qtbot, "add-model")
    type_into(qtbot, field(dialog, "model-name"), "fast")
    type_into(qtbot, field(dialog, "model-base_url"), "https://models.example.org/v1")
    assert dialog.where.text() == "Screenshots of your phone will be sent to models.example.org."
    dialog.key.source.setCurrentIndex(dialog.key.source.findData("typed"))
    assert dialog.key.secret.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClicks(dialog.key.secret, "sk-very-secret")
    dialog.try_to_save()
    wanted, key = keeper.wanted[0]
    assert wanted.models["fast"].base_url == "https://models.example.org/v1"
    assert wanted.models["fast"].api_key_file == "keys/fast"
    assert key == KeyChange("fast", "sk-very-secret")
    keeper.succeed()
    assert core.desk.state.now.settings.model_edited is None
    assert "fast" in page.sections["models"].profiles
    assert b"sk-very-secret" not in msgspec.json.encode(core.desk.state.now)


def test_a_set_key_is_never_shown_and_stays_when_it_is_not_touched(page, keeper, qtbot):
    dialog = dialog_of(page, qtbot, "edit-cloud")
    assert dialog.key._set.isVisible()
    assert dialog.key.secret.text() == ""
    assert not dialog.key.secret.isVisible()
    type_into(qtbot, field(dialog, "model-temperature"), "0.5")
    dialog.try_to_save()
    wanted, key = keeper.wanted[0]
    assert (wanted.models["cloud"].temperature, wanted.models["cloud"].api_key_file, key) == (0.5, "keys/cloud", None)


def test_a_set_key_is_replaced_or_removed(page, keeper, qtbot):
    dialog = dialog_of(page, qtbot, "edit-cloud")
    qtbot.mouseClick(dialog.key.replace, Qt.MouseButton.LeftButton)
    dialog.try_to_save()
    assert keeper.wanted == [], "an empty key is none"
    qtbot.keyClicks(dialog.key.secret, "sk-2")
    dialog.try_to_save()
    assert keeper.wanted[0][1] == KeyChange("cloud", "sk-2")
    keeper.failed("no")
    dialog.key._remove()
    dialog.try_to_save()
    assert keeper.wanted[1][1] == KeyChange("cloud")
    assert keeper.wanted[1][0].models["cloud"].api_key_file == ""


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("model-name", "has space", "letters, digits"),
        ("model-name", "cloud", "already"),
        ("model-name", "名字", "letters, digits"),
        ("model-base_url", "ftp://x", "http://"),
        ("model-model", "", "told a model"),
        ("model-retries", "11", "0 to 10"),
        ("model-timeout_s", "soon", "a number"),
    ],
)
def test_a_field_that_cannot_be_used_says_why_beside_itself(page, keeper, qtbot, name, text, said):
    dialog = dialog_of(page, qtbot, "add-model")
    edit = field(dialog, name)
    edit.setText(text)
    edit.textEdited.emit(text)
    dialog.try_to_save()
    assert keeper.wanted == []
    assert said in edit.accessibleDescription()
    assert edit.property("invalid") is True


def test_plain_http_is_warned_of(page, keeper, qtbot):
    dialog = dialog_of(page, qtbot, "add-model")
    type_into(qtbot, field(dialog, "model-base_url"), "http://192.168.0.9/v1")
    assert dialog.where.property("look") == "warn"
    assert "192.168.0.9" in dialog.where.text()


def test_a_dialog_that_was_open_when_the_window_died_comes_back_without_the_key(page, core, keeper, qtbot):
    dialog = dialog_of(page, qtbot, "add-model")
    type_into(qtbot, field(dialog, "model-name"), "half")
    again = new_page(core, qtbot)
    qtbot.waitUntil(lambda: again.sections["models"].dialog is not None)
    assert field(again.sections["models"].dialog, "model-name").text() == "half"
    again.sections["models"].dialog.reject()
    assert core.desk.state.now.settings.model_edited is None
    assert isinstance(dialog, ModelDialog)


def test_an_endpoint_is_checked_in_another_process_without_waiting(page, core, keeper, qtbot, monkeypatch):
    import sys

    from gui.pages.settings import model_check

    says = "print(json.dumps({'ok': asked['api_key'] == 'sk-1', 'found': asked['name']}))"
    child = f"import sys, json; asked = json.load(sys.stdin); {says}"
    monkeypatch.setattr(model_check, "COMMAND", (sys.executable, "-c", child))
    dialog = dialog_of(page, qtbot, "add-model")
    type_into(qtbot, field(dialog, "model-name"), "fast")
    dialog.key.source.setCurrentIndex(dialog.key.source.findData("typed"))
    qtbot.keyClicks(dialog.key.secret, "sk-1")
    qtbot.mouseClick(dialog.check, Qt.MouseButton.LeftButton)
    assert dialog.told.text() == "Asking the endpoint…"
    qtbot.waitUntil(lambda: dialog.told.text() == "The endpoint is there: fast", timeout=20_000)
    assert dialog.check.isEnabled()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["-c", "print('no json')"], "The check itself failed; see `stepwell doctor`."),
        (["-c", 'import sys; print(\'{"ok": false, "found": "refuses the key (401)"}\')'], "refuses the key (401)"),
        (None, "The check could not be started."),
    ],
)
def test_a_check_that_fails_is_told_in_words(page, keeper, qtbot, monkeypatch, command, said):
    import sys

    from gui.pages.settings import model_check

    given = (sys.executable, *command) if command else ("/no/such/program",)
    monkeypatch.setattr(model_check, "COMMAND", given)
    card = page.sections["models"].profiles["default"]
    page.show_section("models")
    press(page, qtbot, "check-default")
    qtbot.waitUntil(lambda: said in card.answer.text(), timeout=20_000)
    assert card.answer.property("look") == "error"
    assert card.buttons["check"].isEnabled()


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
