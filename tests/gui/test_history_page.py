"""The tab History as a person uses it: filters, details, deletion, judging, going to a time, the list as a file."""

from __future__ import annotations

import csv
import json

import pytest
from fake_desk_history import FakeDesk, step, task
from msgspec.structs import replace
from PySide6.QtCore import QDate, QDateTime, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from gui.pages.history.day_field import DayPopup
from gui.pages.history.moment_dialog import MomentDialog
from gui.pages.history.page import HistoryPage
from shared.messages import DeleteTask, Label, ListTasks, Moment
from shared.task_state import TaskState


@pytest.fixture
def desk(qapp, tmp_path):
    found = FakeDesk(tmp_path)
    found.link.rows = [task(seq) for seq in range(300, 0, -10)]
    yield found
    found.close()


@pytest.fixture
def page(desk, qtbot):
    found = HistoryPage(desk)
    qtbot.addWidget(found)
    found.resize(1200, 700)
    found.show()
    desk.link.answer_all()
    return found


@pytest.fixture
def tab(page):
    return page.storage.tab("history")


def settle(desk, qtbot):
    """Wait until the selection has rested, and answer what it asks."""
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()


def test_newest_task_is_selected_and_its_details_are_read(desk, tab, qtbot):
    desk.link.steps[desk.link.rows[0].session_id] = [step(desk.link.rows[0].session_id, n) for n in range(1, 13)]
    settle(desk, qtbot)
    assert tab.table.currentIndex().row() == 0
    assert [frame.text() for frame in tab.details.film.frames] == ["1", "2", "3", "4", "5", "8", "9", "10", "11", "12"]


def test_an_imported_task_says_where_it_came_from_and_no_limit_of_steps(desk, tab, qtbot):
    tab.details.show_task(task(7, source="/old/logs/tasks.db", max_steps=0))
    facts = dict(tab.details.facts.texts())
    assert (facts["Imported from"], facts["Steps"]) == ("/old/logs/tasks.db", "3")


def test_walking_through_the_list_shows_each_task_and_makes_no_label(desk, tab, qtbot):
    tab.table.choose(1)
    labels = len(tab.details.findChildren(QLabel))
    for row in range(2, 20):
        tab.table.choose(row)
        assert ("ID " + desk.link.rows[row].session_id) in [one.text() for one in tab.details.findChildren(QLabel)]
    assert len(tab.details.findChildren(QLabel)) == labels


def test_step_of_the_filmstrip_opens_the_task_there(desk, tab, qtbot):
    desk.link.steps[desk.link.rows[0].session_id] = [step(desk.link.rows[0].session_id, n) for n in range(1, 4)]
    settle(desk, qtbot)
    with qtbot.waitSignal(desk.open_task) as opened:
        qtbot.mouseClick(tab.details.film.frames[1], Qt.MouseButton.LeftButton)
    assert opened.args == [desk.link.rows[0].session_id, 2]


def test_enter_opens_the_selected_task(desk, tab, qtbot):
    tab.table.choose(3)
    with qtbot.waitSignal(desk.open_task) as opened:
        qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    assert opened.args == [desk.link.rows[3].session_id, None]


def test_filter_applies_by_itself_a_moment_after_the_last_key(desk, tab, qtbot):
    desk.link.asked.clear()
    qtbot.keyClicks(tab.filters.text, "number 2")
    assert not [message for message in desk.link.asked if isinstance(message, ListTasks)]
    qtbot.waitUntil(lambda: any(isinstance(message, ListTasks) for message in desk.link.asked), timeout=2000)
    desk.link.answer_all()
    asked = [message for message in desk.link.asked if isinstance(message, ListTasks)]
    assert {message.text for message in asked} == {"number 2"}
    assert tab.model.rowCount() == 11


def test_filters_come_back_after_a_restart(desk, tab, qtbot):
    tab.filters.text.setText("number 2")
    tab.filters.state.setCurrentIndex(tab.filters.state.findData("SUCCESS"))
    tab.filters.since.choose("2026-01-01")
    qtbot.waitUntil(lambda: tab.model.filter.text == "number 2", timeout=2000)
    again = HistoryPage(desk)
    qtbot.addWidget(again)
    assert again.storage.tab("history").filters.wanted == tab.filters.wanted
    assert tab.filters.wanted.since == "2026-01-01"


def test_clear_shows_all_tasks_again(desk, tab, qtbot):
    tab.filters.text.setText("nothing like it")
    qtbot.waitUntil(lambda: tab.model.filter.text != "", timeout=2000)
    desk.link.answer_all()
    assert tab._stack.currentWidget() is tab.nothing_fits
    tab.nothing_fits.action.click()
    desk.link.answer_all()
    assert tab.model.rowCount() == 30
    assert tab._stack.currentWidget() is tab.table


def test_home_without_tasks_says_what_will_be_here(desk, qtbot):
    desk.link.rows = []
    page = HistoryPage(desk)
    qtbot.addWidget(page)
    desk.link.answer_all()
    tab = page.storage.tab("history")
    assert tab._stack.currentWidget() is tab.nothing_yet


def test_stop_button_of_a_long_search(desk, tab, qtbot):
    desk.link.slice = 5
    tab.filters.text.setText("nothing like it")
    qtbot.waitUntil(lambda: tab.model.searching, timeout=2000)
    desk.link.answer()
    line = tab.findChild(QPushButton, "stop searching")
    assert line.isVisible()
    line.click()
    assert not tab.model.searching


def test_day_is_chosen_in_a_calendar(tab, qtbot):
    qtbot.mouseClick(tab.filters.since.button, Qt.MouseButton.LeftButton)
    popup = tab.filters.since.findChild(DayPopup)
    popup.calendar.clicked.emit(QDate(2026, 2, 3))
    assert tab.filters.since.day == "2026-02-03"
    assert "2026-02-03" in tab.filters.since.button.text()


def test_deletion_names_the_task_and_says_what_backups_keep_and_never_begins_by_itself(desk, tab, qtbot):
    tab.table.choose(1)
    tab.buttons.delete.click()
    box = tab.deletion.box
    assert desk.link.rows[1].session_id[:8] in box.text()
    assert "number 290" in box.text()
    assert "Backups keep them" in box.informativeText()
    assert box.defaultButton() is not box.findChild(QPushButton, "delete")
    box.reject()
    desk.link.answer_all()
    assert not [message for message in desk.link.asked if isinstance(message, DeleteTask)]


def test_confirmed_deletion_deletes_each_selected_task(desk, tab, qtbot):
    tab.table.choose(1)
    qtbot.keyClick(tab.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    told = []
    desk.tell.connect(lambda sentence, error: told.append((sentence, error)))
    tab.buttons.delete.click()
    tab.deletion.box.findChild(QPushButton, "delete").click()
    desk.link.answer_all()
    deleted = [message.session_id for message in desk.link.asked if isinstance(message, DeleteTask)]
    assert deleted == ["task-0000290", "task-0000280"]
    assert told[-1][1] is False


def test_task_that_runs_can_be_neither_deleted_nor_judged(desk, qtbot):
    desk.link.rows[0] = task(300, final_status=TaskState.RUNNING, verdict=None)
    page = HistoryPage(desk)
    qtbot.addWidget(page)
    desk.link.answer_all()
    buttons = page.storage.tab("history").buttons
    assert not buttons.delete.isEnabled()
    assert not buttons.right.isEnabled()
    assert buttons.open.isEnabled()
    assert buttons.note.text()


def test_judgement_is_given_and_taken_back(desk, tab):
    tab.buttons.wrong.click()
    assert desk.labels == [("task-0000300", Label.WRONG)]
    tab.model.take(task(300, user_label=Label.WRONG, verdict="wrong"))
    tab.buttons.wrong.click()
    assert desk.labels[-1] == ("task-0000300", None)


def test_context_menu_offers_what_the_buttons_offer(tab, qtbot):
    tab.table.choose(0)
    menu = tab.buttons.menu(tab)
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Open",
        "Export…",
        "✓ Right",
        "✗ Wrong",
        "Delete…",
    ]


def test_going_to_a_time_opens_what_ran_then(desk, tab, qtbot):
    dialog = MomentDialog(desk, tab)
    desk.link.moment = Moment(session_id="task-0000100", step_num=4, running=True, timeline="t", seq=1)
    dialog.time.setDateTime(QDateTime(2026, 1, 1, 14, 32, 0))
    dialog.go.click()
    with qtbot.waitSignal(desk.open_task) as opened:
        desk.link.answer_all()
    assert opened.args == ["task-0000100", 4]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Moment(session_id=None, step_num=None, running=False, timeline="t", seq=1), "Nothing had begun"),
        (Moment(session_id="task-0000100", step_num=9, running=False, timeline="t", seq=1), "Nothing ran"),
    ],
)
def test_going_to_a_time_says_when_nothing_ran_and_opens_nothing(desk, tab, qtbot, moment, words):
    opened = []
    desk.open_task.connect(lambda *found: opened.append(found))
    dialog = MomentDialog(desk, tab)
    desk.link.moment = moment
    dialog.go.click()
    desk.link.answer_all()
    assert words in dialog.answer.text()
    assert not opened


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_list_is_written_page_by_page_with_every_task_that_fits(desk, tab, qtbot, tmp_path, suffix):
    desk.link.rows = [task(seq, task_description=f"=HYPERLINK({seq})") for seq in range(12_000, 0, -10)]
    target = tmp_path / f"list.{suffix}"
    tab.write_list(str(target))

    def written():
        desk.link.answer()
        return target.exists()

    qtbot.waitUntil(written, timeout=5000)
    if suffix == "csv":
        rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
        assert rows[0]["task_description"] == "'=HYPERLINK(12000)"
    else:
        rows = json.loads(target.read_text(encoding="utf-8"))
    assert [row["session_id"] for row in rows] == [row.session_id for row in desk.link.rows]
    assert target.stat().st_mode & 0o077 == 0


def test_cancelled_list_leaves_nothing(desk, tab, qtbot, tmp_path):
    desk.link.rows = [task(seq) for seq in range(12_000, 0, -10)]
    tab.write_list(str(tmp_path / "list.csv"))
    desk.link.answer()
    tab._list_line.cancel.click()
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*list*")), timeout=2000)
    assert not tab._list_line.isVisible()


def test_list_that_cannot_be_written_says_why(desk, tab, qtbot, tmp_path):
    told = []
    desk.tell.connect(lambda sentence, error: told.append((sentence, error)))
    tab.write_list(str(tmp_path / "missing" / "list.csv"))
    desk.link.answer()
    qtbot.waitUntil(lambda: bool(told), timeout=2000)
    assert told[0][1] is True
    assert "No such file" in told[0][0]


def test_everything_interactive_has_an_accessible_name(page):
    for one in page.findChildren(QPushButton):
        assert one.accessibleName() or one.text(), one


def test_tab_is_remembered(desk, page, qtbot):
    page.storage.setCurrentIndex(2)
    again = HistoryPage(desk)
    qtbot.addWidget(again)
    assert again.storage.currentIndex() == 2


def test_ctrl_dot_stops_the_selected_task_once_and_says_so_at_once(desk, qtbot):
    desk.link.rows[0] = replace(desk.link.rows[0], final_status=TaskState.RUNNING)
    page = HistoryPage(desk)
    qtbot.addWidget(page)
    page.show()
    desk.link.answer_all()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    tab = page.storage.tab("history")
    tab.table.setFocus()
    assert (tab.buttons.stop.text(), tab.buttons.stop.isVisible()) == ("■ Stop", True)
    for _ in range(2):
        qtbot.keyClick(tab.table, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert desk.stopped == [desk.link.rows[0].session_id]
    assert (tab.buttons.stop.text(), tab.buttons.stop.isEnabled()) == ("Stopping…", False)


def test_what_has_ended_cannot_be_stopped(desk, page, tab, qtbot):
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert desk.stopped == []
    assert not tab.buttons.stop.isVisible()
