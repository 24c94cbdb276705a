"""`stepwell export` by the real command: with everything running and with nothing, interrupted, and on a full disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from export_lab import KEY, RICH, long_run, rich_run
from stepwell_harness import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from stepwell_harness import Stepwell

TASK = "Open Settings and turn on dark mode"
SLOW = "- wait: 0.3\n" * 40


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith((".", "stepwell-", "out")))


def test_a_run_is_exported_while_everything_runs_and_when_nothing_does(stepwell: Stepwell, tmp_path: Path) -> None:
    stepwell.up("--fast")
    session_id = stepwell.submit(TASK)
    shown = stepwell.wait_state(session_id, "SUCCESS")
    done = stepwell.run("export", session_id[:10], "--json")
    assert done.code == 0, done.err
    (item,) = done.lines[-1]["items"]
    target = tmp_path / f"stepwell-{session_id[:8]}"
    assert item["path"] == str(target)
    assert item["steps"] == len(shown["steps"])
    assert item["left_out"] == []
    steps = [json.loads(line) for line in (target / "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    for exported, stored in zip(steps, shown["steps"], strict=True):
        path = exported.pop("screenshot_path")
        assert (target / path).read_bytes() == (stepwell.home / stored.pop("screenshot_path")).read_bytes()
        assert exported == stored
    stepwell.down()
    before = sorted(path.name for path in stepwell.home.iterdir())
    again = stepwell.run("export", "@last", "--to", "out.zip", "--language", "zh")
    assert again.code == 0, again.err
    assert sorted(path.name for path in stepwell.home.iterdir()) == before
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert b'<html lang="zh">' in archive.read("out/report.html")
    assert stepwell.violations() == []


def test_a_run_that_goes_on_is_exported_as_it_stood_and_is_not_held_up(stepwell: Stepwell, tmp_path: Path) -> None:
    stepwell.up("--fast")
    session_id = stepwell.script(SLOW)
    wait_for("some steps are there", lambda: stepwell.task(session_id).total_steps >= 3)
    done = stepwell.run("export", session_id, "--to", "out", "--json")
    assert done.code == 0, done.err
    task = json.loads((tmp_path / "out" / "task.json").read_text(encoding="utf-8"))
    assert task["task"]["state"] == "RUNNING"
    lines = (tmp_path / "out" / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == task["task"]["total_steps"] >= 3
    assert "had not ended" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    before = stepwell.task(session_id).total_steps
    wait_for("the run goes on", lambda: stepwell.task(session_id).total_steps > before)


def test_bad_input_is_refused_with_a_code_and_changes_nothing(stepwell: Stepwell, tmp_path: Path) -> None:
    rich_run(stepwell.home)
    (tmp_path / "out-taken").write_text("mine")
    cases = [
        (["nothing"], 2, "UNKNOWN_TASK"),
        (["a b"], 2, "BAD_REQUEST"),
        (["@last", "--to", "out-taken"], 2, "BAD_REQUEST"),
        (["@last", "--to", "out-taken", "--overwrite"], 2, "BAD_REQUEST"),
        (["@last", "--to", "missing/out"], 2, "BAD_REQUEST"),
        (["@last", "--to", str(stepwell.home / "out")], 2, "BAD_REQUEST"),
        (["--all", "--to", "out.zip"], 2, "BAD_REQUEST"),
        (["@last", "--all"], 2, "BAD_REQUEST"),
        (["@last", "--state", "FAILED"], 2, "BAD_REQUEST"),
        ([], 2, "BAD_REQUEST"),
        (["@last", "--home", str(tmp_path / "nowhere")], 2, "BAD_HOME"),
    ]
    for arguments, code, word in cases:
        done = stepwell.run("export", *arguments, "--json")
        assert done.code == code, (arguments, done.out, done.err)
        assert json.loads(done.err)["code"] == word, arguments
    assert names(tmp_path) == ["out-taken"]
    assert (tmp_path / "out-taken").read_text() == "mine"


def test_all_runs_that_fit_are_exported_into_one_folder(stepwell: Stepwell, tmp_path: Path) -> None:
    rich_run(stepwell.home)
    none = stepwell.run("export", "--all", "--state", "SUCCESS", "--to", "out", "--json")
    assert none.lines[-1]["items"] == []
    assert names(tmp_path) == []
    done = stepwell.run(
        "export", "--all", "--state", "failed", "--since", "2020-01-01", "--to", "out", "--zip", "--json"
    )
    assert done.code == 0, done.err
    assert names(tmp_path / "out") == [f"stepwell-{RICH[:8]}.zip"]


def test_no_key_is_in_an_export_nor_in_what_is_printed(stepwell: Stepwell, tmp_path: Path) -> None:
    rich_run(stepwell.home)
    done = stepwell.run("export", "@last", "--to", "out", "--json", env={"STEPWELL_API_KEY": KEY})
    assert done.code == 0, done.err
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert KEY.encode() not in written + done.out.encode() + done.err.encode()
    assert KEY.encode().hex().encode() not in written


def test_ctrl_c_leaves_nothing_behind(stepwell: Stepwell, tmp_path: Path) -> None:
    long_run(stepwell.home, 3000)
    command = subprocess.Popen(
        stepwell.command("export", "@last", "--to", "out", "--json"),
        env=stepwell.environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert command.stdout is not None
    assert b"progress" in command.stdout.readline()
    assert [name for name in names(tmp_path) if name.startswith(".out")], "it is under way"
    command.send_signal(signal.SIGINT)
    out, said = command.communicate(timeout=60)
    assert command.returncode == 130, said.decode()
    assert b'"items"' not in out
    assert names(tmp_path) == []


def test_a_command_that_is_killed_takes_its_verb_with_it(stepwell: Stepwell, tmp_path: Path) -> None:
    long_run(stepwell.home, 3000)
    command = subprocess.Popen(
        stepwell.command("export", "@last", "--to", "out", "--json"),
        env=stepwell.environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert command.stdout is not None
    assert b"progress" in command.stdout.readline()
    command.kill()
    command.communicate(timeout=60)
    wait_for("what was half-done is gone", lambda: names(tmp_path) in ([], ["out"]))


def test_a_disk_that_takes_no_more_leaves_nothing_behind(stepwell: Stepwell, tmp_path: Path) -> None:
    long_run(stepwell.home, 300)
    for target in ("out", "out.zip"):
        verb = [sys.executable, "-P", "-m", "persistence_daemon", "export", "--home", str(stepwell.home), "@last"]
        done = subprocess.run(
            ["prlimit", "--fsize=40000", *verb, "--to", str(tmp_path / target)],
            env=stepwell.environment(),
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr.decode()
        last = json.loads(done.stdout.decode().splitlines()[-1])
        assert last["kind"] == "error"
        assert "could not be written" in last["message"]
        assert names(tmp_path) == []


def test_memory_does_not_grow_with_the_steps(stepwell: Stepwell, tmp_path: Path) -> None:
    peaks = []
    for steps in (200, 6000):
        home = tmp_path / f"home-{steps}"
        long_run(home, steps)
        measured = (
            "import resource, sys; from persistence_daemon.__main__ import main; code = main(sys.argv[1:]);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"
        )
        verb = ["export", "--home", str(home), "@last", "--to", str(tmp_path / f"out-{steps}")]
        done = subprocess.run(
            [sys.executable, "-P", "-c", measured, *verb],
            env={**os.environ, **stepwell.environment()},
            capture_output=True,
            check=True,
        )
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] - peaks[0] < 12_000, f"{peaks} KiB: 5,800 steps more took that much"
