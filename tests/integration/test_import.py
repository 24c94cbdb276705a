"""`stepwell import` by the real command: all or nothing whatever happens to it, what it tells, what is seen after."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from old_store import OldStore, png, whole_history
from stepwell_harness import Stepwell, wait_for
from store_lab import IN_MEMORY, StoreLab

from persistence_daemon.importing.verb import import_file
from persistence_daemon.verify import orphans
from shared.paths import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

TASKS = 13
STEPS = 25


def imported(home: Path, database: Path, **options: Any) -> None:
    import_file(Home(home), database, "+08:00", lambda: None, **({"dry_run": False} | options))


@pytest.fixture
def in_memory() -> Iterator[Stepwell]:
    """A home in memory, where what happens is not about the disk's own slowness."""
    with tempfile.TemporaryDirectory(prefix="stepwell-test-", dir=IN_MEMORY) as folder:
        yield Stepwell(Path(folder) / "home")


def verb(stepwell: Stepwell, database: Path) -> tuple[str | Path, ...]:
    """Return the daemon's verb as the command starts it."""
    return (sys.executable, "-P", "-m", "persistence_daemon", "import", "--home", stepwell.home, "--file", database)


def run_verb(stepwell: Stepwell, database: Path, env: dict[str, str], **more: Any) -> subprocess.CompletedProcess[str]:
    environment = stepwell.environment(env)
    return subprocess.run(
        verb(stepwell, database), env=environment, capture_output=True, text=True, check=False, **more
    )


def seen(home: Path) -> tuple[int, int, int]:
    """Return what the next start of the daemon finds: tasks, steps, rows of other tables; the store must be true."""
    store = StoreLab(home)
    found = tuple(store.value(f"SELECT count(*) FROM {table}") for table in ("tasks", "steps", "legacy_rows"))
    violations = store.check()
    store.close()
    assert violations == []
    return found  # type: ignore[return-value]


def test_a_person_imports_looks_and_deletes(stepwell: Stepwell, tmp_path: Path) -> None:
    database = whole_history(tmp_path / "old").close()
    tried = stepwell.run("import", str(database), "--utc-offset", "+08:00", "--dry-run")
    assert tried.code == 0, tried.err
    assert f"would import {TASKS} tasks with {STEPS} steps and 9 screenshots" in tried.out
    assert not stepwell.home.exists()
    done = stepwell.run("import", str(database), "--utc-offset", "+08:00")
    assert done.code == 0, done.err
    assert done.out == tried.out.replace("would import", "imported")
    for part in (
        "total_steps says 5, 0 are there",
        "63 bytes at byte 100: ends inside a character",
        "its file is gone",
        "repaired: action that is not JSON stands as it is (1)",
        "… and 4 more; --json names them all",
    ):
        assert part in done.out
    child = stepwell.start("up", "--headless")
    wait_for("the daemon answers", lambda: child.poll() is None and stepwell.all_ready())
    refused = stepwell.run("import", str(database), "--json")
    assert refused.code == 3
    assert json.loads(refused.err)["remedy"] == "bring Stepwell down first: stepwell down"
    beside = stepwell.run("import", str(database), "--dry-run", "--json").json
    assert (beside["tasks"], beside["tasks_known"], beside["rows_known"]) == (0, TASKS, 4)
    shown = stepwell.run("show", "task-interrupted", "--json").json
    assert shown["task"]["timestamp"] == "2025-03-03T21:05:00Z"
    assert shown["task"]["source"] == str(database)
    assert shown["task"]["original"]["timestamp"] == "2025-03-04 05:05:00"
    assert shown["transitions"][0]["reason"].startswith(f"imported from {database}; it was INTERRUPTED there")
    assert "gone_step_2" in shown["steps"][1]["screenshot_missing"]
    assert f"imported from {database}" in stepwell.run("show", "task-interrupted").out
    assert stepwell.run("export", "task-failed", "--to", str(tmp_path / "out")).code == 0
    assert "imported from" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert stepwell.run("rm", "task-failed", "--yes").code == 0
    stepwell.down()
    left = stepwell.run("import", str(database), "--json").json
    assert (left["tasks"], left["tasks_known"], left["tasks_deleted"]) == (0, TASKS - 1, 1)
    assert stepwell.run("verify", "--deep").code == 0


def test_bad_input_is_told_with_its_code_and_a_demo_home_is_left_alone(stepwell: Stepwell, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    refused = stepwell.run("import", str(tmp_path / "empty.db"), "--json")
    assert refused.code == 2
    assert json.loads(refused.err)["code"] == "BAD_REQUEST"
    assert not stepwell.home.exists()
    assert stepwell.run("import", str(tmp_path / "empty.db"), "--utc-offset", "noon").code == 2


@pytest.mark.parametrize(
    ("point", "all_of_it", "has_store"),
    [
        ("import.pictures=kill@1", False, False),
        ("import.pictures=kill@9", False, True),
        ("import.written=kill@1", False, False),
        ("import.written=kill@1", False, True),
        ("import.named=kill@1", True, False),
        ("import.named=kill@1", True, True),
        ("import.committed=kill@1", True, True),
    ],
)
def test_killed_at_any_point_everything_is_there_or_nothing(
    in_memory: Stepwell, point: str, all_of_it: bool, has_store: bool
) -> None:
    home = in_memory.home
    database = whole_history(home.parent / "old").close()
    if has_store:
        store = StoreLab(home)
        store.running()
        store.close()
    before = (1, 0, 0) if has_store else (0, 0, 0)
    assert run_verb(in_memory, database, {"STEPWELL_FAULTPOINTS": point}).returncode == -signal.SIGKILL
    expected = (before[0] + TASKS, STEPS, 4) if all_of_it else before
    assert seen(home) == expected
    left = orphans(Home(home), now=4e9)
    assert bool(left) == (not all_of_it)
    imported(home, database)
    assert seen(home) == (before[0] + TASKS, STEPS, 4)
    assert orphans(Home(home), now=4e9) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_behind(in_memory: Stepwell, number: signal.Signals) -> None:
    folder, home = in_memory.home.parent, in_memory.home
    database = whole_history(folder / "old").close()
    gate, log = folder / "gate", folder / "hits"
    gate.touch()
    env = {"STEPWELL_FAULTPOINTS": f"import.pictures=block@3:{gate}", "STEPWELL_FAULTPOINTS_LOG": str(log)}
    child = subprocess.Popen(verb(in_memory, database), env=in_memory.environment(env), stdout=subprocess.DEVNULL)
    wait_for("some pictures are in", lambda: log.exists() and len(log.read_text().splitlines()) >= 3)
    assert list(home.glob("screenshots/*/*")) != []
    child.send_signal(number)
    gate.unlink()
    assert child.wait(timeout=30) == 130
    assert seen(home) == (0, 0, 0)
    assert list(home.glob("screenshots/*/*")) == []


def many(folder: Path) -> Path:
    """Return a store of more than a megabyte."""
    old = OldStore(folder / "old")
    for number in range(30):
        old.task(f"t{number}")
        old.step(f"t{number}", 1, message="x" * 40_000, screenshot_path=old.shot(f"step_{number}.png", png(number)))
    return old.close()


@pytest.mark.parametrize("size", [1, 150_000, 400_000, 900_000])
def test_a_full_disk_at_any_time_leaves_nothing_behind(in_memory: Stepwell, size: int) -> None:
    """From the first picture on, no file of the home may grow over `size`, as on a full disk."""
    folder, home = in_memory.home.parent, in_memory.home
    database = many(folder)
    StoreLab(home).close()
    before = seen(home)
    gate, log = folder / "gate", folder / "hits"
    gate.touch()
    env = {"STEPWELL_FAULTPOINTS": f"import.pictures=block@1:{gate}", "STEPWELL_FAULTPOINTS_LOG": str(log)}
    child = subprocess.Popen(verb(in_memory, database), env=in_memory.environment(env), stdout=subprocess.PIPE)
    wait_for("the first picture is in", log.exists)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, size))
    gate.unlink()
    said, _ = child.communicate(timeout=30)
    told = json.loads(said.splitlines()[-1])
    assert (child.returncode, told["kind"]) == (2, "error"), told
    assert told["remedy"].startswith("nothing was imported; make room")
    assert str(home) in told["message"]
    assert seen(home) == before
    assert list(home.glob("screenshots/*/*")) == []
    assert list(home.glob("event_log/.*")) == []
    imported(home, database)
    assert seen(home) == (30, 30, 0)


def test_no_room_for_the_copy_is_told_by_its_folder(in_memory: Stepwell) -> None:
    database = many(in_memory.home.parent)
    full = run_verb(in_memory, database, {}, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999)))
    told = json.loads(full.stdout.splitlines()[-1])
    assert (full.returncode, told["kind"]) == (2, "error")
    assert "stepwell-import-" in told["message"]
    assert not in_memory.home.exists()
