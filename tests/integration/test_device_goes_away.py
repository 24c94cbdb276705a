"""A phone that goes away or fails in the middle of a run: the record says what is known, and nothing is sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fault_checks import check_everything, outcomes
from stepwell_harness import Stepwell, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.faults  # it waits for real time-outs: not in the default run

ENDINGS = ("SUCCESS", "FAILED", "CRASHED")
COMMAND_S = 3.0
WAIT_S = 4.0
SETTINGS = f"[limits]\ndevice_command_s = {COMMAND_S}\ndevice_wait_s = {WAIT_S}\n"


class Lab:
    """A running Stepwell; each run taps at points of its own."""

    def __init__(self, stepwell: Stepwell) -> None:
        self.stepwell = stepwell
        self.tasks: list[str] = []
        self._taps = 0

    def begin(self) -> tuple[str, str]:
        """Begin a run of a tap, a wait and a tap, and return in its wait: its id, and the tap that is to come."""
        self._taps += 2
        first, second = ([100 + self._taps + n, 1200 + n] for n in (0, 1))
        task = self.stepwell.script(f"- tap: {first}\n- wait: 2.5\n- tap: {second}\n")
        self.tasks.append(task)
        client = self.stepwell.client()
        wait_for("the wait has begun", lambda: client.task(task).task.total_steps >= 2)
        client.close()
        return task, f"input tap {second[0]} {second[1]}"

    def end(self, task: str) -> dict[str, Any]:
        return self.stepwell.wait_state(task, *ENDINGS)

    def sent(self, command: str) -> int:
        return self.stepwell.mutating().count(command)

    def fault(self, words: str) -> None:
        self.stepwell.phone_shell(f"demo-fault {words}")

    def held(self) -> str:
        client = self.stepwell.client()
        try:
            return next(row.held for row in client.devices().items)
        finally:
            client.close()

    def release_and_go_on(self) -> None:
        """The phone is held after what is unknown; once released it does the next task."""
        assert "is unknown" in self.held()
        waiting = self.stepwell.script(f"- tap: [{100 + self._taps}, 1300]\n- fail: as asked\n")
        assert self.stepwell.task(waiting).final_status == "CREATED"
        assert self.stepwell.run("devices", "release", self.stepwell.phone_state()["serial"]).code == 0
        self.check_next(waiting)

    def go_on(self) -> None:
        """The phone is not held, and does the next task."""
        assert self.held() == ""
        self.check_next(self.stepwell.script("- wait: 0.01\n- fail: as asked\n"))

    def check_next(self, task: str) -> None:
        shown = self.end(task)
        self.tasks.append(task)
        assert shown["task"]["error_message"] == "as asked"
        assert shown["steps"][0]["outcome"] == "done"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    stepwell = Stepwell(tmp_path_factory.mktemp("away") / "home")
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text(SETTINGS)
    stepwell.up("--fast")
    made = Lab(stepwell)
    yield made
    stepwell.down()
    check_everything(stepwell, None, made.tasks)


def test_a_phone_that_is_away_between_steps_is_waited_for(lab: Lab) -> None:
    task, command = lab.begin()
    lab.fault("offline 3")
    shown = lab.end(task)
    assert shown["task"]["state"] == "SUCCESS", shown["task"]["error_message"]
    assert outcomes(shown) == ["done"] * 3
    assert lab.sent(command) == 1
    lab.go_on()


def test_a_phone_that_stays_away_between_steps_fails_the_task_and_holds_nothing(lab: Lab) -> None:
    task, command = lab.begin()
    lab.fault(f"offline {2.5 + WAIT_S + 2}")
    shown = lab.end(task)
    assert shown["task"]["state"] == "FAILED"
    assert "went away and did not come back within 4 s" in shown["task"]["error_message"]
    assert outcomes(shown) == ["done", "done"]
    assert shown["task"]["closing_missing"]
    assert lab.sent(command) == 0
    lab.go_on()


def test_a_link_that_breaks_before_the_answer_leaves_the_step_unknown_and_the_phone_held(lab: Lab) -> None:
    task, command = lab.begin()
    lab.fault("drop-answer 1")
    shown = lab.end(task)
    assert shown["task"]["state"] == "FAILED"
    assert outcomes(shown) == ["done", "done", "unknown"]
    assert shown["task"]["unknown_step"] == 3
    assert lab.sent(command) == 1
    lab.release_and_go_on()


def test_a_phone_that_goes_away_in_mid_command_leaves_the_step_unknown_and_the_phone_held(lab: Lab) -> None:
    task, command = lab.begin()
    lab.fault(f"slow {COMMAND_S - 1}")
    wait_for("the command is under way", lambda: lab.sent(command))
    lab.fault("clear")
    lab.fault("offline 1")
    shown = lab.end(task)
    assert shown["task"]["state"] == "FAILED"
    assert outcomes(shown) == ["done", "done", "unknown"]
    assert lab.sent(command) == 1
    lab.release_and_go_on()


def test_a_command_beyond_its_time_limit_leaves_the_step_unknown_and_the_phone_held(lab: Lab) -> None:
    task, command = lab.begin()
    lab.fault(f"slow {COMMAND_S + 1}")
    wait_for("the command is under way", lambda: lab.sent(command))
    lab.fault("clear")
    shown = lab.end(task)
    assert shown["task"]["state"] == "FAILED"
    assert "did not end in time" in shown["task"]["error_message"]
    assert outcomes(shown) == ["done", "done", "unknown"]
    assert lab.sent(command) == 1
    lab.release_and_go_on()


def test_a_command_that_the_phone_refuses_fails_its_step_and_holds_nothing(lab: Lab) -> None:
    task, command = lab.begin()
    lab.fault("fail 2")  # the screenshot, and then the tap
    shown = lab.end(task)
    assert shown["task"]["state"] == "FAILED"
    assert "exit status 1" in shown["task"]["error_message"]
    assert outcomes(shown) == ["done", "done", "failed"]
    assert shown["steps"][2]["screenshot_path"] is None
    assert "failed" in shown["steps"][2]["screenshot_missing"]
    assert lab.sent(command) == 1
    lab.go_on()
