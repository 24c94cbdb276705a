"""`stepwell export --legacy` by the real command: what a program written for the older tasks.db finds in the file."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from import_lab import ImportLab
from old_store import OldStore
from stepwell_harness import wait_for

if TYPE_CHECKING:
    from stepwell_harness import Stepwell

TASK = "Open Settings and turn on dark mode"


def read(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as old:
        return old.execute(statement).fetchall()


def test_an_older_program_reads_its_own_words_times_and_paths(stepwell: Stepwell, tmp_path: Path) -> None:
    stepwell.up("--fast")
    session_id = stepwell.submit(TASK)
    shown = stepwell.wait_state(session_id, "SUCCESS")
    assert stepwell.run("label", session_id, "1", "wrong", "tap lower").code == 0
    assert stepwell.run("label", session_id, "2", "right").code == 0
    stepwell.wait_state(running := stepwell.script("- wait: 0.5\n" * 60), "RUNNING")
    waiting = stepwell.submit("a second task")
    done = stepwell.run("export", "--legacy", "old.db", "--json")
    assert done.code == 0, done.err
    assert done.lines[-1]["runs"] == 3
    old = tmp_path / "old.db"
    tasks = read(old, "SELECT session_id, task_description, final_status, total_steps, timestamp FROM tasks")
    ended, going_on, queued = tasks
    assert ended[:3] == (session_id, TASK, "SUCCESS")
    assert (going_on[0], going_on[2]) == (running, "RUNNING")
    assert queued[:3] == (waiting, "a second task", "UNKNOWN")
    assert ended[3] == len(shown["steps"])
    local = datetime.strptime(ended[4], "%Y-%m-%d %H:%M:%S").astimezone()
    assert local == datetime.fromisoformat(shown["task"]["timestamp"]).astimezone(UTC).replace(microsecond=0)
    columns = "step_num, screenshot_path, user_label, user_correction"
    ended_steps = "steps JOIN tasks USING (session_id) WHERE final_status = 'SUCCESS'"
    steps = read(old, f"SELECT {columns} FROM {ended_steps} ORDER BY id")
    assert [row[0] for row in steps] == [step["step_num"] for step in shown["steps"]]
    assert [row[2:] for row in steps[:3]] == [("wrong", "tap lower"), ("correct", ""), (None, None)]
    assert all(Path(row[1]).is_file() for row in steps if row[1] is not None)
    assert any(row[1] is not None for row in steps)
    assert stepwell.violations() == []


def test_an_existing_file_is_refused_and_replaced_only_when_asked(stepwell: Stepwell, tmp_path: Path) -> None:
    stepwell.up("--fast")
    stepwell.wait_state(stepwell.submit(TASK), "SUCCESS")
    stepwell.down()
    old = tmp_path / "old.db"
    old.write_bytes(b"what a person put here")
    refused = stepwell.run("export", "--legacy", "old.db")
    assert refused.code == 2
    assert "is there already" in refused.err
    assert old.read_bytes() == b"what a person put here"
    wal = tmp_path / "old.db-wal"
    wal.touch()
    assert stepwell.run("export", "--legacy", "old.db", "--overwrite").code == 2
    assert old.read_bytes() == b"what a person put here"
    wal.unlink()
    done = stepwell.run("export", "--legacy", "old.db", "--overwrite")
    assert done.code == 0, done.err
    assert read(old, "SELECT final_status FROM tasks") == [("SUCCESS",)]
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def large_store(stepwell: Stepwell, folder: Path) -> tuple[str | Path, ...]:
    """Fill the home with more rows than go by between two signs of life; return the verb that writes them out."""
    old = OldStore(folder / "old")
    old.connection.execute("BEGIN")
    for number in range(1200):
        old.add("golden_paths", task_pattern=f"pattern {number} " * 20)
    old.connection.execute("COMMIT")
    ImportLab(stepwell.home).run(old.close())
    target = folder / "out" / "old.db"
    target.parent.mkdir()
    target.write_bytes(b"what was there")
    arguments = ("--home", stepwell.home, "--legacy", target, "--overwrite")
    return (sys.executable, "-P", "-m", "persistence_daemon", "export", *arguments)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_what_was_there(stepwell: Stepwell, tmp_path: Path, number: signal.Signals) -> None:
    verb = large_store(stepwell, tmp_path)
    gate, log = tmp_path / "gate", tmp_path / "hits"
    gate.touch()
    env = {"STEPWELL_FAULTPOINTS": f"export.rows=block@1:{gate}", "STEPWELL_FAULTPOINTS_LOG": str(log)}
    child = subprocess.Popen(verb, env=stepwell.environment(env), stdout=subprocess.DEVNULL)
    wait_for("some rows are written", log.exists)
    assert len(list((tmp_path / "out").iterdir())) == 2
    child.send_signal(number)
    gate.unlink()
    assert child.wait(timeout=30) == 130
    (left,) = (tmp_path / "out").iterdir()
    assert left.read_bytes() == b"what was there"


def test_a_full_disk_leaves_what_was_there_and_says_what_to_do(stepwell: Stepwell, tmp_path: Path) -> None:
    verb = large_store(stepwell, tmp_path)
    full = subprocess.run(
        verb,
        env=stepwell.environment(),
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert full.returncode == 2
    told = json.loads(full.stdout.splitlines()[-1])
    assert str(tmp_path / "out") in told["message"]
    assert told["remedy"] == "nothing of it was kept; make room, or name another FILE"
    (left,) = (tmp_path / "out").iterdir()
    assert left.read_bytes() == b"what was there"


def test_a_place_that_cannot_be_used_is_refused_with_what_to_do(stepwell: Stepwell, tmp_path: Path) -> None:
    large_store(stepwell, tmp_path)
    for target in ("missing/old.db", str(stepwell.home / "old.db")):
        refused = stepwell.run("export", "--legacy", target, "--json")
        assert refused.code == 2
        assert "name another FILE" in json.loads(refused.err)["remedy"]
