"""Views: keyset pages, prefixes, filters, and reads that end in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import apsw
import pytest
import zmq
from store_lab import CLI, PHONE, WORKER, StoreLab

from persistence_daemon.connection import limit_reads, open_reader
from persistence_daemon.rows import columns
from persistence_daemon.views import Answered, Figures, ReadPool, view
from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.messages import (
    DeviceList,
    DeviceRow,
    GetStatus,
    GetTask,
    HoldDevice,
    ListDevices,
    ListSetAside,
    ListSteps,
    ListTasks,
    Message,
    NoteRow,
    SetAsidePage,
    SetAsideRow,
    StepPage,
    StepRow,
    StoreStatus,
    TaskPage,
    TaskRow,
    TaskView,
    TransitionRow,
)
from shared.task_state import TaskEvent, TaskState
from shared.transport import Incoming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIGURES = Figures(1.0, 2.0, ("an alert",), {PHONE: "worker-1"}, demo=False)


@pytest.fixture
def ask(lab: StoreLab) -> Iterator[Callable[[Message], Message]]:
    reader = open_reader(lab.home.database)
    yield lambda request: view(reader, lab.home, request, FIGURES)
    reader.close()


Ask = "Callable[[Message], Message]"


def test_tasks_come_newest_first_in_pages_that_miss_and_repeat_nothing(lab: StoreLab, ask: Ask) -> None:
    for number in range(7):
        lab.create(f"task-{number}")
    seen, after = [], ""
    while True:
        page = ask(ListTasks(limit=3, after=after))
        assert isinstance(page, TaskPage)
        seen += [task.session_id for task in page.items]
        if page.next is None:
            break
        after = page.next
        lab.create(f"new-{after}")
    assert seen == [f"task-{number}" for number in range(6, -1, -1)]


def test_tasks_are_filtered_by_state_device_text_and_time(lab: StoreLab, ask: Ask) -> None:
    lab.running("ran")
    lab.create("waits")

    def found(**fields: object) -> list[str]:
        page = ask(ListTasks(**fields))
        assert isinstance(page, TaskPage)
        return [task.session_id for task in page.items]

    assert found(state=TaskState.RUNNING) == ["ran"]
    assert found(device_id=PHONE) == ["ran"]
    assert found(text="DO IT") == ["waits", "ran"]
    assert found(text="%") == []
    assert found(since="2026-01-01T00:00:00Z", until="2027-01-01") == ["waits", "ran"]
    assert found(until="2020-01-01") == []
    assert found(model="gpt") == []


@pytest.mark.parametrize("request_", [ListTasks(after="x"), ListTasks(since="yesterday"), ListTasks(after="9" * 30)])
def test_a_filter_that_is_none_is_refused(ask: Ask, request_: Message) -> None:
    with pytest.raises(BadInputError) as caught:
        ask(request_)
    assert caught.value.code is ErrorCode.BAD_REQUEST


def test_a_task_is_found_by_a_unique_prefix(lab: StoreLab, ask: Ask) -> None:
    for name in ("abc1", "abc2", "abc"):
        lab.create(name)

    def found(task_id: str) -> str:
        seen = ask(GetTask(task_id=task_id))
        assert isinstance(seen, TaskView)
        return seen.task.session_id

    assert found("abc1") == "abc1"
    assert found("abc") == "abc", "a whole id wins over longer ones"
    assert found("@last") == "abc"
    for task_id, code in (("ab", ErrorCode.AMBIGUOUS_TASK), ("zzz", ErrorCode.UNKNOWN_TASK)):
        with pytest.raises(StepwellError) as caught:
            found(task_id)
        assert caught.value.code is code


def test_the_newest_task_of_an_empty_store_is_unknown(ask: Ask) -> None:
    with pytest.raises(StepwellError) as caught:
        ask(GetTask(task_id="@last"))
    assert caught.value.code is ErrorCode.UNKNOWN_TASK


def test_a_task_comes_with_its_transitions_and_notes(lab: StoreLab, ask: Ask) -> None:
    lab.running()
    lab.accepted(lab.note("n1", "null"))
    lab.accepted(lab.change(TaskEvent.FAILED, reason="null"))
    seen = ask(GetTask(task_id="task-1"))
    assert isinstance(seen, TaskView)
    assert [row.to_state for row in seen.transitions] == ["CREATED", "RUNNING", "FAILED"]
    assert [note.text for note in seen.notes] == ["null"]
    assert seen.task.error_message == "null", "text is never taken for a value"
    assert seen.task.timestamp == "2026-01-01 00:00:03"


def test_steps_come_in_pages_and_the_newest_on_request(lab: StoreLab, ask: Ask) -> None:
    lab.running()
    for number in range(1, 6):
        lab.step(number)

    def found(**fields: object) -> tuple[list[int], int | None]:
        page = ask(ListSteps(session_id="task-1", **fields))
        assert isinstance(page, StepPage)
        return [step.step_num for step in page.items], page.next

    assert found(limit=2) == ([1, 2], 2)
    assert found(limit=2, after=4) == ([5], None)
    assert found(limit=2, last=True) == ([4, 5], None)
    page = ask(ListSteps(session_id="task-1", limit=1))
    assert isinstance(page, StepPage)
    assert (page.items[0].success, page.items[0].late) == (True, False)
    with pytest.raises(StepwellError):
        ask(ListSteps(session_id="no-task"))


def test_devices_say_who_works_on_them_and_what_waits(lab: StoreLab, ask: Ask) -> None:
    lab.running()
    lab.create("waits", PHONE)
    lab.ask(CLI, HoldDevice(device_id=PHONE, reason="why"))
    seen = ask(ListDevices())
    assert isinstance(seen, DeviceList)
    (device,) = seen.items
    assert (device.worker, device.task, device.waiting, device.held) == ("worker-1", "task-1", 1, "why")


def test_what_was_set_aside_is_shown_newest_first(lab: StoreLab, ask: Ask) -> None:
    for number in range(1, 4):
        lab.write_one(lab.begin(number, "lost"))
    page = ask(ListSetAside(limit=2))
    assert isinstance(page, SetAsidePage)
    assert len(page.items) == 2
    assert page.next is not None
    rest = ask(ListSetAside(session_id="lost", after=page.next))
    assert isinstance(rest, SetAsidePage)
    assert len(rest.items) == 1
    assert rest.items[0].seq < page.items[-1].seq


def test_the_status_tells_the_store_in_figures(lab: StoreLab, ask: Ask) -> None:
    lab.running()
    lab.create("waits", PHONE)
    lab.ask(CLI, HoldDevice(device_id=PHONE))
    status = ask(GetStatus())
    assert isinstance(status, StoreStatus)
    assert (status.tasks["RUNNING"], status.tasks["CREATED"], status.held) == (1, 1, 1)
    assert (status.seq, status.timeline) == (lab.store.seq, lab.store.timeline)
    assert status.alerts == ("an alert",)
    assert status.wal_bytes > 0


def test_every_field_of_a_row_has_its_column_of_the_same_name(lab: StoreLab) -> None:
    tables = {
        TaskRow: "tasks",
        StepRow: "steps",
        TransitionRow: "transitions",
        NoteRow: "notes",
        SetAsideRow: "set_aside",
        DeviceRow: "devices",
    }
    for kind, table in tables.items():
        lab.rows(f"SELECT {columns(kind)} FROM {table}")


def test_the_original_designs_columns_are_there_under_their_names(lab: StoreLab) -> None:
    lab.rows(
        "SELECT session_id, user_id, timestamp, task_description, final_status, total_steps, total_time, error_message,"
        " device_id, base_url, model_name, updated_at FROM tasks"
    )
    lab.rows(
        "SELECT session_id, step_num, screenshot_path, screenshot_analysis, action, action_params, execution_time,"
        " success, message, thinking FROM steps"
    )


def test_a_read_that_takes_too_long_is_ended_with_a_sentence(lab: StoreLab) -> None:
    reader = open_reader(lab.home.database)
    times = iter([0.0, *[10.0] * 1000])
    limit = limit_reads(reader, lambda: next(times))
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(StepwellError) as caught, limit:
        reader.execute(endless).fetchall()
    assert caught.value.code is ErrorCode.STORE_BUSY
    assert caught.value.retryable
    reader.close()


def test_a_reader_cannot_write(lab: StoreLab) -> None:
    reader = open_reader(lab.home.database)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM tasks")
    reader.close()
    assert WORKER.role == "worker"


def test_a_view_that_breaks_is_answered_and_its_reader_makes_the_next_one(
    lab: StoreLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> Message:
        raise RuntimeError("a fault of our own")

    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    pool = ReadPool(context, lab.home)
    monkeypatch.setattr("persistence_daemon.queries.list_devices", breaks)
    for number in range(6):  # more than there are readers
        assert pool.ask(Incoming(CLI, number, ListDevices()), FIGURES)
    assert pool.ask(Incoming(CLI, 9, ListTasks()), FIGURES)
    made: list[Answered] = []
    end = time.monotonic() + 5
    while len(made) < 7 and time.monotonic() < end:
        pool.socket.poll(50)
        made += pool.answered()
    pool.close()
    context.term()
    answers = {one.request.id: one.answer for one in made}
    assert isinstance(answers.pop(9), TaskPage)
    assert [getattr(one, "code", None) for one in answers.values()] == [ErrorCode.INTERNAL] * 6


def test_a_column_that_is_not_there_is_an_error_and_not_a_text(lab: StoreLab) -> None:
    reader = open_reader(lab.home.database)
    with pytest.raises(apsw.SQLError, match="no such column"):
        reader.execute('SELECT "no_such_column" FROM tasks')
    reader.close()
