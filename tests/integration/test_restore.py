"""`stepwell backup restore` by the real command: a destroyed store, a destroyed home, an earlier end, a kill."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from store_lab import WORKER, StoreLab, picture_of

from persistence_daemon.backup import take_backup
from persistence_daemon.check import check_store
from persistence_daemon.connection import open_reader_without_limit
from persistence_daemon.rebuild import Beginning
from persistence_daemon.start import open_store
from persistence_daemon.transaction import Policy
from shared.identity import Identity
from shared.paths import Home
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path

    from stepwell_harness import Stepwell

TASK = "Open Settings and turn on dark mode"
TABLES = ("tasks", "steps", "transitions", "notes", "devices", "set_aside", "deletions")


def small_run(root: Path) -> None:
    """Make a home with one task that has ended: three steps, each with its picture."""
    lab = StoreLab(root)
    lab.running()
    for number in range(1, 4):
        data = f"picture {number}".encode() * 100
        lab.accepted(lab.begin(number, picture=picture_of(data)), WORKER, data)
        lab.accepted(lab.finish(number))
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    lab.close()


def rows(root: Path) -> dict[str, list[Any]]:
    """Return every row of a store's tables that are not about the store itself."""
    connection = open_reader_without_limit(root / "tasks.db")
    try:
        return {table: list(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")) for table in TABLES}
    finally:
        connection.close()


def pictures(root: Path) -> dict[str, str]:
    """Return the digest of each screenshot of a home, by its path."""
    found = (root / "screenshots").glob("*/*.png")
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_a_destroyed_store_comes_back_with_every_row_from_backup_and_log(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    first = stepwell.submit(TASK)
    stepwell.wait_state(first, "SUCCESS")
    assert stepwell.run("backup", "create").code == 0
    second = stepwell.submit(TASK)
    stepwell.wait_state(second, "SUCCESS")
    refused = stepwell.run("backup", "restore", "latest", "--json")
    assert refused.code == 2
    assert "HOME_IN_USE" in refused.err
    stepwell.down()
    before = rows(stepwell.home)
    for path in stepwell.home.glob("tasks.db*"):
        path.write_bytes(b"\x55" * 5000)
    done = stepwell.run("backup", "restore", "latest", "--json")
    assert done.code == 0, done.err
    assert done.lines[-1]["events_applied"] > 0
    assert rows(stepwell.home) == before
    assert stepwell.run("verify", "--deep").code == 0
    stepwell.up("--fast")
    assert stepwell.show(second)["task"]["state"] == "SUCCESS"


def test_a_destroyed_home_is_restored_whole_from_a_folder_elsewhere(stepwell: Stepwell, tmp_path: Path) -> None:
    small_run(stepwell.home)
    away = str(tmp_path / "away")
    assert stepwell.run("backup", "create", "--to", away).code == 0
    before = rows(stepwell.home), pictures(stepwell.home)
    assert before[1]
    shutil.rmtree(stepwell.home)
    done = stepwell.run("backup", "restore", "latest", "--from", away, "--json")
    assert done.code == 0, done.err
    assert (rows(stepwell.home), pictures(stepwell.home)) == before
    verified = stepwell.run("verify", "--deep")
    assert verified.code == 0, verified.out


def test_an_earlier_end_is_kept_to_and_the_later_store_kept_aside(stepwell: Stepwell) -> None:
    small_run(stepwell.home)
    home = Home(stepwell.home)
    assert stepwell.run("backup", "create").code == 0
    (listed,) = stepwell.run("backup", "list", "--json").lines[-1]["items"]
    too_early = stepwell.run("backup", "restore", listed["name"], "--until", str(listed["seq"] - 1))
    assert too_early.code == 2
    assert home.database.is_file()
    before = rows(stepwell.home)
    lab = StoreLab(stepwell.home)
    lab.create("task-2")
    lab.close()
    assert rows(stepwell.home) != before
    done = stepwell.run("backup", "restore", "latest", "--until", str(listed["seq"]), "--json")
    assert done.code == 0, done.err
    assert done.lines[-1]["seq"] == listed["seq"] + 1
    assert done.lines[-1]["kept"]
    assert rows(stepwell.home) == before
    assert check_store(home) == []


@pytest.mark.parametrize("point", ["restore.made", "restore.aside", "restore.begun", "backup.verified"])
def test_killed_at_any_point_the_next_start_has_a_whole_store(stepwell: Stepwell, tmp_path: Path, point: str) -> None:
    small_run(stepwell.home)
    away = str(tmp_path / "away")
    assert stepwell.run("backup", "create", "--to", away).code == 0
    before = rows(stepwell.home)
    verb = [sys.executable, "-P", "-m", "persistence_daemon", "backup", "restore", "--home", str(stepwell.home)]
    killed = subprocess.run(
        [*verb, "--from", away, "--backup", "latest"],
        env=stepwell.environment() | {"STEPWELL_FAULTPOINTS": f"{point}=kill@1"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    home = Home(stepwell.home)
    policy = Policy(Identity("daemon", "d000000000000000"), resume_queue=True, is_alive=lambda _worker: False)
    begin = Beginning("2030-01-01T00:00:00.000Z", "afterwards", "daemon-1", demo=False, start_id="start-2")
    open_store(home, policy, begin).store.close()
    assert check_store(home) == []
    assert rows(stepwell.home) == before


def test_an_earlier_time_is_kept_to(stepwell: Stepwell) -> None:
    small_run(stepwell.home)
    lab = StoreLab(stepwell.home, later=1)
    take_backup(lab.home, "a test", lab.at(), lab.store.log.sync)
    lab.create("in-time")
    until, before = lab.at(), lab.value("SELECT count(*) FROM tasks")
    lab.create("too-late")
    lab.close()
    done = stepwell.run("backup", "restore", "latest", "--until", until, "--json")
    assert done.code == 0, done.err
    tasks = [row[1] for row in rows(stepwell.home)["tasks"]]
    assert len(tasks) == before
    assert "in-time" in tasks
    assert "too-late" not in tasks
    assert check_store(Home(stepwell.home)) == []


def test_a_backup_that_does_not_exist_makes_no_home(stepwell: Stepwell, tmp_path: Path) -> None:
    for place in ([], ["--from", str(tmp_path)]):
        refused = stepwell.run("backup", "restore", "latest", *place)
        assert refused.code == 2
        assert "there is no such backup" in refused.err
        assert not stepwell.home.exists()
