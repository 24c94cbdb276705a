"""A backup, a restore, a rebuild and a migration are killed, or find no space, or a failing disk, at any call.

Nothing that was acknowledged is lost, each backup that is listed restores into an empty home, and a migrated file is
old or new, never between. The scripts are tests/support/store_scripts.py's. Short form: some 20 points of each script
and fault; STEPWELL_FAULT_SCALE=15 takes them all.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest
from mutation import Mutation
from power_cut_look import Looker
from store_lab import IN_MEMORY
from store_scripts import AS_IT_IS, SCRIPTS, home_in, prepare
from warm_process import REPOSITORY, WarmProcess, traced

from persistence_daemon.migrations import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
INTERRUPTED = [script for script in SCRIPTS if script != "steps"]
CALLS = ("pwrite64", "write", "fdatasync", "fsync", "rename", "unlink", "ftruncate", "sendfile")
POINTS = 20  # of a script and fault, in the short form
SHAPE = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
FAULTS = {  # strace's words for what happens from the Nth call of a kind on
    "killed": "signal=KILL:when={}",
    "no space any more": "error=ENOSPC:when={}+",
    "a failing disk": "error=EIO:when={}",
}
STATEMENT_BY_STATEMENT = Mutation(
    "persistence_daemon/migrations.py", "        with connection:\n", "        if connection:\n", stays=False
)
LISTS_EARLY = Mutation(
    "persistence_daemon/restore.py",
    "    shutil.copyfile(folder / base.name, temporary)\n",
    "    (home.backups / base.name).touch()\n    add_to_list(home.backups, base)\n",
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 60 * SCALE)]


class Interrupter:
    """Runs a script of the store with one fault, in a folder that is made ready once and copied."""

    def __init__(self, scratch: Path, script: str, tree: Path = REPOSITORY) -> None:
        self._scratch, self._script = scratch, script
        self._warm = WarmProcess(tree)
        self._ready = scratch / "ready"
        self._ready.mkdir()
        prepare(self._ready, script)
        self.folder = scratch / "run"
        self._said = scratch / "strace.out"

    def run(self, *options: str) -> list[str]:
        """Run the script under strace and return what was acknowledged."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._ready, self.folder)
        out = self._scratch / "out"
        with out.open("wb") as acknowledged:
            arguments = (str(self.folder), self._script, AS_IT_IS)
            fork = self._warm.fork("store_scripts", arguments, acknowledged.fileno())
        with traced(fork, self._said, "-e", f"trace={','.join(CALLS)}", *options):
            fork.go()
            self.code = fork.wait()
        return _words(out.read_text(encoding="utf-8"))

    def points(self) -> list[tuple[str, int]]:
        """Run the script without a fault and return its calls: each one's name, and how many of it came before."""
        self.run()
        assert self.code == 0
        counts = dict.fromkeys(CALLS, 0)
        found = []
        for line in self._said.read_text().splitlines():
            name = line.split()[2].partition("(")[0]
            if name in counts:
                counts[name] += 1
                found.append((name, counts[name]))
        return found

    def close(self) -> None:
        """End the process that is forked."""
        self._warm.close()


def _words(said: str) -> list[str]:
    """Return the acknowledgements; a script that was broken off by an error says so behind them."""
    lines = said.partition("Traceback (most recent call last):")[0].splitlines(keepends=True)
    return [line.rstrip("\n") for line in lines if line.endswith("\n")]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as made:
        yield Path(made)


def test_control_a_restore_that_lists_a_backup_before_it_is_there_is_found_out(scratch: Path) -> None:
    interrupter, looker = Interrupter(scratch, "restore", LISTS_EARLY.made(scratch)), Looker(scratch)
    try:
        points = [point for point in interrupter.points() if point[0] in ("sendfile", "fsync")]
        lost = []
        for name, number in points:
            words = interrupter.run("-e", f"inject={name}:signal=KILL:when={number}")
            lost += looker.look(interrupter.folder).losses(words)
        assert lost
    finally:
        interrupter.close()


def shape_of(folder: Path) -> tuple[int, list[object]]:
    """Return the version and the whole schema of a store."""
    connection = apsw.Connection(str(home_in(folder).database))
    try:
        return int(connection.pragma("user_version")), list(connection.execute(SHAPE))
    finally:
        connection.close()


def shapes_of_versions() -> dict[int, list[object]]:
    """Return the schema of each version, as its numbered file makes it of the one before."""
    connection, shapes = apsw.Connection(":memory:"), {}
    for number in range(1, SCHEMA_VERSION + 1):
        connection.execute((REPOSITORY / f"persistence_daemon/schema/{number:04}.sql").read_text("utf-8"))
        shapes[number] = list(connection.execute(SHAPE))
    connection.close()
    return shapes


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("script", INTERRUPTED)
def test_whatever_interrupts_it_nothing_acknowledged_is_lost_and_a_listed_backup_restores(
    script: str, fault: str, scratch: Path, record_property: Callable[[str, str], None]
) -> None:
    interrupter, looker = Interrupter(scratch, script), Looker(scratch)
    try:
        points = interrupter.points()
        chosen = points[:: max(1, int(len(points) / POINTS / SCALE))]
        for name, number in chosen:
            words = interrupter.run("-e", f"inject={name}:{FAULTS[fault].format(number)}")
            if fault == "killed":
                assert interrupter.code == -signal.SIGKILL
            assert looker.look(interrupter.folder).losses(words) == [], f"{name} {number}"
    finally:
        interrupter.close()
    told = f"{script}, {fault} at {len(chosen)} of {len(points)} calls"
    record_property("told", f"{told}: nothing acknowledged was lost, each listed backup restored")


def migrated_by_halves(scratch: Path, tree: Path = REPOSITORY) -> Iterator[str]:
    """Kill a migration at each sync and write; yield what is neither the old file nor the new one."""
    interrupter = Interrupter(scratch, "migration", tree)
    try:
        points, shapes = interrupter.points(), shapes_of_versions()
        assert shape_of(interrupter.folder) == (SCHEMA_VERSION, shapes[SCHEMA_VERSION])
        for name, number in points:
            interrupter.run("-e", f"inject={name}:signal=KILL:when={number}")
            version, shape = shape_of(interrupter.folder)
            if shapes.get(version) != shape:
                yield f"{name} {number}: a file of version {version} has another shape"
    finally:
        interrupter.close()


def test_a_migration_that_is_killed_at_any_call_leaves_the_old_file_or_the_new_one(scratch: Path) -> None:
    assert list(migrated_by_halves(scratch)) == []


def test_control_a_migration_that_commits_each_statement_is_found_out(scratch: Path) -> None:
    assert any(migrated_by_halves(scratch, STATEMENT_BY_STATEMENT.made(scratch)))
