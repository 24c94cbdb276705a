"""A store that is damaged: found beside the daemon's start, put in quarantine, rebuilt; and told by verify.

By the real processes: the daemon's own, and `verify` beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import apsw
import pytest
from daemon_lab import DaemonLab

from persistence_daemon.soundness import is_in_doubt
from persistence_daemon.writing import BROKEN_EXIT
from shared.messages import Accepted, GetStatus, StoreStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEPS = 3


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


def filled(lab: DaemonLab) -> list[Any]:
    """Let a daemon store some steps and stop; return them."""
    lab.start()
    lab.claim()
    for number in range(1, STEPS + 1):
        assert isinstance(lab.write(lab.begin(number)), Accepted)
        assert isinstance(lab.write(lab.finish(number)), Accepted)
    steps = lab.steps().items
    assert lab.stop() == 0
    return list(steps)


def scramble_steps(database: Path) -> None:
    """Overwrite the page where the steps begin, which no start reads; nobody has the file open."""
    connection = apsw.Connection(str(database))
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'steps'").get
    size = int(connection.pragma("page_size"))
    connection.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def test_a_damaged_page_is_found_beside_the_start_and_the_next_one_rebuilds_with_nothing_missing(
    lab: DaemonLab,
) -> None:
    steps = filled(lab)
    scramble_steps(lab.home.database)
    lab.start()
    assert lab.wait_dead() == BROKEN_EXIT
    assert is_in_doubt(lab.home)
    lab.start()
    assert lab.wait_dead() != 0, "it puts the file in quarantine; what was open must not be closed, so it ends"
    assert not is_in_doubt(lab.home)
    (kept,) = (lab.home.root / "quarantine").glob("*/tasks.db")
    assert b"\xa5" * 4096 in kept.read_bytes()
    lab.start()
    assert list(lab.steps().items) == steps
    assert "was rebuilt" in lab.ask(lab.cli, GetStatus(), StoreStatus).alerts[0]
    assert lab.stop() == 0
    assert lab.check() == []


def test_verify_of_a_damaged_store_beside_a_living_daemon_names_it_and_harms_nobody(lab: DaemonLab) -> None:
    filled(lab)
    lab.start()
    lab.hello()
    scramble_value(lab.home.database)
    verb = [sys.executable, "-P", "-m", "persistence_daemon", "report", "--deep", "--home", str(lab.home.root)]
    done = subprocess.run(verb, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    found = [line for line in said if line["kind"] == "finding"]
    assert {line["area"] for line in found} == {"event log"}
    assert "the event log makes it" in found[0]["sentence"]
    assert isinstance(lab.write(lab.begin(STEPS + 1)), Accepted), "the daemon goes on"
    lab.die()
    lab.wait_state("CRASHED")
    assert lab.stop() == 0


def scramble_value(database: Path) -> None:
    """Replace a value by another one, as no checksum of SQLite's would notice."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE steps SET message = 1'); c.commit()"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True)
