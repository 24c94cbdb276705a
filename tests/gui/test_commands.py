"""What a person does, as messages: a stop asks whom it must, in the protocol's order, and refusals are told."""

from __future__ import annotations

import pytest
from core_desk import AT, no_answer, process, running, waiting
from fake_desk_run import task_row

from shared.errors import ErrorCode
from shared.messages import (
    CancelTask,
    DeleteTask,
    Done,
    ErrorInfo,
    ExpectStop,
    ForceStop,
    GetTask,
    HoldDevice,
    KillWorker,
    Label,
    LabelTask,
    ListTasks,
    NewTask,
    ReleaseDevice,
    ReloadSettings,
    ShutDown,
    Stopping,
    StopTask,
    SubmitTask,
    Submitted,
    TaskPage,
    TaskView,
)
from shared.task_state import TaskState


def refusal(code):
    return ErrorInfo(code=code, message=f"refused: {code}")


def seen(task):
    return TaskView(task=task, transitions=(), notes=(), set_aside=0, timeline="t", seq=1)


def test_a_running_task_is_stopped_at_its_worker(core):
    commands, named = core.desk.commands, []
    commands.stopping.connect(named.append)
    commands.stop(running())
    assert named == ["a" * 32]
    assert commands.is_stopping("a" * 32)
    core.expect_stop()
    ask = core.answer_only(StopTask, Stopping(session_id="a" * 32))
    assert (ask.target, ask.message.reason) == ("worker-1", "stopped in the window")
    assert core.asked() == []
    assert not commands.is_asking_to_stop


def test_a_waiting_task_that_was_claimed_meanwhile_is_stopped_at_its_worker_and_then_by_force(core):
    core.desk.commands.stop(waiting("a" * 32))
    core.answer_only(CancelTask, refusal(ErrorCode.ILLEGAL_TRANSITION))
    core.answer_only(GetTask, seen(running()))
    core.expect_stop()
    core.answer_only(StopTask, no_answer())
    force = core.answer_only(ForceStop, Done())
    assert (force.target, force.message.worker, force.message.incarnation) == ("supervisor", "worker-1", "i1")
    assert core.told == []
    assert not core.desk.commands.is_asking_to_stop


@pytest.mark.parametrize("code", [ErrorCode.STALE])
def test_a_task_that_has_ended_meanwhile_is_no_fault(core, code):
    core.desk.commands.stop(running())
    core.expect_stop()
    core.answer_only(StopTask, refusal(code))
    assert core.told == []
    assert core.asked() == []


def test_a_refused_stop_is_told_and_no_longer_shown_as_under_way(core):
    core.desk.commands.stop(waiting("a" * 32))
    core.answer_only(CancelTask, refusal(ErrorCode.INTERNAL))
    assert core.told[0][1] is True
    assert not core.desk.commands.is_stopping("a" * 32)
    assert not core.desk.commands.is_asking_to_stop


def test_a_task_that_has_ended_is_not_stopped(core):
    core.desk.commands.stop(task_row())
    assert core.asked() == []


def test_stop_all_cancels_what_waits_before_it_stops_what_runs(core, qtbot):
    core.show_tasks(running(), waiting())
    core.desk.commands.stop_all()
    assert [type(ask.message) for ask in core.asked()] == [CancelTask, ExpectStop, ListTasks]
    assert core.desk.commands.is_asking_to_stop
    core.answer_only(CancelTask, Done())
    core.expect_stop()
    with qtbot.waitSignal(core.desk.commands.stops_ended):
        core.answer_only(StopTask, Stopping(session_id="a" * 32))


def test_stop_all_also_stops_what_is_not_shown_and_what_has_begun_meanwhile(core):
    core.show_tasks(waiting())
    core.desk.commands.stop_all()
    core.answer_only(CancelTask, Done())
    hidden, last, begun = waiting("c" * 32), waiting("d" * 32), running("e" * 32)
    first = core.answer_only(ListTasks, TaskPage(items=(waiting(), hidden), next="7", **AT))
    assert (first.message.state, first.message.after) == (TaskState.CREATED, "")
    assert core.answer_only(CancelTask, Done()).message.session_id == hidden.session_id
    second = core.answer_only(ListTasks, TaskPage(items=(last,), next=None, **AT))
    assert second.message.after == "7"
    assert core.answer_only(CancelTask, Done()).message.session_id == last.session_id
    third = core.answer_only(ListTasks, TaskPage(items=(begun,), next=None, **AT))
    assert third.message.state is TaskState.RUNNING
    core.expect_stop()
    assert core.answer_only(StopTask, Stopping(session_id=begun.session_id)).message.session_id == begun.session_id


def test_a_task_is_submitted_by_a_ready_worker_or_the_person_hears_why_not(core):
    got, failed = [], []
    core.desk.commands.submit(NewTask(session_id="s", task_description="x"), got.append, failed.append)
    assert failed[0].code is ErrorCode.NOT_RUNNING
    core.show_processes(process("worker-2"))
    core.desk.commands.submit(NewTask(session_id="s", task_description="x"), got.append, failed.append)
    (ask,) = core.asked(SubmitTask)
    assert ask.target == "worker-2"
    core.answer(ask, Submitted(session_id="s", existing=False, seq=1, held=False))
    assert got[0].session_id == "s"


def test_every_other_command_goes_where_it_belongs(core):
    commands, heard = core.desk.commands, []
    commands.hold("d")
    commands.release("d")
    commands.label("s", 3, Label.WRONG, "rather this")
    commands.delete("s", heard.append)
    commands.reload_settings(heard.append, heard.append)
    commands.kill_worker("worker-1", "i1")
    commands.shut_down()
    where = {type(ask.message): ask.target for ask in core.asked()}
    daemon = dict.fromkeys((HoldDevice, ReleaseDevice, LabelTask, DeleteTask), "daemon")
    assert where == daemon | dict.fromkeys((ReloadSettings, KillWorker, ShutDown), "supervisor")
    core.answer_only(HoldDevice, refusal(ErrorCode.UNKNOWN_DEVICE))
    assert core.told == [("refused: UNKNOWN_DEVICE", True)]
    core.answer_only(DeleteTask, Done())
    assert heard == [Done()]


def test_a_judgement_of_the_whole_task_keeps_its_correction_until_it_is_taken_back(core):
    judged = task_row("s", user_label=Label.RIGHT, user_correction="rather this")
    for label in (Label.WRONG, Label.RIGHT, None):
        core.desk.commands.judge(judged, label)
    assert [(ask.message.label, ask.message.correction) for ask in core.asked(LabelTask)] == [
        (Label.WRONG, "rather this"),
        (Label.RIGHT, "rather this"),
        (None, ""),
    ]
