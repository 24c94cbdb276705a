"""The screen with its mark, drawn offscreen from real pictures; and the tabs with hostile or missing contents."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from fake_desk_run import SESSION, FakeDesk, step_row, task_row
from PySide6.QtGui import QColor, QImage

from gui import theme
from gui.marks import Kind, Mark
from gui.pages.run import says
from gui.pages.run.log_tab import LogTab
from gui.pages.run.raw_tab import pretty
from gui.pages.run.recorded_text import SHOWN, RecordedText
from gui.pages.run.screen_view import ScreenView
from gui.pages.run.tab import Shown
from gui.pages.run.timing_tab import TimingTab
from shared.messages import TaskView

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PICTURE = f"screenshots/{SESSION}/1.png"


@pytest.fixture
def screen(desk: FakeDesk, qtbot: QtBot) -> ScreenView:
    place = desk.home.root / PICTURE
    place.parent.mkdir(parents=True)
    image = QImage(540, 1200, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    image.save(str(place))
    view = ScreenView(desk.pictures)
    qtbot.addWidget(view)
    view.resize(308, 608)
    view.show()
    return view


def marked(view: ScreenView) -> list[tuple[int, int]]:
    """Where the mark's own colour is drawn, in device pixels."""
    image = view.grab().toImage()
    wanted = theme.colour("mark").rgb()
    return [
        (x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2) if image.pixel(x, y) == wanted
    ]


@pytest.mark.parametrize("kind", [Kind.TAP, Kind.DOUBLE_TAP, Kind.LONG_PRESS])
def test_a_touch_is_drawn_where_the_phone_was_touched(screen: ScreenView, qtbot: QtBot, kind: Kind) -> None:
    screen.show_picture(PICTURE, "", Mark(kind, (270, 600)))
    qtbot.waitUntil(lambda: screen.shown_path == PICTURE)
    found = marked(screen)
    assert any(abs(x - 154) < 6 and abs(y - 304) < 6 for x, y in found)
    assert all(abs(x - 154) < 60 and abs(y - 304) < 60 for x, y in found)


def test_a_swipe_is_drawn_from_its_begin_to_its_end(screen: ScreenView, qtbot: QtBot) -> None:
    screen.show_picture(PICTURE, "", Mark(Kind.SWIPE, (270, 1000), (270, 200)))
    qtbot.waitUntil(lambda: screen.shown_path == PICTURE)
    heights = {y for _, y in marked(screen)}
    assert min(heights) < 130
    assert max(heights) > 480


def test_a_typed_text_is_drawn_as_a_bubble(screen: ScreenView, qtbot: QtBot) -> None:
    screen.show_picture(PICTURE, "", Mark(Kind.TEXT, text="milk\n" * 100))
    qtbot.waitUntil(lambda: screen.shown_path == PICTURE)
    assert len(marked(screen)) > 100


def test_a_mark_is_not_drawn_on_the_picture_of_another_step(screen: ScreenView, qtbot: QtBot) -> None:
    screen.show_picture(PICTURE, "", None)
    qtbot.waitUntil(lambda: screen.shown_path == PICTURE)
    screen.show_picture(f"screenshots/{SESSION}/2.png", "", Mark(Kind.TAP, (270, 600)))
    assert screen.shown_path == PICTURE, "the old one stays until the new one is there"
    assert not marked(screen)


def test_at_100_percent_a_pixel_of_the_phone_is_one_of_the_display(screen: ScreenView, qtbot: QtBot) -> None:
    screen.show_picture(PICTURE, "", None)
    screen.show_full_size(True)
    qtbot.waitUntil(lambda: screen.drawn_at().width() * screen.devicePixelRatioF() == 540)


def test_a_missing_picture_says_why(screen: ScreenView) -> None:
    screen.show_picture(None, says.no_picture("the screen is protected"), None)
    assert screen.shown_path is None
    assert "protected" in screen._missing


def test_a_very_long_reply_is_cut_for_the_eye_and_copied_whole(qtbot: QtBot) -> None:
    from PySide6.QtGui import QGuiApplication

    text = RecordedText("Reply")
    qtbot.addWidget(text)
    text.show_text("x" * (SHOWN + 7))
    assert len(text.edit.toPlainText()) == SHOWN
    assert not text._cut.isHidden()
    text._copy.click()
    assert len(QGuiApplication.clipboard().text()) == SHOWN + 7


def test_json_is_laid_out_and_anything_else_left_as_it_is() -> None:
    assert pretty('{"a": [1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert pretty("<script>") == "<script>"


def test_times_that_were_not_recorded_are_said_to_be_so(qtbot: QtBot) -> None:
    tab = TimingTab()
    qtbot.addWidget(tab)
    tab.show_selected(Shown(None, step_row(1, execution_time=None)))
    assert tab.bars.bars == []
    tab.show_selected(Shown(None, step_row(1, model_time_s=2.0, time_to_first_token_s=1.0, completion_tokens=50)))
    assert [bar.seconds for bar in tab.bars.bars] == [1.0, 2.0, 0.5]
    assert ("Reply, a second", "50.0") in tab.tokens.texts()


def test_the_log_shows_the_lines_of_all_processes_about_the_task(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "worker-1.jsonl").write_text(
        f'{{"at": "2026-01-01T10:00:02Z", "event": "begins", "task": "{SESSION}"}}\n'
    )
    (tmp_path / "daemon.jsonl").write_text(
        f'{{"at": "2026-01-01T10:00:01Z", "event": "claimed", "session_id": "{SESSION}"}}\nnot JSON\n'
        '{"at": "2026-01-01T10:00:03Z", "event": "another", "session_id": "b"}\n'
    )
    tab = LogTab(tmp_path)
    qtbot.addWidget(tab)
    tab.show()
    tab.show_selected(
        Shown(TaskView(task=task_row(), transitions=(), notes=(), set_aside=0, timeline="t", seq=1), None)
    )
    qtbot.waitUntil(lambda: "begins" in tab.text.text)
    lines = tab.text.text.splitlines()
    assert [("claimed" in line, "begins" in line) for line in lines] == [(True, False), (False, True)]
    tab.close()


def test_the_log_is_read_though_something_else_was_being_read(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "worker-1.jsonl").write_text(
        f'{{"at": "2026-01-01T10:00:02Z", "event": "begins", "task": "{SESSION}"}}\n'
    )
    tab = LogTab(tmp_path)
    qtbot.addWidget(tab)
    tab.show()
    slow_disk = threading.Event()
    tab._pool.start(slow_disk.wait)
    tab.show_selected(
        Shown(TaskView(task=task_row(), transitions=(), notes=(), set_aside=0, timeline="t", seq=1), None)
    )
    slow_disk.set()
    qtbot.waitUntil(lambda: "begins" in tab.text.text)
    tab.close()
