"""`stepwell rerun` on the demo phone: the same acts again, ended where the screen is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fault_checks import check_everything, outcomes
from stepwell_harness import Stepwell

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = ("SUCCESS", "FAILED", "CRASHED", "STOPPED")
THERE = "- key: HOME\n- launch: Settings\n"
FLOW = f"{THERE}- note: there\n- swipe: [540, 1700, 540, 900]\n- swipe: [540, 900, 540, 1700]\n- key: HOME\n"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    stepwell = Stepwell(tmp_path_factory.mktemp("rerun") / "home")
    stepwell.up("--fast", "--seed", "1", "--language", "en")
    ended(stepwell, f"{THERE}- key: BACK\n- key: HOME\n")  # a pop-up may be in the way the first time
    yield stepwell
    stepwell.end()


def ended(demo: Stepwell, flow: str) -> str:
    task = demo.script(flow)
    assert demo.wait_state(task, *ENDINGS)["task"]["state"] == "SUCCESS"
    return task


def test_a_record_is_played_again_as_a_run_of_its_own_that_names_it(demo: Stepwell) -> None:
    task = ended(demo, FLOW)
    before = demo.mutating()
    done = demo.run("rerun", task[:12], "--json")
    assert done.code == 0, done.err
    again = done.lines[0]["session_id"]
    shown = demo.show(again)
    assert again != task
    assert (shown["task"]["rerun_of"], shown["task"]["agent"]) == (task, "rerun")
    assert [step["action"]["action"] for step in shown["steps"]] == ["key", "launch", "swipe", "swipe", "key"]
    assert outcomes(shown) == ["done"] * 5
    assert all("the screen differs by 0." in step["thinking"] for step in shown["steps"])
    assert "(limit 0.10)" in shown["steps"][0]["thinking"]
    assert shown["transitions"][-1]["reason"] == f"5 steps of task {task[:8]} played again"
    played = demo.mutating()
    assert played[len(before) :] == before[-5:]
    assert f"runs again what task {task} did" in demo.run("show", again).out
    check_everything(demo, None, [])


def test_a_rerun_ends_where_the_screen_is_another_one_and_says_how_much(demo: Stepwell) -> None:
    task = ended(demo, f"{THERE}- tap: [540, 500]\n- key: BACK\n- key: HOME\n")
    ended(demo, f"{THERE}- swipe: [540, 1900, 540, 300]\n")  # there Settings is scrolled down
    before = demo.mutating()
    done = demo.run("rerun", task, "--max-distance", "0.01")
    assert done.code == 1
    assert "before step 3 of the record the screen differs by 0." in done.out
    assert "(limit 0.01)" in done.out
    assert [command.split()[0] for command in demo.mutating()[len(before) :]] == ["input", "monkey"]


def test_what_cannot_be_run_again_is_refused(demo: Stepwell) -> None:
    talk = ended(demo, "- note: only words\n")
    done = demo.run("rerun", talk)
    assert done.code == 2
    assert "did nothing to a phone that could be done again" in done.err
    assert demo.run("rerun", "no-such-task").code == 2
    done = demo.run("rerun", ended(demo, "- key: HOME\n"), "--on", "NOSUCHPHONE")
    assert done.code == 2
    assert "NOSUCHPHONE" in done.err
