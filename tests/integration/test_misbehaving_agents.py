"""Agents that misbehave, each through a real run: the task ends with the truth, the worker goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fault_checks import check_everything, outcomes
from stepwell_harness import PLUGINS, REPOSITORY, Stepwell, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDINGS = ("SUCCESS", "FAILED", "CRASHED", "STOPPED")


class Lab:
    """A running Stepwell with the plug-ins of tests/support."""

    def __init__(self, stepwell: Stepwell) -> None:
        self.stepwell = stepwell
        self.worker = stepwell.pid("worker-1")
        self.tasks: list[str] = []

    def run(self, agent: str, state: str, *more: str) -> dict[str, Any]:
        """Let an agent run to its end; the worker must live on."""
        self.tasks.append(self.stepwell.submit(f"be {agent}", "--agent", agent, *more))
        shown = self.stepwell.wait_state(self.tasks[-1], *ENDINGS)
        assert shown["task"]["state"] == state, shown["task"]["error_message"]
        assert self.stepwell.pid("worker-1") == self.worker
        return shown


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    stepwell = Stepwell(tmp_path_factory.mktemp("agents") / "home", env={"PYTHONPATH": f"{REPOSITORY}:{PLUGINS}"})
    stepwell.up("--fast")
    made = Lab(stepwell)
    yield made
    stepwell.down()
    check_everything(stepwell, None, made.tasks)


def test_an_agent_that_raises_in_a_step_fails_with_what_it_raised(lab: Lab) -> None:
    shown = lab.run("raising", "FAILED")
    assert shown["task"]["error_message"] == "the agent broke: RuntimeError: this agent breaks on purpose"
    assert outcomes(shown) == ["done", "failed"]
    assert "breaks on purpose" in shown["steps"][1]["message"]


def test_an_agent_that_says_nothing_has_not_succeeded(lab: Lab) -> None:
    shown = lab.run("silent", "FAILED")
    assert shown["task"]["error_message"] == "the agent ended without saying how"
    assert shown["steps"] == []


def test_an_agent_that_records_many_steps_at_once_has_them_all_stored_in_order(lab: Lab) -> None:
    shown = lab.run("fast", "SUCCESS", "--max-steps", "200")
    assert shown["task"]["total_steps"] == len(shown["steps"]) == 200
    assert [step["action"]["n"] for step in shown["steps"]] == list(range(1, 201))
    assert set(outcomes(shown)) == {"done"}


def test_an_agent_that_records_more_steps_than_its_task_allows_keeps_those_and_fails(lab: Lab) -> None:
    shown = lab.run("fast", "FAILED", "--max-steps", "70")
    assert shown["task"]["error_message"] == "max steps (70) reached"
    assert outcomes(shown) == ["done"] * 70


def test_an_agent_that_touches_the_phone_outside_of_a_step_fails_and_the_phone_has_seen_nothing(lab: Lab) -> None:
    before = lab.stepwell.mutating()
    shown = lab.run("flooding", "FAILED")
    assert "tap was called outside of `with context.step(…)`; nothing was sent" in shown["task"]["error_message"]
    assert shown["steps"] == []
    assert lab.stepwell.mutating() == before


def test_a_step_that_lasts_is_shown_open_and_closed_when_it_is_done(lab: Lab, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    task = lab.stepwell.submit(str(gate), "--agent", "gate")
    lab.tasks.append(task)
    client = lab.stepwell.client()
    wait_for("the step is open", lambda: client.task(task).task.open_step == 1)
    assert client.task(task).task.final_status == "RUNNING"
    client.close()
    gate.unlink()
    shown = lab.stepwell.wait_state(task, *ENDINGS)
    assert outcomes(shown) == ["done"]
    assert shown["task"]["error_message"] == "the agent ended without saying how"


def test_an_agent_that_cannot_be_loaded_is_refused_with_the_reason_and_stops_nothing_else(lab: Lab) -> None:
    done = lab.stepwell.run("run", "anything", "--agent", "broken", "--no-start")
    assert done.code == 2
    assert "misbehaving_agents_that_do_not_exist" in done.err
    lab.run("silent", "FAILED")
