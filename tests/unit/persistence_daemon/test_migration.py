"""A store of schema 1, as its program left it, becomes one of today's: whole, with a backup before, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest
from store_lab import CLI, PHONE, StoreLab

from persistence_daemon import migrations
from persistence_daemon.backup import listed_backups
from persistence_daemon.check import check_store
from persistence_daemon.connection import open_frozen
from persistence_daemon.queries import list_devices, task_row
from shared.errors import ErrorCode, StoreError
from shared.messages import DeleteTask, Done
from shared.paths import Home

FROZEN = Path(__file__).parents[2] / "data" / "schema-1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A home with the frozen store, and nothing else."""
    home = Home(tmp_path / "home")
    shutil.copytree(FROZEN, home.root)
    home.prepare()
    return home.root


def version_of(database: Path) -> int:
    connection = open_frozen(database)
    try:
        return int(connection.pragma("user_version"))
    finally:
        connection.close()


def test_the_frozen_store_is_of_schema_1(root: Path) -> None:
    assert version_of(Home(root).database) == 1
    assert check_store(Home(root)) == ["the store has schema 1, this program checks 2: start Stepwell once"]


def test_a_store_of_schema_1_opens_with_nothing_missing_and_its_totals_filled(root: Path) -> None:
    lab = StoreLab(root)
    assert lab.value("PRAGMA user_version") == migrations.SCHEMA_VERSION
    alpha = task_row(lab.store.connection, "alpha")
    assert (alpha.total_steps, alpha.prompt_tokens, alpha.completion_tokens) == (3, 307, 10)
    assert (alpha.user_label, alpha.verdict) == (None, "reported")
    devices = {row.device_id: row.last_task for row in list_devices(lab.store.connection, {}).items}
    assert devices == {PHONE: "beta", "R58.tab:1": None}
    counts = dict(lab.rows("SELECT * FROM task_counts WHERE tasks > 0"))
    assert counts == {"SUCCESS": 1, "CRASHED": 1, "STOPPED": 1, "CREATED": 1}
    assert lab.check() == [], "its rows are what its event log makes them"
    assert isinstance(lab.ask(CLI, DeleteTask(session_id="alpha")), Done)
    assert lab.check() == []
    lab.close()


def test_a_verified_backup_of_the_old_store_is_there_before_and_can_be_rebuilt_from(root: Path) -> None:
    lab = StoreLab(root)
    (backup,) = listed_backups(lab.home)
    assert backup.reason == "before schema 1 became 2"
    assert version_of(lab.home.backups / backup.name) == 1
    lab.reopen()
    assert len(listed_backups(lab.home)) == 1, "one is enough"
    lab.create("after")
    lab.close()
    lab.home.database.unlink()
    lab.opened = lab._open()
    assert backup.name in lab.opened.alerts[0]
    assert task_row(lab.store.connection, "alpha").prompt_tokens == 307
    assert task_row(lab.store.connection, "after").total_steps == 0
    assert lab.check() == []
    lab.close()


def test_without_room_for_a_backup_the_store_stays_as_it_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise apsw.FullError("database or disk is full")

    monkeypatch.setattr("persistence_daemon.start.take_backup", full)
    with pytest.raises(StoreError) as caught:
        StoreLab(root)
    assert caught.value.code is ErrorCode.STORE_FULL
    assert "stays so" in caught.value.message
    assert version_of(Home(root).database) == 1


class Killed(BaseException):
    """The process ends here."""


def test_a_migration_that_is_cut_off_leaves_the_old_store_and_the_next_start_does_it(root: Path) -> None:
    """At every statement of the migration: what an exception rolls back, a kill leaves uncommitted in the WAL."""
    database = Home(root).database
    before = version_of(database)
    statement = survived = 0
    while not survived:
        statement += 1
        connection = apsw.Connection(str(database))
        connection.pragma("journal_mode", "wal")
        connection.exec_trace = countdown(statement)
        try:
            migrations.migrate(connection)
            survived = 1
        except Killed:
            connection.exec_trace = None
            assert connection.pragma("user_version") == before
            assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'deletions'").get
        connection.close()
        if not survived:
            assert version_of(database) == before
    assert statement > 10
    lab = StoreLab(root)
    assert lab.check() == []
    lab.close()


def countdown(number: int):
    """Return a tracer that ends the process, so to say, at the statement of that number."""
    left = [number]

    def trace(_cursor: object, sql: str, _bindings: object) -> bool:
        left[0] -= 1
        if left[0] < 0 and not sql.startswith(("ROLLBACK", "RELEASE")):
            raise Killed
        return True

    return trace
