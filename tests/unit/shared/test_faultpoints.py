"""Fault points: inert unless armed; when armed, every hit is noted before it acts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from shared import faultpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., subprocess.Popen[str]]

REACH = """
import sys
from shared.faultpoints import reach
for point in sys.argv[1:]:
    reach(point)
    print("past", point, flush=True)
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that reaches points; one that a failed test left is ended."""
    started: list[subprocess.Popen[str]] = []

    def make(*arguments: Any) -> subprocess.Popen[str]:
        started.append(spawn(*arguments))
        return started[-1]

    yield make
    for process in started:
        process.kill()
        process.communicate()


def spawn(spec: str, log: Path | None, *points: str) -> subprocess.Popen[str]:
    env = {**os.environ, "STEPWELL_FAULTPOINTS": spec, "STEPWELL_FAULTPOINTS_LOG": str(log or "")}
    command = [sys.executable, "-P", "-c", REACH, *points]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def run(spec: str, log: Path | None, *points: str) -> tuple[int, list[str], int]:
    """The exit code, the points passed, and the pid."""
    process = spawn(spec, log, *points)
    said, _ = process.communicate(timeout=20)
    return process.returncode, [line.removeprefix("past ") for line in said.splitlines()], process.pid


def hits(log: Path) -> list[list[str]]:
    return [line.split(" ")[1:] for line in log.read_text().splitlines()]


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "hits"


def test_points_are_inert_in_a_process_that_nobody_armed() -> None:
    assert not faultpoints._armed
    for _ in range(1000):
        faultpoints.reach("daemon.before_commit")


def test_points_that_are_not_armed_are_passed_and_not_noted(log: Path) -> None:
    assert run("other=kill@1", log, "a", "b")[:2] == (0, ["a", "b"])
    assert not log.exists()


def test_kill_falls_at_the_nth_hit_and_is_noted_before(log: Path) -> None:
    code, passed, pid = run("a=kill@2", log, "a", "b", "a", "b")
    assert code == -signal.SIGKILL
    assert passed == ["a", "b"]
    assert hits(log) == [[str(pid), "a", "1"], [str(pid), "a", "2"]]


def test_kill_without_a_number_falls_at_the_first_hit(log: Path) -> None:
    assert run("a=kill", log, "b", "a")[:2] == (-signal.SIGKILL, ["b"])


def test_the_restarted_process_lives(log: Path) -> None:
    """A kill happens once for each log, else a child that is restarted would die for ever."""
    assert run("a=kill@1", log, "a")[0] == -signal.SIGKILL
    code, passed, pid = run("a=kill@1", log, "a", "a")
    assert (code, passed) == (0, ["a", "a"])
    assert [hit[0] for hit in hits(log)].count(str(pid)) == 2
    assert run("a=kill@1", log.with_name("other"), "a")[0] == -signal.SIGKILL


def test_without_a_log_each_process_dies() -> None:
    for _ in range(2):
        assert run("a=kill@1", None, "a")[0] == -signal.SIGKILL


def test_exit_ends_without_clean_up(log: Path) -> None:
    assert run("a=exit@1", log, "a")[:2] == (70, [])


def test_several_points_can_be_armed(log: Path) -> None:
    assert run("a=kill@9,b=exit@1", log, "a", "a", "b", "a")[:2] == (70, ["a", "a"])
    assert [hit[1:] for hit in hits(log)] == [["a", "1"], ["a", "2"], ["b", "1"]]


@pytest.mark.parametrize(("spec", "count"), [("a=block:{}", "1"), ("a=block@2:{}", "2")])
def test_block_waits_from_the_nth_hit_on_while_its_gate_exists(
    log: Path, tmp_path: Path, start: Start, spec: str, count: str
) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    process = start(spec.format(gate), log, "a", "a")
    wait_until(lambda: log.exists() and [hit[-1] for hit in hits(log)][-1:] == [count])
    assert process.poll() is None
    gate.unlink()
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said.count("past a")) == (0, 2)


def test_a_hit_is_stamped_with_the_monotonic_clock(log: Path) -> None:
    before = time.monotonic_ns()
    run("a=kill@9", log, "a")
    assert before < int(log.read_text().split(" ")[0]) < time.monotonic_ns()
