"""The tiles: what each says, its buttons, its picture, and how they are chosen by mouse and keyboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from fake_desk_phones import PhonesDesk, device_row, running_row
from fake_desk_run import step_row, task_row
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from gui.languages import Languages
from gui.pages.phones.screens import LastSeen
from gui.pages.phones.tile_words import age, tile_words
from shared.messages import (
    Done,
    ExpectStop,
    FinishStep,
    HoldDevice,
    Outcome,
    ReleaseDevice,
    StepFinished,
    Stopping,
    StopTask,
)
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from gui.pages.phones.page import PhonesPage

FREE = device_row("A")


@pytest.mark.parametrize(
    ("device", "running", "asked", "state", "kind"),
    [
        (FREE, None, False, "free", "ok"),
        (replace(FREE, worker=None), None, False, "away", "idle"),
        (replace(FREE, held="low battery"), None, False, "held", "warn"),
        (FREE, running_row("A"), False, "running", "live"),
        (FREE, running_row("A"), True, "stopping", "warn"),
        (FREE, running_row("A", final_status=TaskState.STOPPING), False, "stopping", "warn"),
        (replace(FREE, held="low battery"), running_row("A"), False, "running", "live"),
    ],
)
def test_a_tile_says_the_phones_state(device: object, running: object, asked: bool, state: str, kind: str) -> None:
    said = tile_words(device, running, LastSeen(), stop_asked=asked)  # type: ignore[arg-type]

    assert (said.state, said.kind) == (state, kind)
    assert said.held == ("Held: low battery" if device.held else "")  # type: ignore[attr-defined]


def test_a_running_task_shows_its_steps_and_its_last_action() -> None:
    running = running_row("A", total_steps=3, max_steps=20)
    seen = LastSeen(running, step_row(3, running.session_id, outcome=Outcome.FAILED))
    said = tile_words(FREE, running, seen, stop_asked=False)

    assert (said.steps, said.max_steps, said.progress) == (3, 20, "Step 3 of at most 20")
    assert said.action == "Tap (540, 288) · failed"


def test_the_last_action_is_said_in_the_windows_language(qapp: QApplication) -> None:
    languages = Languages(qapp)
    languages.speak("zh")
    running = running_row("A")
    said = tile_words(FREE, running, LastSeen(running, step_row(3, running.session_id)), stop_asked=False)
    languages.speak("en")

    assert said.action == "点按 (540, 288)"


def test_an_action_of_an_earlier_task_is_not_told_of_this_one() -> None:
    running = running_row("A")
    said = tile_words(FREE, running, LastSeen(task_row(), step_row(3)), stop_asked=False)

    assert said.action == ""


def test_the_age_is_of_the_picture_that_is_shown() -> None:
    now = datetime(2026, 1, 1, 10, 10, tzinfo=UTC)
    step = step_row(1, started_at="2026-01-01T10:08:00.000Z")
    assert age(LastSeen(None, step), now) == "2 min ago"
    closing = task_row(closing_screenshot_path="screenshots/x.png", ended_at="2026-01-01 10:09:50")
    assert age(LastSeen(closing, step), now) == "10 s ago"
    assert age(LastSeen(), now) == ""


def with_running(desk: PhonesDesk, steps: int = 2) -> None:
    row = running_row("A")
    desk.store.devices = {"A": device_row("A", task=row.session_id, last_task=row.session_id)}
    desk.store.add(row, [step_row(number, row.session_id) for number in range(1, steps + 1)])


def test_the_newest_picture_comes_as_steps_are_committed(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    row = running_row("A")
    pictures = desk.home.root / "thumbs" / row.session_id
    pictures.mkdir(parents=True)
    for number in (2, 3):
        image = QImage(90, 200, QImage.Format.Format_RGB32)
        image.fill(0xFF0000 if number == 2 else 0x0000FF)
        image.save(str(pictures / f"{number}.jpg"))
    with_running(desk)
    page = page_of(desk)
    qtbot.waitUntil(lambda: "A" in page.tiles.tiles)
    tile = page.tiles.tiles["A"]
    qtbot.waitUntil(lambda: not tile.thumb._pixmap.isNull())
    assert tile.thumb._pixmap.toImage().pixelColor(10, 10).red() > 200

    steps = [step_row(number, row.session_id) for number in (1, 2, 3)]
    desk.store.add(replace(row, updated_seq=9), steps)
    finished = FinishStep(session_id=row.session_id, step_num=3, outcome=Outcome.DONE)
    desk.link.publish(StepFinished(step=finished))
    qtbot.waitUntil(lambda: tile.thumb._pixmap.toImage().pixelColor(10, 10).blue() > 200)
    assert tile.progress.text() == "Step 3 of at most 100"


def test_stop_answers_at_once_and_says_that_it_is_not_recorded(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    with_running(desk)
    page = page_of(desk)
    qtbot.waitUntil(lambda: "A" in page.tiles.tiles and page.tiles.tiles["A"].task is not None)
    tile = page.tiles.tiles["A"]
    desk.link.answers[ExpectStop] = Done()
    desk.link.answers[StopTask] = Stopping(session_id="b" * 32)
    qtbot.mouseClick(tile.stop_button, Qt.MouseButton.LeftButton)

    assert not tile.stop_button.isEnabled()
    assert tile.progress.text() == "stopping… (not recorded yet)"
    assert tile.badge.text == "stopping"
    qtbot.waitUntil(lambda: len(desk.link.of(StopTask)) == 1)


@pytest.mark.parametrize("way", ["focused", "chosen"])
def test_ctrl_dot_stops_the_task_of_the_selected_phone_once(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage], way: str
) -> None:
    with_running(desk)
    page = page_of(desk)
    qtbot.waitUntil(lambda: desk.fleet.running_on("A") is not None)
    if way == "focused":
        page.tiles.tiles["A"].open_button.setFocus()
    else:
        page.tiles.choose_only(["A"])
        page.task_input.text.setFocus()
    for _ in range(2):
        qtbot.keyClick(page, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)

    assert desk.commands.is_stopping("b" * 32)
    assert len(desk.link.of(ExpectStop)) == 1


def test_ctrl_dot_says_so_when_nothing_is_selected_that_could_be_stopped(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    with_running(desk)
    page = page_of(desk)
    qtbot.waitUntil(lambda: desk.fleet.running_on("A") is not None)
    page.task_input.text.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)

    assert not desk.commands.is_asking_to_stop
    assert desk.told[-1].startswith("Nothing to stop here")


def test_hold_and_release(qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]) -> None:
    desk.store.devices = {"A": FREE}
    page = page_of(desk)
    qtbot.waitUntil(lambda: "A" in page.tiles.tiles)
    tile = page.tiles.tiles["A"]
    assert not tile.stop_button.isVisible()
    qtbot.mouseClick(tile.hold_button, Qt.MouseButton.LeftButton)
    assert [message.device_id for message in desk.link.of(HoldDevice)] == ["A"]
    desk.store.devices = {"A": replace(FREE, held="held by a person")}
    desk.fleet.read()
    qtbot.waitUntil(lambda: tile.held.text() == "Held: held by a person")
    qtbot.mouseClick(tile.hold_button, Qt.MouseButton.LeftButton)
    assert [message.device_id for message in desk.link.of(ReleaseDevice)] == ["A"]


@pytest.fixture
def many(qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]) -> PhonesPage:
    desk.store.devices = {f"P{number:02}": device_row(f"P{number:02}", last_task="c" * 32) for number in range(30)}
    desk.store.add(task_row("c" * 32), [])
    page = page_of(desk)
    qtbot.waitUntil(lambda: len(page.tiles.tiles) == 30)
    qtbot.waitUntil(lambda: page.tiles.tiles["P29"].y() > 0)
    return page


def test_a_few_dozen_phones_flow_in_columns_of_one_width(many: PhonesPage) -> None:
    tiles = list(many.tiles.tiles.values())
    assert len({tile.x() for tile in tiles}) == many.tiles._grid.columns == 2
    assert len({tile.width() for tile in tiles}) == 1
    assert all(tile.geometry().right() <= many.tiles.viewport().width() for tile in tiles)


def test_arrows_go_from_tile_to_tile_space_chooses_enter_opens(
    qtbot: QtBot, desk: PhonesDesk, many: PhonesPage
) -> None:
    tiles = many.tiles.tiles
    tiles["P00"].setFocus()
    qtbot.keyClick(tiles["P00"], Qt.Key.Key_Right)
    qtbot.waitUntil(tiles["P01"].hasFocus)
    qtbot.keyClick(tiles["P01"], Qt.Key.Key_Down)
    qtbot.waitUntil(tiles["P03"].hasFocus)
    qtbot.keyClick(tiles["P03"], Qt.Key.Key_Space)
    qtbot.keyClick(tiles["P03"], Qt.Key.Key_End)
    qtbot.waitUntil(tiles["P29"].hasFocus)
    qtbot.keyClick(tiles["P29"], Qt.Key.Key_Right)
    assert tiles["P29"].hasFocus()
    qtbot.keyClick(tiles["P29"], Qt.Key.Key_Space)
    assert desk.state.now.draft.device_ids == ["P03", "P29"]
    assert "chosen" in tiles["P29"].accessibleName()
    qtbot.keyClick(tiles["P29"], Qt.Key.Key_Return)
    assert desk.opened == ["c" * 32]


def test_a_click_chooses_one_ctrl_adds_and_any_phone_clears(qtbot: QtBot, desk: PhonesDesk, many: PhonesPage) -> None:
    tiles = many.tiles.tiles
    ctrl = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(tiles["P00"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(tiles["P01"], Qt.MouseButton.LeftButton)
    assert desk.state.now.draft.device_ids == ["P01"]
    qtbot.mouseClick(tiles["P02"], Qt.MouseButton.LeftButton, ctrl)
    assert desk.state.now.draft.device_ids == ["P01", "P02"]
    assert tiles["P01"].is_chosen
    assert not tiles["P00"].is_chosen
    qtbot.mouseClick(many.task_input.any_phone, Qt.MouseButton.LeftButton)
    assert desk.state.now.draft.device_ids == []
    assert many.task_input.target.text() == "For any phone"
