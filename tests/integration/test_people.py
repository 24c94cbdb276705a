"""People in the loop, with real processes and the simulated phone: the answer is committed before the phone is touched.

A confirmation outlives the daemon; what is stale, doubled or late changes nothing; a no leaves the phone untouched.
"""

from __future__ import annotations

import io
import os
import signal
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from fault_checks import check_everything, outcomes
from PIL import Image
from stepwell_harness import PLUGINS, REPOSITORY, Stepwell, wait_for

from shared.errors import ErrorCode, StepwellError
from shared.identity import new_session_id
from shared.messages import (
    Acted,
    ActKind,
    AnswerWait,
    Decision,
    Done,
    GetScreen,
    NewTask,
    PersonAct,
    ReloadSettings,
    Screen,
    WaitingFor,
)
from shared.task_state import is_final
from supervisor.cli.persons import open_wait
from supervisor.cli.stop import unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messages import WaitRow
    from supervisor.client import Client

ENDINGS = ("SUCCESS", "FAILED", "CRASHED", "STOPPED")


class Lab:
    """A running Stepwell with agents that ask."""

    def __init__(self, stepwell: Stepwell) -> None:
        self.stepwell = stepwell
        self.client: Client = stepwell.client()
        self.tasks: list[str] = []

    def begin(self, agent: str) -> str:
        new = NewTask(session_id=new_session_id(), task_description=f"ask: {agent}", agent=agent)
        self.tasks.append(self.client.submit(new).session_id)
        return self.tasks[-1]

    def wait(self, task: str, kind: WaitingFor = WaitingFor.CONFIRM, after: int = 0) -> WaitRow:
        """Return what the task waits for, once it does."""

        def waiting() -> WaitRow | None:
            try:
                found = open_wait(self.client.task(task))
            except StepwellError:
                return None
            return found if found is not None and found.waiting_for is kind and found.seq > after else None

        found: WaitRow = wait_for(f"task {task[:8]} waits for {kind}", waiting)
        return found

    def answer(self, task: str, wait: WaitRow, decision: Decision, text: str = "") -> int:
        """Answer, and again while it is not confirmed: a repeat is answered the same."""

        def settled() -> int:
            try:
                return self.client.answer(self.client.task(task).task, wait, decision, text)
            except StepwellError as error:
                if not error.retryable:
                    raise
                return 0

        found: int = wait_for("the answer is confirmed", settled)
        return found

    def stop_all(self) -> None:
        """Leave nothing at work for the next test."""
        for task in unfinished(self.client, None):
            self.client.stop(task, "the test is over")
            wait_for("it has ended", lambda task=task: is_final(self.client.task(task.session_id).task.final_status))

    def refused(self, task: str, wait: WaitRow, decision: Decision, **changes: Any) -> ErrorCode:
        """Return why an answer is refused."""
        row = self.client.task(task).task
        fields = {"session_id": task, "seq": wait.seq, "action_digest": wait.action_digest, **changes}
        with pytest.raises(StepwellError) as caught:
            self.client.ask(row.claimed_by or "", AnswerWait(decision=decision, **fields), Done)
        return caught.value.code


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    stepwell = Stepwell(tmp_path_factory.mktemp("people") / "home", env={"PYTHONPATH": f"{REPOSITORY}:{PLUGINS}"})
    stepwell.up("--fast")
    made = Lab(stepwell)
    yield made
    made.client.close()
    stepwell.down()
    check_everything(stepwell, None, made.tasks)


@pytest.fixture(autouse=True)
def _leave_nothing_at_work(lab: Lab) -> Iterator[None]:
    yield
    lab.stop_all()


def test_a_yes_is_committed_before_the_phone_is_touched_and_a_no_leaves_it_untouched(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    task = lab.begin("confirming")
    first = lab.wait(task)
    assert lab.stepwell.mutating() == before, "the phone saw nothing while it waits"
    assert lab.client.waits().items[0].wait == first
    approved = lab.answer(task, first, Decision.APPROVED)
    second = lab.wait(task, after=first.seq)
    assert lab.stepwell.run("deny", task, "not that one", "--json").json["decision"] == "denied"
    shown = lab.stepwell.wait_state(task, *ENDINGS)
    assert shown["task"]["state"] == "SUCCESS", shown["task"]["error_message"]
    assert outcomes(shown) == ["done", "not_executed"]
    assert shown["steps"][0]["begun_seq"] < first.seq < approved < shown["steps"][0]["finished_seq"]
    assert lab.stepwell.mutating()[len(before) :] == ["input tap 500 100"]
    assert [wait["decision"] for wait in shown["waits"]] == ["approved", "denied"]
    assert shown["waits"][1]["seq"] == second.seq
    assert "not that one" in shown["steps"][1]["message"]


def test_what_is_stale_doubled_late_or_about_another_action_changes_nothing(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    task = lab.begin("confirming")
    first = lab.wait(task)
    assert lab.refused(task, first, Decision.APPROVED, action_digest="f" * 64) is ErrorCode.STALE
    assert lab.refused(task, first, Decision.APPROVED, seq=first.seq + 1) is ErrorCode.STALE
    assert lab.refused(task, first, Decision.RESUMED) is ErrorCode.BAD_REQUEST
    assert lab.stepwell.mutating() == before
    settled = lab.answer(task, first, Decision.DENIED)
    second = lab.wait(task, after=first.seq)
    assert lab.answer(task, first, Decision.DENIED) == settled, "a doubled answer is answered the same"
    assert lab.refused(task, first, Decision.APPROVED) is ErrorCode.STALE
    assert open_wait(lab.client.task(task)) == second
    lab.answer(task, second, Decision.DENIED)
    wait_for("it has ended", lambda: lab.client.task(task).task.final_status == "SUCCESS")
    late = lab.stepwell.run("approve", task, "--json")
    assert late.code == 2
    assert "STALE" in late.err
    assert lab.stepwell.mutating() == before


def test_a_confirmation_waits_on_through_the_death_of_the_daemon_with_its_deadline(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    task = lab.begin("confirming")
    first = lab.wait(task)
    os.kill(daemon := lab.stepwell.pid("daemon"), signal.SIGKILL)
    wait_for("the daemon is back", lambda: lab.stepwell.all_ready() and lab.stepwell.pid("daemon") != daemon)
    assert lab.wait(task) == first, "the same wait, with the same deadline"
    assert first.waiting_deadline is not None
    assert datetime.fromisoformat(first.waiting_deadline) > datetime.fromisoformat(first.at)
    assert lab.stepwell.mutating() == before
    lab.answer(task, first, Decision.APPROVED)
    lab.answer(task, lab.wait(task, after=first.seq), Decision.APPROVED)
    lab.stepwell.wait_state(task, "SUCCESS")
    assert lab.stepwell.mutating()[len(before) :] == ["input tap 500 100", "input tap 500 200"]


def test_a_stop_ends_what_waits_as_not_executed(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    task = lab.begin("confirming")
    lab.wait(task)
    begun = time.monotonic()
    assert lab.stepwell.run("stop", task).code == 0
    assert time.monotonic() - begun < 10
    shown = lab.stepwell.show(task)
    assert shown["task"]["state"] == "STOPPED"
    assert (shown["task"]["waiting_for"], outcomes(shown)) == (None, ["not_executed"])
    assert shown["waits"][0]["decision"] == "ended"
    assert lab.stepwell.mutating() == before


def test_the_death_of_the_worker_ends_the_task_that_waits(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    task = lab.begin("confirming")
    lab.wait(task)
    os.kill(lab.stepwell.pid("worker-1"), signal.SIGKILL)
    shown = lab.stepwell.wait_state(task, "CRASHED")
    assert shown["waits"][0]["decision"] == "ended"
    assert lab.stepwell.mutating() == before
    wait_for("the worker is back", lab.stepwell.all_ready)
    lab.client.release(lab.client.devices().items[0].device_id)


def test_a_person_answers_takes_over_and_acts_in_steps_of_their_own(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    task = lab.begin("handing_over")
    asked = lab.wait(task, WaitingFor.ANSWER)
    assert asked.choices == ("red", "blue")
    worker = lab.client.task(task).task.claimed_by or ""
    tap = PersonAct(session_id=task, seq=asked.seq, act_id="act-1", kind=ActKind.TAP, x=321, y=1234)
    with pytest.raises(StepwellError) as caught:
        lab.client.ask(worker, tap, Acted)
    assert caught.value.code is ErrorCode.STALE, "the phone is not taken over yet"
    assert lab.stepwell.run("answer", task, "blue", "--seq", str(asked.seq)).code == 0
    taken = lab.wait(task, WaitingFor.TAKE_OVER)
    tap = PersonAct(session_id=task, seq=taken.seq, act_id="act-1", kind=ActKind.TAP, x=321, y=1234)
    acted = lab.client.ask(worker, tap, Acted, 20.0)
    assert (acted.step_num, acted.outcome) == (1, "done")
    assert lab.client.ask(worker, tap, Acted, 20.0) == acted, "a repeat touches nothing"
    screen = lab.client.ask(worker, GetScreen(session_id=task), Screen, 20.0)
    with Image.open(io.BytesIO(screen.image)) as picture:
        assert picture.size == (screen.width, screen.height)
    assert lab.stepwell.run("resume", task).code == 0
    shown = lab.stepwell.wait_state(task, *ENDINGS)
    assert shown["task"]["state"] == "SUCCESS", shown["task"]["error_message"]
    assert [(step["actor"], step["action"]["action"]) for step in shown["steps"]] == [
        ("person", "tap"),
        ("agent", "Back"),
    ]
    assert shown["steps"][0]["screenshot_path"]
    assert lab.stepwell.mutating()[len(before) :] == ["input tap 321 1234", "input keyevent 4"]
    assert shown["waits"][0]["text"] == "blue"


def test_a_paused_task_rests_between_steps_and_goes_on_when_it_is_resumed(lab: Lab) -> None:
    task = lab.begin("tapping")
    wait_for("it has begun", lambda: lab.client.task(task).task.total_steps > 1)
    paused = lab.stepwell.run("pause", task, "--json")
    assert (paused.code, paused.json["waiting_for"]) == (0, "paused"), paused.err
    row = lab.client.task(task).task
    assert (row.open_step, row.waiting_deadline) == (None, None)
    told = lab.stepwell.run("status", "--json").json["waiting"]
    assert [(one["session_id"], one["waiting_for"]) for one in told] == [(task, "paused")]
    assert lab.client.task(task).task.total_steps == row.total_steps
    assert lab.stepwell.run("resume", task).code == 0
    wait_for("it goes on", lambda: lab.client.task(task).task.total_steps > row.total_steps)
    lab.client.stop(lab.client.task(task).task, "enough")


def test_run_without_input_ends_with_6_when_the_task_waits_and_show_tells_what_for(lab: Lab) -> None:
    done = lab.stepwell.run("run", "ask me", "--agent", "confirming", "--no-input", "--json")
    assert done.code == 6
    task = done.lines[0]["session_id"]
    lab.tasks.append(task)
    wait = lab.wait(task)
    told = lab.stepwell.run("show", task).out
    assert f"waits for a person (confirm, seq {wait.seq})" in told
    assert "tap number 1?" in told
    lab.client.stop(lab.client.task(task).task, "enough")


def test_a_deadline_that_passes_while_the_daemon_is_dead_denies_the_action(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    settings = lab.stepwell.home / "stepwell.toml"
    kept = settings.read_text(encoding="utf-8") if settings.exists() else ""
    settings.write_text(f"{kept}\n[people]\nanswer_s = 1.5\n", encoding="utf-8")
    lab.client.ask("supervisor", ReloadSettings(), Done)
    task = lab.begin("confirming")
    wait = lab.wait(task)
    daemon = lab.stepwell.pid("daemon")
    os.kill(daemon, signal.SIGSTOP)
    try:
        time.sleep(max(0.0, datetime.fromisoformat(wait.waiting_deadline or "").timestamp() - time.time()))
    finally:
        os.kill(daemon, signal.SIGKILL)
    shown = lab.stepwell.wait_state(task, *ENDINGS)
    settings.write_text(kept, encoding="utf-8")
    lab.client.ask("supervisor", ReloadSettings(), Done)
    assert (shown["task"]["state"], outcomes(shown)) == ("FAILED", ["not_executed"])
    assert shown["task"]["error_message"].endswith("tap number 1?; nobody answered within 1.5 s")
    assert shown["waits"][0]["decision"] == "expired"
    assert lab.stepwell.mutating() == before


def test_a_crashed_task_is_continued_by_a_new_one_whose_model_is_told_what_may_have_half_happened(lab: Lab) -> None:
    new = NewTask(session_id=new_session_id(), task_description="Open Settings and turn on dark mode")
    task = lab.client.submit(new).session_id
    lab.tasks.append(task)
    wait_for("a step is over", lambda: lab.client.task(task).task.total_steps > 1)
    os.kill(lab.stepwell.pid("worker-1"), signal.SIGKILL)
    crashed = lab.stepwell.wait_state(task, "CRASHED")
    wait_for("the worker is back", lab.stepwell.all_ready)
    lab.client.release(lab.client.devices().items[0].device_id)
    done = lab.stepwell.run("continue", task, "--no-wait")
    assert done.code == 0, done.err
    lab.tasks.append(done.out.strip())
    shown = lab.stepwell.wait_state(lab.tasks[-1], *ENDINGS)
    assert (shown["task"]["state"], shown["task"]["continues"]) == ("SUCCESS", task), shown["task"]["error_message"]
    assert shown["notes"][0]["text"].startswith(f"continues task {task} (CRASHED)")
    unknown = crashed["task"]["unknown_step"]
    assert unknown is None or f"step {unknown} may have half happened" in shown["notes"][0]["text"]
