"""A store of an older schema, as its program left it, becomes one of today's: whole, after a backup, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest
from store_lab import CLI, PHONE, WORKER, StoreLab

from persistence_daemon import migrations
from persistence_daemon.backup import listed_backups
from persistence_daemon.check import check_store
from persistence_daemon.connection import open_frozen
from persistence_daemon.queries import list_devices, task_row
from shared.errors import ErrorCode, StoreError
from shared.messages import DeleteTask, Done, ErrorInfo, NewWait, RaiseWait, Submitted, WaitingFor, WaitState
from shared.paths import Home

FROZEN = Path(__file__).parents[2] / "data"


def frozen(schema: int, folder: Path) -> Path:
    """Return a home with the frozen store of that schema, and nothing else."""
    home = Home(folder / "home")
    shutil.copytree(FROZEN / f"schema-{schema}", home.root)
    home.prepare()
    return home.root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return frozen(1, tmp_path)


def version_of(database: Path) -> int:
    connection = open_frozen(database)
    try:
        return int(connection.pragma("user_version"))
    finally:
        connection.close()


@pytest.mark.parametrize("schema", range(1, migrations.SCHEMA_VERSION))
def test_a_frozen_store_is_there_of_every_older_schema(schema: int, tmp_path: Path) -> None:
    home = Home(frozen(schema, tmp_path))
    assert version_of(home.database) == schema
    now = migrations.SCHEMA_VERSION
    assert check_store(home) == [f"the store has schema {schema}, this program checks {now}: start Stepwell once"]


def test_a_store_of_schema_2_opens_with_its_judgements_and_deletions_and_can_let_a_task_wait(tmp_path: Path) -> None:
    lab = StoreLab(frozen(2, tmp_path))
    alpha = task_row(lab.store.connection, "alpha")
    assert (alpha.user_correction, alpha.verdict, alpha.checks, alpha.continues) == ("not so", "wrong", (), None)
    assert lab.value("SELECT session_id FROM deletions") == "gone"
    assert lab.check() == [], "its rows are what its event log makes them"
    again = lab.create("waits", script="- tap: [1, 2]", max_steps=7)
    assert isinstance(again, Submitted)
    assert again.existing, "a task keeps its digest although NewTask has got fields since"
    assert isinstance(lab.create("waits", script="- tap: [1, 2]", max_steps=7, checks=("x",)), ErrorInfo)
    lab.claim(number=9)
    wait = NewWait(session_id="waits", wait_id="w", waiting_for=WaitingFor.PAUSED)
    assert isinstance(lab.ask(WORKER, RaiseWait(wait=wait)), WaitState)
    assert lab.check() == []
    lab.close()


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
    assert backup.reason == f"before schema 1 became {migrations.SCHEMA_VERSION}"
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
            left_at = int(connection.pragma("user_version"))
            assert before <= left_at < migrations.SCHEMA_VERSION
            for schema, table in ((2, "deletions"), (3, "waits")):
                sql = "SELECT count(*) FROM sqlite_schema WHERE name = ?"
                assert bool(connection.execute(sql, (table,)).get) is (left_at >= schema), "never between two schemas"
        connection.close()
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
