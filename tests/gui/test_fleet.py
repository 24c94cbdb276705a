"""What runs, waits and is connected: read once for a moment's events, from the views only."""

from __future__ import annotations

import pytest
from core_desk import AT, phone, running, waiting

from gui import fleet as module
from shared.messages import DeviceHeld, Labelled, ListDevices, ListTasks, StateChanged, TaskCreated, TaskPage
from shared.task_state import TaskEvent, TaskState


def ended(session_id="a" * 32):
    return StateChanged(
        session_id=session_id,
        from_state=TaskState.RUNNING,
        to_state=TaskState.SUCCESS,
        event=next(iter(TaskEvent)),
        reason="",
        by="x",
    )


def test_nothing_is_known_before_the_first_answer(core):
    assert not core.desk.fleet.is_known
    core.show_tasks(running())
    assert core.desk.fleet.is_known


def test_lists_are_in_the_order_of_the_queue(core):
    stopping = running("c" * 32, final_status=TaskState.STOPPING, created_seq=1)
    core.show_tasks(running(created_seq=3), stopping, waiting(created_seq=9), waiting("e" * 32, created_seq=5))
    fleet = core.desk.fleet
    assert [row.created_seq for row in fleet.running] == [1, 3]
    assert [row.created_seq for row in fleet.queue] == [5, 9]


def test_what_begins_next_is_shown_however_long_the_queue_is(core):
    fleet = core.desk.fleet
    core.show_tasks()
    fleet.read()
    (ask,) = [ask for ask in core.asked(ListTasks) if ask.message.state is TaskState.CREATED]
    assert ask.message.oldest_first, "the store gives what comes next, and nobody reads through what comes last"
    rows = tuple(waiting(f"{seq:032}", created_seq=seq) for seq in range(1, ask.message.limit + 1))
    core.answer(ask, TaskPage(items=rows, next="200", **AT))
    assert fleet.queue == rows
    assert [ask for ask in core.asked(ListTasks) if ask.message.state is TaskState.CREATED] == []


def test_a_page_that_long_texts_have_filled_is_read_on(core):
    fleet = core.desk.fleet
    core.show_tasks()
    fleet.read()
    pages = [(1, 2), (3, 4), (5,)]
    for number, page in enumerate(pages, 1):
        (ask,) = [ask for ask in core.asked(ListTasks) if ask.message.state is TaskState.CREATED]
        rows = tuple(waiting(str(seq) * 32, created_seq=seq) for seq in page)
        core.answer(ask, TaskPage(items=rows, next=str(page[-1]) if number < len(pages) else None, **AT))
    assert [row.created_seq for row in fleet.queue] == [1, 2, 3, 4, 5]


def test_a_task_that_goes_from_running_to_stopping_is_never_shown_twice_nor_lost(core):
    fleet = core.desk.fleet
    core.show_tasks(running())
    later = running(final_status=TaskState.STOPPING)
    fleet._stopping(TaskPage(items=(later,), next=None, **AT))
    assert fleet.running == (later,)
    fleet._running(TaskPage(items=(), next=None, **AT))
    assert fleet.running == (later,)
    fleet._stopping(TaskPage(items=(), next=None, **AT))
    assert fleet.running == ()


def test_events_of_one_moment_are_answered_by_one_reading(core, qtbot, monkeypatch):
    core.show_tasks()
    for number in range(50):
        core.publish(DeviceHeld(device_id=f"d{number}", reason="", by="x"))
    qtbot.waitUntil(lambda: bool(core.asked(ListDevices)))
    qtbot.wait(2 * module._SETTLE_MS)
    assert len(core.asked(ListDevices)) == 1


def test_what_changes_no_list_is_not_read(core, qtbot):
    core.show_tasks()
    core.publish(Labelled(session_id="a", step_num=None, label=None, correction="", by="x"))
    qtbot.wait(2 * module._SETTLE_MS)
    assert core.asked(ListTasks) == []


def test_endings_are_told_and_only_endings(core, qtbot):
    told = []
    core.desk.fleet.ended.connect(told.append)
    core.publish(ended(), *[])
    assert [change.session_id for change in told] == ["a" * 32]


def test_an_older_answer_does_not_overtake_a_newer_one(core):
    fleet = core.desk.fleet
    fleet.read()
    old = [ask for ask in core.asked(ListTasks) if ask.message.state is TaskState.RUNNING]
    fleet.read()
    new = [ask for ask in core.asked(ListTasks) if ask.message.state is TaskState.RUNNING and ask not in old]
    core.answer(new[0], TaskPage(items=(running(),), next=None, **AT))
    core.answer(old[0], TaskPage(items=(), next=None, **AT))
    assert len(fleet.running) == 1


def test_a_resync_reads_everything(core):
    core.resync()
    assert len(core.asked(ListTasks)) == 3
    assert len(core.asked(ListDevices)) == 1


def test_devices_have_the_name_that_a_person_gave_them(core):
    core.show_tasks(running(device_id="d1"), devices=(phone(), phone(device_id="d2", alias=None)))
    fleet = core.desk.fleet
    assert [fleet.name_of(one) for one in ("d1", "d2", "d3", None)] == ["Pixel", "d2", "d3", ""]
    assert fleet.running_on("d1") is not None
    assert fleet.running_on("d2") is None


@pytest.mark.parametrize("kind", [TaskCreated, StateChanged])
def test_kinds_that_change_both_lists_are_heard_as_both(kind):
    assert kind in module._TASKS
    assert kind in module._DEVICES
