"""The list of tasks: pages, filters, what changes while it is looked at."""

from __future__ import annotations

import pytest
from fake_desk_history import FakeDesk, event, task
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.pages.history import task_pages
from gui.pages.history.live_tasks import LiveTasks
from gui.pages.history.task_cells import Column
from gui.pages.history.task_filter import TaskFilter
from gui.pages.history.task_model import TASK_ROLE, TaskListModel
from gui.pages.history.task_view import TaskTable
from shared.errors import ErrorCode
from shared.messages import ErrorInfo, Label, Labelled, StateChanged, TaskDeleted
from shared.task_state import TaskEvent, TaskState


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


def created(seq=1):
    from shared.messages import NewTask, TaskCreated

    new = NewTask(session_id=f"task-{seq:07d}", task_description="x")
    return event(TaskCreated(task=new, base_url="", model_name="", submitted_by="", held=""))


def changed(session_id):
    body = StateChanged(
        session_id=session_id,
        from_state=TaskState.RUNNING,
        to_state=TaskState.FAILED,
        event=TaskEvent.FAILED,
        reason="",
        by="",
    )
    return event(body)


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


def test_new_task_appears_at_the_top(desk, model, tester, qtbot):
    fill(desk, 150)
    LiveTasks(desk, model)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    desk.link.rows.insert(0, task(9000, final_status=TaskState.CREATED, verdict=None))
    desk.link.news.emit((created(9000),))
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    assert ids(model)[0] == "task-0009000"
    assert model.rowCount() == 101
    read_all(desk, model)
    assert ids(model) == [row.session_id for row in desk.link.rows]


def test_so_many_new_tasks_that_they_do_not_join_begin_the_list_anew(desk, model, qtbot):
    fill(desk, 150)
    LiveTasks(desk, model)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    desk.link.rows = [task(seq) for seq in range(9000, 8000, -1)] + desk.link.rows
    desk.link.news.emit((created(9000),))
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    read_all(desk, model)
    assert ids(model) == [row.session_id for row in desk.link.rows]


def test_changed_task_is_shown_as_it_is_now(desk, model, tester, qtbot):
    fill(desk, 20, final_status=TaskState.RUNNING, verdict=None)
    LiveTasks(desk, model)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    desk.link.rows[3] = task(desk.link.rows[3].created_seq, final_status=TaskState.FAILED, verdict=None)
    desk.link.news.emit((changed(desk.link.rows[3].session_id),))
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    assert model.index(3, Column.STATE).data() == "failed"


def test_task_leaves_a_list_of_one_state_and_comes_into_another_at_its_place(desk, model, tester, qtbot):
    fill(desk, 20, final_status=TaskState.RUNNING, verdict=None)
    desk.link.rows[1] = task(desk.link.rows[1].created_seq, final_status=TaskState.FAILED)
    desk.link.rows[9] = task(desk.link.rows[9].created_seq, final_status=TaskState.FAILED)
    LiveTasks(desk, model)
    model.show_tasks(TaskFilter(state="FAILED"))
    desk.link.answer_all()
    desk.link.rows[1] = task(desk.link.rows[1].created_seq, final_status=TaskState.SUCCESS)
    desk.link.rows[5] = task(desk.link.rows[5].created_seq, final_status=TaskState.FAILED)
    desk.link.news.emit((changed(desk.link.rows[5].session_id), changed(desk.link.rows[1].session_id)))
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    assert ids(model) == [desk.link.rows[5].session_id, desk.link.rows[9].session_id]


def test_deleted_task_disappears_and_judged_one_says_so(desk, model, tester, qtbot):
    fill(desk, 20)
    LiveTasks(desk, model)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    gone = desk.link.rows.pop(4)
    desk.link.rows[0] = task(desk.link.rows[0].created_seq, user_label=Label.WRONG, verdict="wrong")
    judged = Labelled(
        session_id=desk.link.rows[0].session_id, step_num=None, label=Label.WRONG, correction="", by="gui"
    )
    desk.link.news.emit((event(TaskDeleted(session_id=gone.session_id, by="gui")), event(judged)))
    assert gone.session_id not in ids(model)
    qtbot.waitUntil(lambda: bool(desk.link.open), timeout=2000)
    desk.link.answer_all()
    assert model.index(0, Column.LABEL).data() == "✗ wrong"


def test_after_a_gap_what_is_looked_at_is_read_again(desk, model, tester, qtbot):
    fill(desk, 120)
    LiveTasks(desk, model)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    desk.link.rows[2] = task(desk.link.rows[2].created_seq, final_status=TaskState.CRASHED)
    desk.link.resync.emit()
    assert model.index(2, Column.STATE).data().startswith("success")  # asks for it
    qtbot.waitUntil(lambda: len(desk.link.open) >= 2, timeout=2000)
    desk.link.answer_all()
    assert model.index(2, Column.STATE).data().startswith("crashed")


def test_store_that_is_away_is_said_and_read_when_it_is_back(desk, model, tester, qtbot):
    fill(desk, 20)
    LiveTasks(desk, model)
    desk.link.refuse = ErrorInfo(code=ErrorCode.STORE_AWAY, message="no answer", retryable=True)
    model.show_tasks(TaskFilter())
    desk.link.answer_all()
    assert "does not answer" in model.problem
    desk.link.refuse = None
    desk.link.resync.emit()
    desk.link.answer_all()
    assert model.rowCount() == 20
    assert model.problem == ""


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
