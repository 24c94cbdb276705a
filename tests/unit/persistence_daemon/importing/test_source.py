"""The file that is imported: read whatever state it is in, while its program has it open, never changed by a byte."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from old_store import OldStore, whole_history

from persistence_daemon.rebuild import Beginning
from persistence_daemon.start import open_store
from persistence_daemon.transaction import Policy
from shared.errors import BadInputError, ErrorCode
from shared.identity import Identity

if TYPE_CHECKING:
    from pathlib import Path

    from import_lab import ImportLab


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but the -shm, which readers of a WAL write their marks into."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def session_ids(lab: ImportLab) -> list[str]:
    return sorted(row[0] for row in lab.rows("SELECT session_id FROM tasks"))


def test_commits_that_stand_only_in_the_wal_come_along_while_the_program_has_the_file_open(
    lab: ImportLab, old: OldStore
) -> None:
    old.connection.execute("PRAGMA wal_autocheckpoint=0")
    old.task("t")
    assert b"do t" not in old.database.read_bytes()
    before = contents(old.folder)
    assert lab.run(old.database)["tasks"] == 1
    assert contents(old.folder) == before
    old.task("later")  # it goes on as if nothing had been
    assert lab.run(old.database)["tasks"] == 1
    assert session_ids(lab) == ["later", "t"]


def test_a_copy_holds_one_moment_while_another_program_writes(lab: ImportLab, old: OldStore) -> None:
    """Each task is written with its step in one commit, all the time: no import sees one without the other."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, old.database], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    try:
        for _ in range(5):
            lab.run(old.database)
            assert lab.notices("disagreement") == []
    finally:
        writer.communicate("end\n")
    assert lab.rows("SELECT count(*) FROM tasks WHERE total_steps <> 1") == [(0,)]
    assert len(session_ids(lab)) > 0


WRITER = """
import itertools, select, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for number in itertools.count():
    connection.execute("BEGIN")
    connection.execute("INSERT INTO tasks (session_id, total_steps) VALUES (?, 1)", (f"w{number}",))
    connection.execute("INSERT INTO steps (session_id, step_num, message) VALUES (?, 1, ?)", (f"w{number}", "x" * 3000))
    connection.execute("COMMIT")
    if number == 0:
        print("writing", flush=True)
    if select.select([sys.stdin], [], [], 0.001)[0]:
        break
"""


def left_by_a_crash(old: OldStore, folder: Path, *ends: str) -> Path:
    """Copy the files of an open store as a crash would leave them, those with these endings; return the database."""
    old.connection.execute("PRAGMA wal_autocheckpoint=0")
    old.task("t")
    target = folder / "crashed" / "logs" / "tasks.db"
    target.parent.mkdir(parents=True)
    for end in ends:
        shutil.copyfile(f"{old.database}{end}", f"{target}{end}")
    return target


@pytest.mark.parametrize("ends", [("", "-wal"), ("", "-wal", "-shm")])
def test_what_a_crash_left_in_the_wal_comes_along(
    lab: ImportLab, old: OldStore, tmp_path: Path, ends: tuple[str, ...]
) -> None:
    database = left_by_a_crash(old, tmp_path, *ends)
    before = contents(database.parent)
    names = sorted(database.parent.iterdir())
    assert lab.run(database)["tasks"] == 1
    assert contents(database.parent) == before
    assert sorted(database.parent.iterdir()) == names


def test_a_journal_that_a_crash_left_is_rolled_back_in_the_copy_alone(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", journal_mode="delete")
    old.task("t", task_description="before")
    old.connection.execute("PRAGMA cache_size=1")
    old.connection.execute("BEGIN IMMEDIATE")
    old.connection.execute("UPDATE tasks SET task_description = 'never committed'")
    for number in range(200):
        old.step("t", number, message="x" * 5000)
    target = tmp_path / "crashed" / "tasks.db"
    target.parent.mkdir()
    for end in ("", "-journal"):
        shutil.copyfile(f"{old.database}{end}", f"{target}{end}")
    old.connection.execute("ROLLBACK")
    old.close()
    before = contents(target.parent)
    assert b"never committed" in before["tasks.db"]
    lab.run(target)
    assert contents(target.parent) == before
    assert lab.rows("SELECT task_description, total_steps FROM tasks") == [("before", 0)]


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_closed_file_is_read_and_nothing_is_made_beside_it(lab: ImportLab, tmp_path: Path, journal_mode: str) -> None:
    old = OldStore(tmp_path / "old", journal_mode=journal_mode)
    old.task("t")
    old.close()
    before = contents(old.folder)
    assert lab.run(old.database)["tasks"] == 1
    assert contents(old.folder) == before
    assert sorted(old.logs.iterdir()) == [old.screenshots, old.database]


def test_a_program_that_holds_an_open_transaction_is_read_as_it_was_before(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", journal_mode="delete")
    old.task("t")
    old.connection.execute("BEGIN IMMEDIATE")
    old.task("not committed")
    assert lab.run(old.database)["tasks"] == 1
    old.connection.execute("COMMIT")
    old.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a folder read-only")
@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("crashed", [True, False])
def test_a_folder_that_cannot_be_written_is_enough(
    lab: ImportLab, old: OldStore, tmp_path: Path, is_open: bool, crashed: bool
) -> None:
    database = left_by_a_crash(old, tmp_path, "", "-wal") if crashed else old.database
    if not crashed:
        old.task("t")
    if not is_open:
        old.connection.close()
    place = tmp_path / "read-only"
    place.mkdir()
    subprocess.run(["mount", "--bind", database.parent, place], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
        assert lab.run(place / "tasks.db")["tasks"] == 1
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_symlink_to_the_file_is_followed_to_what_lies_beside_it(
    lab: ImportLab, tmp_path: Path, old: OldStore
) -> None:
    old.task("t")
    old.step("t", 1, screenshot_path=old.shot("step_1.png"))
    link = tmp_path / "link.db"
    link.symlink_to(old.database)
    result = lab.run(link)
    assert (result["tasks"], result["screenshots"], result["source"]) == (1, 1, str(old.database))


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_path_that_is_not_utf_8_is_no_hindrance(lab: ImportLab, tmp_path: Path, journal_mode: str) -> None:
    folder = tmp_path / os.fsdecode(b"gel\xf6scht")
    old = OldStore(tmp_path / "old", journal_mode=journal_mode)
    old.task("t")
    old.step("t", 1, screenshot_path=old.shot("step_1.png"))
    old.back_up("t", None, b"torn")
    old.close()
    (tmp_path / "old").rename(folder)
    result = lab.run(folder / "logs" / "tasks.db")
    assert (result["tasks"], result["screenshots"], result["torn"]) == (1, 1, 1)
    assert "gel\\udcf6scht" in result["source"]
    with pytest.raises(BadInputError) as refused:
        lab.run(folder / "missing.db")
    assert refused.value.message.encode()


def test_a_demos_home_is_left_alone(lab: ImportLab, old: OldStore) -> None:
    begin = Beginning("2026-01-01T00:00:00.000Z", "timeline", "test", demo=True, start_id="")
    lab.home.prepare()
    policy = Policy(Identity("daemon", "d"), resume_queue=False, is_alive=lambda _worker: False)
    open_store(lab.home, policy, begin).store.close()
    with pytest.raises(BadInputError, match="is a demo's home"):
        lab.run(old.close())
    assert lab.rows("SELECT count(*) FROM tasks") == [(0,)]


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_a_file_in_another_encoding_is_read(lab: ImportLab, tmp_path: Path, encoding: str) -> None:
    database = tmp_path / "tasks.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"PRAGMA encoding='{encoding}'")
        connection.execute("CREATE TABLE tasks (session_id TEXT, task_description TEXT)")
        connection.execute("CREATE TABLE steps (session_id TEXT)")
        connection.execute("INSERT INTO tasks VALUES ('t', '打开设置')")
    lab.run(database)
    assert lab.rows("SELECT session_id, task_description FROM tasks") == [("t", "打开设置")]


# --- what is refused


def sound(folder: Path) -> bytes:
    old = OldStore(folder / "sound")
    for number in range(300):
        old.task(f"t{number}", task_description="x" * 200)
    return old.close().read_bytes()


def other_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE notes (text TEXT)")


def refused_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Make one of each kind; return them with what must be said of them."""
    good = sound(folder)
    files = {
        "missing": (None, "No such file"),
        "empty": (b"", "is empty (0 bytes)"),
        "text": (b"id,task\n1,x\n" * 100, "is not an SQLite file, or is encrypted"),
        "encrypted": (os.urandom(8192), "is not an SQLite file, or is encrypted"),
        "encrypted but for its head": (good[:100] + os.urandom(len(good) - 100), "is damaged"),
        "head alone": (good[:50], "is cut off"),
        "truncated": (good[: len(good) // 2], "is damaged"),
        "corrupt in part": (good[:20480] + b"\x5a" * 4096 + good[24576:], "is damaged"),
    }
    found = {}
    for name, (data, why) in files.items():
        path = folder / f"{name}.db"
        if data is not None:
            path.write_bytes(data)
        found[name] = (path, why)
    (folder / "folder.db").mkdir()
    os.mkfifo(folder / "pipe.db")
    other_tables(folder / "other.db")
    found["folder"] = (folder / "folder.db", "is a folder")
    found["pipe"] = (folder / "pipe.db", "is not a file")
    found["other tables"] = (folder / "other.db", "holds neither of the tables tasks and steps")
    return found


KINDS = (
    *("missing", "empty", "text", "encrypted", "encrypted but for its head", "head alone", "truncated"),
    *("corrupt in part", "folder", "pipe", "other tables"),
)


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_no_older_store_is_refused_and_nothing_is_changed(
    lab: ImportLab, tmp_path: Path, dry_run: bool
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    files = refused_files(folder)
    assert tuple(files) == KINDS
    for name, (path, why) in files.items():
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(BadInputError) as refused:
            lab.run(path, dry_run=dry_run)
        assert why in refused.value.message, name
        assert str(path) in refused.value.message, name
        assert refused.value.code is ErrorCode.BAD_REQUEST
        assert refused.value.remedy
        assert not path.is_file() or path.read_bytes() == before, name
        assert not lab.home.root.exists(), name


def test_a_store_of_stepwells_own_is_refused(lab: ImportLab, old: OldStore) -> None:
    lab.run(old.close())
    with pytest.raises(BadInputError, match="Stepwell's own"):
        lab.run(lab.home.database)


@pytest.mark.parametrize("offset", ["+25", "noon", "+08:75", "8:0:0", "+"])
def test_an_offset_that_is_none_is_refused(lab: ImportLab, old: OldStore, offset: str) -> None:
    with pytest.raises(BadInputError, match="is no offset"):
        lab.run(old.close(), offset)
    assert not lab.home.root.exists()


def test_a_dry_run_tells_the_same_and_changes_nothing(lab: ImportLab, tmp_path: Path) -> None:
    database = whole_history(tmp_path / "old").close()
    told = lab.run(database, dry_run=True)
    notices = [line for line in lab.told if line["kind"] == "notice"]
    assert not lab.home.root.exists()
    done = lab.run(database)
    assert {**told, "dry_run": False, "seq": done["seq"]} == done
    assert notices == [line for line in lab.told if line["kind"] == "notice"]
    before = contents(lab.home.root)
    again = lab.run(database, dry_run=True)
    assert (again["tasks"], again["tasks_known"]) == (0, done["tasks"])
    assert contents(lab.home.root) == before
