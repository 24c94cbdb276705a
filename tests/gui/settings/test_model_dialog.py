"""A model profile is added and changed: by mouse and keys, valid and not; a key is never shown again."""

from __future__ import annotations

import sys

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from settings_page_lab import field, new_page, press

from gui.pages.settings import model_check
from gui.pages.settings.model_dialog import ModelDialog
from gui.settings_keeper import KeyChange


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
    given = (sys.executable, *command) if command else ("/no/such/program",)
    monkeypatch.setattr(model_check, "COMMAND", given)
    card = page.sections["models"].profiles["default"]
    page.show_section("models")
    press(page, qtbot, "check-default")
    qtbot.waitUntil(lambda: said in card.answer.text(), timeout=20_000)
    assert card.answer.property("look") == "error"
    assert card.buttons["check"].isEnabled()
