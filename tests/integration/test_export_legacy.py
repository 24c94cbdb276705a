"""`stepwell export --legacy` by the real command: what a program written for the older tasks.db finds in the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
