"""What a step does, in words: the same on every page, in both languages, whatever a model wrote."""

from __future__ import annotations

import pytest
from fake_desk_run import step_row

from gui.action_words import said
from gui.languages import Languages


@pytest.fixture
def chinese(qapp):
    languages = Languages(qapp)
    languages.speak("zh")
    yield
    languages.speak("en")


@pytest.mark.parametrize(
    ("action", "params", "words"),
    [
        ('{"action": "Tap", "element": [1, 2]}', '{"x": 540, "y": 288}', "Tap (540, 288)"),
        ('{"action": "Swipe"}', '{"x1": 1, "y1": 2, "x2": 3, "y2": 4}', "Swipe (1, 2) → (3, 4)"),
        ('{"action": "Type", "text": "milk\\nand eggs"}', "", "Type “milk and eggs”"),
        ('{"action": "Launch", "app": "Maps"}', "", "Open Maps"),
        ('{"action": "key", "value": "ENTER"}', '{"key": "ENTER"}', "Press ENTER"),
        ('{"action": "Wait", "seconds": 2}', "", "Wait 2.0 s"),
        ('{"_metadata": "finish", "message": "done"}', "", "Finish: done"),
        ('{"action": "Back"}', "", "Press Back"),
        ('{"action": "Dance", "how": "well"}', "", "Dance “well”"),
        ('{"action": "Dance", "to": [500, 120]}', "", "Dance (500, 120)"),
        ("do(no json", "", "do(no json"),
        ("[1, 2]", "", "[1, 2]"),
        ("", "", "no action"),
        ("<b>no JSON</b>", "", "<b>no JSON</b>"),
    ],
)
def test_an_action_is_said_on_one_line(qapp, action, params, words):
    assert said(step_row(1, action=action, action_params=params)) == words


@pytest.mark.usefixtures("chinese")
def test_an_action_is_said_in_the_windows_language():
    assert said(step_row(1)) == "点按 (540, 288)"
    assert said(step_row(1, action='{"action": "Back"}', action_params="")) == "按返回键"
