"""The whole run: a typed task, a real adb, a real HTTP client, real processes, and the record of it."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from acknowledgements import keep_acknowledgements
from fault_checks import EventRecorder, check_everything
from stepwell_harness import Stepwell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH_OF_SUCCESS = [(None, "CREATED"), ("CREATED", "RUNNING"), ("RUNNING", "SUCCESS")]


@pytest.fixture(params=[(1, "en"), (2, "zh"), (3, "en"), (4, "zh")], ids=lambda p: f"seed{p[0]}-{p[1]}")
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stepwell]:
    seed, language = request.param
    instance = Stepwell(tmp_path / "home")
    keep_acknowledgements(instance)
    instance.up("--fast", "--seed", str(seed), "--language", language)
    yield instance
    instance.end()


def check_record(home: Path, shown: dict[str, Any]) -> None:
    """What every finished run must have: its path of states, whole steps with pictures, a closing picture, totals."""
    task, steps = shown["task"], shown["steps"]
    assert [(row["from_state"], row["to_state"]) for row in shown["transitions"]] == PATH_OF_SUCCESS
    assert [step["step_num"] for step in steps] == list(range(1, len(steps) + 1))
    assert task["total_steps"] == len(steps) >= 2
    assert task["verdict"] == "reported"
    for step in steps:
        assert step["outcome"] == "done"
        picture = (home / step["screenshot_path"]).read_bytes()
        assert hashlib.sha256(picture).hexdigest() == step["screenshot_digest"]
        assert step["thinking"]
        assert step["action"]["action"]
        assert step["prompt_tokens"] > 0
    assert (home / task["closing_screenshot_path"]).is_file()
    seqs = [seq for step in steps for seq in (step["begun_seq"], step["finished_seq"])]
    assert all(a < b for a, b in itertools.pairwise(seqs))


def test_tasks_in_both_languages_leave_the_phone_as_asked_and_a_whole_record(demo: Stepwell) -> None:
    recorder = EventRecorder(demo)
    dark = demo.submit("打开设置并开启深色模式")
    contact = demo.submit("Add a contact 李四 with number 13912345678")
    for task_id in (dark, contact):
        shown = demo.wait_state(task_id, "SUCCESS", "FAILED", "CRASHED")
        assert shown["task"]["state"] == "SUCCESS", shown["task"]["error_message"]
        check_record(demo.home, shown)
    state = demo.phone_state()
    assert state["dark_mode"] is True
    assert {"name": "李四", "phone": "13912345678"} in [
        {"name": contact["name"], "phone": contact["phone"]} for contact in state["contacts"]
    ]
    assert demo.violations() == []
    demo.down()
    recorder.close()
    check_everything(demo, recorder, [dark, contact])


def test_a_task_outside_the_repertoire_ends_failed_with_the_models_reason(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    shown = stepwell.wait_state(stepwell.submit("Book a flight to the moon"), "FAILED", "SUCCESS", "CRASHED")
    assert shown["task"]["state"] == "FAILED"
    assert "the scripted model does not know this task; it knows:" in shown["task"]["error_message"]
    assert stepwell.violations() == []


def test_max_steps_is_not_success(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    shown = stepwell.wait_state(
        stepwell.submit("Open Settings and turn on dark mode", "--max-steps", "1"), "FAILED", "SUCCESS", "CRASHED"
    )
    assert shown["task"]["state"] == "FAILED"
    assert "max steps" in shown["task"]["error_message"]
    assert len(shown["steps"]) == 1
