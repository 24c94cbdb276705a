"""The store is read without a trace, beside a daemon that begins meanwhile too, and never when it is not whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store_lab import StoreLab

from persistence_daemon import task_pages
from persistence_daemon.export.reading import StoreReader
from shared.errors import BadInputError, StoreError
from shared.messages import ListTasks
from shared.paths import Home

if TYPE_CHECKING:
    from pathlib import Path

    import apsw


def database_files(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(root.glob("tasks.db*"))}


def ids(store: apsw.Connection) -> list[str]:
    return [row.session_id for row in task_pages.list_tasks(store, ListTasks()).items]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lab = StoreLab(tmp_path / "home")
    lab.create("task-1")
    lab.close()
    return tmp_path / "home"


def test_with_nothing_running_no_file_is_made_or_changed(root: Path) -> None:
    before = database_files(root)
    assert list(before) == ["tasks.db"]
    reader = StoreReader(Home(root))
    assert reader.read(ids) == ["task-1"]
    reader.close()
    assert database_files(root) == before


def test_a_store_that_begins_to_be_written_meanwhile_is_read_as_it_is_now(root: Path) -> None:
    reader = StoreReader(Home(root))
    lab = StoreLab(root)
    lab.create("task-2")
    assert reader.read(ids) == ["task-2", "task-1"]
    lab.create("task-3")
    assert reader.read(ids) == ["task-3", "task-2", "task-1"]
    reader.close()
    lab.close()
    assert lab.check() == []


def test_a_store_that_is_being_written_is_read_beside_the_writer(tmp_path: Path) -> None:
    lab = StoreLab(tmp_path / "home")
    lab.create("task-1")
    reader = StoreReader(lab.home)
    lab.create("task-2")
    assert reader.read(ids) == ["task-2", "task-1"]
    reader.close()
    lab.create("task-3")
    lab.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    lab = StoreLab(tmp_path / "home")
    reader = StoreReader(lab.home)
    with pytest.raises(StoreError):
        reader.read(lambda store: store.execute("DELETE FROM tasks"))
    reader.close()
    lab.close()


def test_a_store_that_is_lost_is_told_and_its_log_is_left_alone(root: Path) -> None:
    (root / "tasks.db").write_bytes(b"")
    (root / "tasks.db-wal").write_bytes(b"evidence")
    with pytest.raises(BadInputError, match="lost"):
        StoreReader(Home(root))
    assert (root / "tasks.db-wal").read_bytes() == b"evidence"
    (root / "tasks.db").unlink()
    with pytest.raises(BadInputError, match="no store"):
        StoreReader(Home(root))


def test_a_file_that_is_no_store_is_told(root: Path) -> None:
    (root / "tasks.db").write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match="cannot be read"):
        StoreReader(Home(root))
