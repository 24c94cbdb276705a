"""When a checkpoint is due: at rest, or once many commits share its price, or when the WAL is as large as it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from persistence_daemon.commits import Checkpoints
from persistence_daemon.connection import (
    CHECKPOINT_COMMITS,
    CHECKPOINT_LATEST_PAGES,
    CHECKPOINT_PAGES,
    open_reader,
    open_writer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

PAGE = 4096
FRAME = PAGE + 24


@pytest.fixture
def store(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = open_writer(tmp_path / "tasks.db")
    connection.pragma("synchronous", "OFF")  # only sizes are looked at
    connection.execute("CREATE TABLE filled (a)")
    yield connection
    connection.close()


def commit(store: apsw.Connection, pages: int) -> None:
    """Commit so many pages and the one or two that hold the row itself."""
    store.execute("INSERT INTO filled VALUES (zeroblob(?))", (pages * PAGE,))


@pytest.mark.parametrize(
    ("commits", "pages", "idle", "due"),
    [
        (1, CHECKPOINT_PAGES // 2, True, False),
        (1, CHECKPOINT_PAGES, True, True),
        (1, CHECKPOINT_PAGES, False, False),
        (CHECKPOINT_COMMITS, 0, False, False),
        (CHECKPOINT_COMMITS, -(-CHECKPOINT_PAGES // CHECKPOINT_COMMITS), False, True),
        (1, CHECKPOINT_LATEST_PAGES, False, True),
    ],
)
def test_a_checkpoint_is_due(store: apsw.Connection, commits: int, pages: int, idle: bool, due: bool) -> None:
    checkpoints = Checkpoints(store)
    for _ in range(commits):
        commit(store, pages)
    assert checkpoints.is_due(idle=idle, quiet=False) is due
    checkpoints.run()
    assert not checkpoints.is_due(idle=True, quiet=True)


def test_the_wal_stays_small_while_somebody_always_waits(store: apsw.Connection, tmp_path: Path) -> None:
    checkpoints, pages, checkpoints_run = Checkpoints(store), 4, 0
    wal = tmp_path / "tasks.db-wal"
    for _ in range(5 * CHECKPOINT_COMMITS):
        commit(store, pages)
        if checkpoints.is_due(idle=False, quiet=False):
            checkpoints.run()
            checkpoints_run += 1
    assert checkpoints_run >= 4
    assert wal.stat().st_size < 2 * CHECKPOINT_COMMITS * pages * FRAME


def test_a_reader_does_not_fail_a_checkpoint(store: apsw.Connection, tmp_path: Path) -> None:
    checkpoints = Checkpoints(store)
    commit(store, CHECKPOINT_PAGES)
    reader = open_reader(tmp_path / "tasks.db")
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM filled").get == 1
    commit(store, CHECKPOINT_PAGES)
    checkpoints.run()
    assert reader.execute("SELECT count(*) FROM filled").get == 1
    reader.close()
