"""The picture: whole, fast, with its nodes, and drawn with whatever fonts there are."""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from phone_driver import FONTS, make_phone, nodes_in, tap

from demo.phone.fonts import Fonts, find_font
from demo.phone.words import WORDS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_png_carries_the_nodes_of_what_is_on_the_screen() -> None:
    phone = make_phone(language="zh")
    tap(phone, "home.settings")
    told = nodes_in(phone.screenshot())
    assert told["package"] == "com.android.settings"
    assert told["language"] == "zh"
    assert told["size"] == [1080, 2400]
    assert told["keyboard"] is False
    row = next(node for node in told["nodes"] if node["id"] == "settings.item.display")
    assert row["text"] == "显示"
    assert set(row) == {"id", "text", "desc", "class", "bounds", "clickable", "scrollable", "checked", "editable",
                        "focused"}  # fmt: skip
    assert row["checked"] is None


def test_nodes_lie_on_the_screen_and_hold_something() -> None:
    for seed in range(12):
        for node in make_phone(seed=seed).scene().nodes:
            left, top, right, bottom = node.bounds
            assert 0 <= left < right <= 1080
            assert 0 <= top < bottom <= 2400


def test_a_screen_that_did_not_change_is_not_drawn_again() -> None:
    phone = make_phone()
    assert phone.screenshot() is phone.screenshot()


def test_a_picture_takes_no_more_than_a_phone_would() -> None:
    phone = make_phone()
    phone.screenshot()
    tap(phone, "home.settings")
    started = time.process_time()
    phone.screenshot()
    assert time.process_time() - started < 0.5  # about 0.07 s on a quiet machine


def test_without_any_font_installed_the_screen_is_drawn_and_said_to_lack_chinese(tmp_path: Path) -> None:
    phone = make_phone([tmp_path], language="zh")
    tap(phone, "home.contacts")
    assert nodes_in(phone.screenshot())["nodes"]
    assert "no Chinese font" in Fonts([tmp_path]).describe()


def test_a_chinese_font_is_found_in_a_folder_below(tmp_path: Path) -> None:
    if FONTS.cjk is None:
        pytest.skip("no Chinese font: apt-get install fonts-wqy-microhei")
    deep = tmp_path / "truetype" / "any"
    deep.mkdir(parents=True)
    shutil.copy(FONTS.cjk, deep / "wqy-microhei.ttc")
    assert Fonts([tmp_path]).cjk == deep / "wqy-microhei.ttc"


def test_the_better_font_is_taken(tmp_path: Path) -> None:
    for name in ("b.ttf", "a.ttf", "c.ttf"):
        (tmp_path / name).touch()
    assert find_font(("a.ttf", "b.ttf"), [tmp_path]) == tmp_path / "a.ttf"
    assert find_font(("z.ttf",), [tmp_path, tmp_path / "missing"]) is None


def test_long_text_is_cut_and_wrapped_to_its_width() -> None:
    assert FONTS.width(FONTS.cut("a very long line " * 20, 40, 300), 40) <= 300
    for text in ("several words that need more than one line", "没有空格的一行很长的中文也要折行显示才好看"):
        lines = FONTS.wrap(text, 40, 300)
        assert len(lines) > 1
        assert all(FONTS.width(line, 40) <= 300 for line in lines)


def test_every_chinese_word_is_chinese() -> None:
    same = {"settings.language.en", "settings.item.language.sub", "keyboard.adb"}
    for key, (_, chinese) in WORDS.items():
        assert key in same or re.search(r"[\u4e00-\u9fff]|WLAN", chinese), key
