"""The list of tasks: pages, filters, what stays in memory, the table."""

from __future__ import annotations

import pytest
from fake_desk_history import FakeDesk, task
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.pages.history import task_pages
from gui.pages.history.task_cells import Column
from gui.pages.history.task_filter import TaskFilter
from gui.pages.history.task_model import TASK_ROLE, TaskListModel
from gui.pages.history.task_view import TaskTable
from shared.messages import Label


@pytest.fixture
def desk(qapp, tmp_path):
    found = FakeDesk(tmp_path)
    yield found
    found.close()


@pytest.fixture
def model(desk):
    return TaskListModel(desk)


@pytest.fixture
def tester(model):
    """Qt's own look at what a model may do; it looks at every row each time, so it is for short lists."""
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


def fill(desk, count, **changed):
    desk.link.rows = [task(seq, **changed) for seq in range(count * 10, 0, -10)]


def ids(model):
    return [row.session_id for n in range(model.rowCount()) if (row := model.index(n, 0).data(TASK_ROLE))]


def read_all(desk, model):
    desk.link.answer_all()
    while model.canFetchMore():
        model.fetchMore()
        desk.link.answer_all()


def test_pages_follow_each_other_without_a_row_twice_or_left_out(desk, model, tester):
    fill(desk, 350)
    model.show_tasks(TaskFilter())
    read_all(desk, model)
    assert ids(model) == [row.session_id for row in desk.link.rows]
    assert model.is_complete


def test_first_page_is_one_question(desk, model):
    fill(desk, 350)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    assert model.rowCount() == 100
    assert len(desk.link.asked) == 1


def test_fetch_more_from_inside_the_insertion_asks_nothing(desk, model, tester):
    fill(desk, 350)
    model.show_tasks(TaskFilter())
    asked_inside = []

    def again(*_):
        asked_inside.append(model.canFetchMore())
        model.fetchMore()

    model.rowsAboutToBeInserted.connect(again)
    model.rowsInserted.connect(again)
    read_all(desk, model)
    assert asked_inside
    assert not any(asked_inside)
    assert ids(model) == [row.session_id for row in desk.link.rows]


def test_fetch_more_twice_asks_once(desk, model):
    fill(desk, 350)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    before = len(desk.link.asked)
    model.fetchMore()
    model.fetchMore()
    assert len(desk.link.asked) == before + 1


def test_memory_stays_bounded_and_emptied_pages_come_back(desk, model, qtbot, monkeypatch):
    monkeypatch.setattr(task_pages, "PAGES_KEPT", 4)
    fill(desk, 2000)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    while model.canFetchMore():
        model.index(model.rowCount() - 1, 0).data()
        model.fetchMore()
        desk.link.answer_all()
    assert model.rowCount() == 2000
    assert model.pages.in_memory <= 600
    assert model.index(0, Column.TASK).data() == "…"
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    assert model.index(0, Column.TASK).data() == "open the settings, number 20000"
    assert model.rowCount() == 2000


def test_selected_rows_stay_in_memory(desk, model, qtbot, monkeypatch):
    monkeypatch.setattr(task_pages, "PAGES_KEPT", 4)
    fill(desk, 2000)
    table = TaskTable(model)
    qtbot.addWidget(table)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    table.choose(0)
    while model.canFetchMore():
        model.index(model.rowCount() - 1, 0).data()
        model.fetchMore()
        desk.link.answer_all()
    assert [row.session_id for row in table.chosen()] == ["task-0020000"]


def test_rows_that_are_seen_stay_in_memory_however_far_the_selected_ones_are(desk, model, qtbot, monkeypatch):
    monkeypatch.setattr(task_pages, "PAGES_KEPT", 4)
    fill(desk, 2000)
    table = TaskTable(model)
    qtbot.addWidget(table)
    table.resize(900, 400)
    table.show()
    model.show_tasks(TaskFilter())
    read_all(desk, model)
    table.choose(1999)
    table.scrollToTop()

    def read_again():
        table.viewport().repaint()
        table.chosen()  # whoever asks for the selected tasks must not make the seen ones go
        desk.link.answer()
        return model.pages.at(0) is not None and not desk.link.open and not model._wanted

    qtbot.waitUntil(read_again, timeout=3000)
    asked = len(desk.link.asked)
    for _ in range(3):
        table.viewport().repaint()
        table.chosen()
        qtbot.wait(30)  # long enough for the timer that would ask again
        desk.link.answer()
    assert len(desk.link.asked) == asked


def test_emptied_page_that_lost_a_task_meanwhile_is_shown_without_it(desk, model, qtbot, monkeypatch):
    monkeypatch.setattr(task_pages, "PAGES_KEPT", 4)
    fill(desk, 1500)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    while model.canFetchMore():
        model.index(model.rowCount() - 1, 0).data()
        model.fetchMore()
        desk.link.answer_all()
    del desk.link.rows[5]
    model.index(0, 0).data()
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    assert model.rowCount() == 1499
    assert ids(model)[:8] == [row.session_id for row in desk.link.rows[:8]]


def test_wish_that_comes_while_others_are_being_read_is_not_lost(desk, model, qtbot, monkeypatch):
    monkeypatch.setattr(task_pages, "PAGES_KEPT", 4)
    fill(desk, 2000)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    while model.canFetchMore():
        model.index(model.rowCount() - 1, 0).data()
        model.fetchMore()
        desk.link.answer_all()
    for row in (1000, 900, 800, 700):
        model.index(row, 0).data()
    qtbot.waitUntil(lambda: len(desk.link.open) == 4, timeout=2000)
    model.index(0, 0).data()
    qtbot.wait(50)  # the wish's own timer has passed: nothing more may be asked for at once
    assert len(desk.link.open) == 4
    desk.link.answer_all()
    assert model.pages.at(0) is not None


@pytest.mark.parametrize("since", ["", "2026-01-01"])
def test_filtered_search_goes_on_over_empty_pages_and_finds_all(desk, model, since):
    fill(desk, 5000)
    desk.link.rows[4990] = task(desk.link.rows[4990].created_seq, task_description="the Needle")
    desk.link.slice = 100
    model.show_tasks(TaskFilter(text="needle", since=since))
    desk.link.answer()
    assert model.searching
    assert 0 < model.looked_at < 1
    desk.link.answer_all()
    assert model.rowCount() == 1
    assert model.is_complete
    assert not model.searching


def test_search_can_be_stopped_and_gone_on_with(desk, model):
    fill(desk, 5000)
    desk.link.rows[4990] = task(desk.link.rows[4990].created_seq, task_description="needle")
    desk.link.slice = 100
    model.show_tasks(TaskFilter(text="needle"))
    desk.link.answer()
    model.stop()
    asked = len(desk.link.asked)
    model.fetchMore()
    desk.link.answer_all()
    assert len(desk.link.asked) == asked
    assert not model.searching
    model.go_on()
    desk.link.answer_all()
    assert model.rowCount() == 1


def test_search_rests_when_there_is_a_screenful(desk, model):
    fill(desk, 5000)
    desk.link.slice = 100
    model.show_tasks(TaskFilter(state="SUCCESS"))
    desk.link.answer_all()
    assert 50 <= model.rowCount() <= 200
    assert not model.is_complete


def test_long_texts_are_not_kept_in_rows(desk, model):
    desk.link.rows = [task(10, task_description="x" * 60_000, script="y" * 60_000)]
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    row = model.index(0, 0).data(TASK_ROLE)
    assert len(row.task_description) + len(row.script) <= 1000


def test_every_cell_has_a_text_and_numbers_stand_right(desk, model):
    desk.link.rows = [task(10, prompt_tokens=1200, user_label=Label.RIGHT, verdict="right")]
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    for column in Column:
        assert model.index(0, column).data(), column
        assert model.headerData(column, Qt.Orientation.Horizontal)
    assert model.index(0, Column.TOKENS).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight.value
    assert not model.canFetchMore(QModelIndex(model.index(0, 0)))


def test_columns_are_left_out_in_a_narrow_table_and_nobody_scrolls_sideways(desk, model, qtbot):
    fill(desk, 20)
    table = TaskTable(model)
    qtbot.addWidget(table)
    table.resize(600, 400)
    table.show()
    assert table.isColumnHidden(Column.ID)
    assert not table.isColumnHidden(Column.TASK)
    table.resize(1900, 400)
    assert not any(table.isColumnHidden(column) for column in Column)


def test_enter_opens_and_the_selection_names_its_tasks(desk, model, qtbot):
    fill(desk, 20)
    table = TaskTable(model)
    qtbot.addWidget(table)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    table.choose(2)
    with qtbot.waitSignal(table.opened):
        qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert [row.session_id for row in table.chosen()] == [row.session_id for row in desk.link.rows[2:4]]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (TaskFilter(), True),
        (TaskFilter(text="SETTINGS"), True),
        (TaskFilter(text="bluetooth"), False),
        (TaskFilter(state="FAILED"), False),
        (TaskFilter(device_id="PHONE1", model="gpt"), True),
        (TaskFilter(device_id="PHONE2"), False),
        (TaskFilter(since="2026-01-01", until="2026-01-02"), True),
        (TaskFilter(since="2026-01-04"), False),
        (TaskFilter(until="2025-12-30"), False),
    ],
)
def test_filter_judges_a_task_as_the_daemon_does(wanted, fits):
    assert wanted.fits(task(40_000)) is fits


def test_dates_are_days_of_this_zone_asked_for_in_utc(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        asked = TaskFilter(since="2026-03-01", until="2026-03-01").request("", 10)
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert (asked.since, asked.until) == ("2026-02-28T16:00:00Z", "2026-03-01T15:59:59Z")
