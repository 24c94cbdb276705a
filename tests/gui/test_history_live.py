"""The list of tasks while something changes: new, changed, judged and deleted tasks, gaps, an absent store."""

from __future__ import annotations

import pytest
from fake_desk_history import FakeDesk, event, task
from PySide6.QtTest import QAbstractItemModelTester

from gui.pages.history.live_tasks import LiveTasks
from gui.pages.history.task_cells import Column
from gui.pages.history.task_filter import TaskFilter
from gui.pages.history.task_model import TASK_ROLE, TaskListModel
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
