"""Actions in words, in both languages, and where they touched the picture."""

from __future__ import annotations

from typing import Any

import pytest

from persistence_daemon.export.actions import Mark, action_words, mark_of
from persistence_daemon.export.words import CHINESE, ENGLISH


@pytest.mark.parametrize(
    ("action", "params", "english", "chinese"),
    [
        ({"action": "Tap"}, {"x": 1, "y": 2}, "Tap at 1, 2", "点按 1, 2"),
        ({"action": "double_tap"}, {"x": 1, "y": 2}, "Double tap at 1, 2", "双击 1, 2"),
        ({"action": "Long Press"}, {"x": 1, "y": 2}, "Long press at 1, 2", "长按 1, 2"),
        ({"action": "swipe"}, {"x1": 1, "y1": 2, "x2": 3, "y2": 4}, "Swipe from 1, 2 to 3, 4", "从 1, 2 滑动到 3, 4"),
        ({"action": "Launch", "app": "设置"}, {"app": "设置"}, "Open 设置", "打开 设置"),
        ({"action": "Type_Name", "text": "a\nb"}, {}, "Type “a b”", "输入“a b”"),
        ({"action": "Back"}, {"key": "BACK"}, "Go back", "返回"),
        ({"action": "Wait", "seconds": 1.5}, {}, "Wait 1.5 s", "等待 1.5 秒"),
        ({"action": "finish", "message": "all {done}"}, {}, "Finish: all {done}", "结束：all {done}"),
        ({"action": "Take_over", "message": "log in"}, {}, "Hand over to a person: log in", "交给人操作：log in"),
        ({"action": "Interact"}, {}, "Ask a person", "询问人"),
        ({"action": "Tap", "element": [1, 2]}, {}, "Tap [1, 2]", "Tap [1, 2]"),
        ({"action": "Fly", "to": "{x.__class__}"}, {}, "Fly {x.__class__}", "Fly {x.__class__}"),
        ({"no": "name"}, None, "? name", "? name"),
        ({"action": 7}, None, "7", "7"),
        (["a"], None, "['a']", "['a']"),
        ("free text", None, "free text", "free text"),
        (None, None, "", ""),
    ],
)
def test_an_action_is_told_in_words(action: Any, params: Any, english: str, chinese: str) -> None:
    assert action_words(action, params, ENGLISH.actions) == english
    assert action_words(action, params, CHINESE.actions) == chinese


def test_a_long_action_is_shortened_to_one_line() -> None:
    told = action_words({"action": "Type", "text": "x\n" * 100_000}, {}, ENGLISH.actions)
    assert len(told) <= 175
    assert "\n" not in told


@pytest.mark.parametrize(
    ("action", "params", "mark"),
    [
        ("Tap", {"x": 540, "y": 600}, Mark("tap", 50.0, 25.0)),
        ("tap", {"x": 0, "y": 2400}, Mark("tap", 0.0, 100.0)),
        ("Double Tap", {"x": 540, "y": 600}, Mark("doubletap", 50.0, 25.0)),
        ("long_press", {"x": 10.8, "y": 24}, Mark("longpress", 1.0, 1.0)),
        ("Swipe", {"x1": 540, "y1": 1800, "x2": 540, "y2": 600}, Mark("swipe", 50.0, 75.0, 50.0, 25.0)),
        ("Tap", {"x": 1081, "y": 5}, None),
        ("Tap", {"x": -1, "y": 5}, None),
        ("Tap", {"x": "5", "y": 5}, None),
        ("Tap", {"x": True, "y": 5}, None),
        ("Tap", None, None),
        ("Swipe", {"x1": 1, "y1": 2}, None),
        ("Launch", {"x": 5, "y": 5}, None),
    ],
)
def test_a_touch_is_marked_where_it_was_in_percent_of_the_picture(action: str, params: Any, mark: Mark | None) -> None:
    assert mark_of({"action": action}, params, (1080, 2400)) == mark


def test_nothing_is_marked_without_a_picture() -> None:
    assert mark_of({"action": "Tap"}, {"x": 1, "y": 1}, (0, 0)) is None
