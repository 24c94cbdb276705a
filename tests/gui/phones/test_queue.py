"""The queue: its order, what each task waits for, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_desk_phones import PhonesDesk, device_row, waiting_row
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.pages.phones.queue_model import HELD_ROLE, WAITS_ROLE, QueueModel
from shared.messages import CancelTask, HoldDevice, ReleaseDevice, StoreStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from gui.pages.phones.page import PhonesPage
    from gui.pages.phones.queue_panel import QueuePanel


def panel_with(qtbot: QtBot, desk: PhonesDesk, page: PhonesPage, count: int) -> QueuePanel:
    qtbot.waitUntil(lambda: page.queue.model.rowCount() == count)
    return page.queue


def test_the_model_keeps_its_promises_while_rows_come_and_go(desk: PhonesDesk) -> None:
    model = QueueModel(desk.fleet, desk)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows = [waiting_row(number) for number in range(1, 6)]
    for shown in (rows, rows, rows[1:], [], rows[:1]):
        model.show(shown, frozenset({rows[0].session_id}))
        model.tick()
    assert model.data(model.index(0)) == "1. task 1"
    assert model.data(model.index(0), WAITS_ROLE) == "cancelling… (not recorded yet)"
    assert model.data(model.index(3)) is None
    tester.deleteLater()


def test_a_task_says_what_it_waits_for(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    desk.store.devices = {"A": device_row("A", alias="Anna's", held="low battery")}
    for row in (waiting_row(1, device_id="A"), waiting_row(2), waiting_row(3, held="Stepwell was restarted")):
        desk.store.add(row, [])
    model = panel_with(qtbot, desk, page_of(desk), 3).model
    waits = [str(model.index(number).data(WAITS_ROLE)) for number in range(3)]

    assert waits[0].startswith("Anna's · queued ")
    assert waits[0].endswith("held: low battery")
    assert waits[1].startswith("any phone · queued ")
    assert waits[2].endswith("held: Stepwell was restarted")
    assert [model.index(number).data(HELD_ROLE) for number in range(3)] == [True, False, True]


def test_del_and_the_cross_cancel_at_once(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    rows = [waiting_row(1), waiting_row(2)]
    for row in rows:
        desk.store.add(row, [])
    queue = panel_with(qtbot, desk, page_of(desk), 2)
    desk.link.is_away = True  # nothing is answered: what is shown is not recorded
    queue.list.setFocus()
    qtbot.keyClick(queue.list, Qt.Key.Key_Delete)
    assert queue.model.index(0).data(WAITS_ROLE) == "cancelling… (not recorded yet)"
    assert not queue.cancel_button.isEnabled()
    rect = queue.list.visualRect(queue.model.index(1))
    cross = QPoint(rect.right() - 16, rect.center().y())
    qtbot.mouseClick(queue.list.viewport(), Qt.MouseButton.LeftButton, pos=cross)

    assert [message.session_id for message in desk.link.of(CancelTask)] == [row.session_id for row in rows]


def test_enter_opens_and_the_phone_is_held_and_released(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    desk.store.devices = {"A": device_row("A")}
    desk.store.add(waiting_row(1, device_id="A"), [])
    queue = panel_with(qtbot, desk, page_of(desk), 1)
    queue.list.setFocus()
    qtbot.keyClick(queue.list, Qt.Key.Key_Return)
    assert desk.opened == [waiting_row(1).session_id]
    assert queue.hold_button.text() == "Hold A"
    qtbot.mouseClick(queue.hold_button, Qt.MouseButton.LeftButton)
    assert len(desk.link.of(HoldDevice)) == 1
    desk.store.devices = {"A": device_row("A", held="held by a person")}
    desk.fleet.read()
    qtbot.waitUntil(lambda: queue.hold_button.text() == "Release A")
    qtbot.mouseClick(queue.hold_button, Qt.MouseButton.LeftButton)
    assert len(desk.link.of(ReleaseDevice)) == 1


def test_the_selected_task_stays_selected_when_the_queue_moves_on(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    for number in (1, 2, 3):
        desk.store.add(waiting_row(number), [])
    queue = panel_with(qtbot, desk, page_of(desk), 3)
    queue.list.setCurrentIndex(queue.model.index(2))
    del desk.store.tasks[waiting_row(1).session_id]
    desk.fleet.read()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 2)

    selected = queue.selected()
    assert selected is not None
    assert selected.session_id == waiting_row(3).session_id


def test_a_longer_queue_than_is_shown_says_how_many_more_and_an_empty_one_says_so(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    queue = page_of(desk).queue
    assert queue.nothing.isVisible()
    assert not queue.cancel_button.isVisible()
    desk.store.add(waiting_row(1), [])
    desk.fleet.read()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 1)
    figures = dict.fromkeys(StoreStatus.__struct_fields__, 0) | {"tasks": {"CREATED": 250}, "alerts": ()}
    desk.link.store = StoreStatus(**figures)  # type: ignore[arg-type]
    desk.link.changed.emit()

    assert queue.heading.text() == "Queue (250)"
    assert "249" in queue.more.text()
    assert queue.more.isVisible()


def test_ctrl_dot_takes_the_selected_task_out_of_the_queue_that_has_the_keyboard(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    for number in (1, 2):
        desk.store.add(waiting_row(number), [])
    page = page_of(desk)
    queue = panel_with(qtbot, desk, page, 2)
    queue.list.setFocus()
    qtbot.keyClick(queue.list, Qt.Key.Key_Down)
    qtbot.keyClick(queue.list, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)

    assert desk.commands.is_stopping(waiting_row(2).session_id)
    assert not desk.commands.is_stopping(waiting_row(1).session_id)
