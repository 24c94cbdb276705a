"""From a home to an open store: roll-forward, torn and bad logs, quarantine and rebuild, foreign and newer files."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import apsw
import pytest
from store_lab import DAEMON, StoreLab

from persistence_daemon import migrations
from persistence_daemon.audit import WalWatch
from persistence_daemon.backup import listed_backups, take_backup
from persistence_daemon.batch import StoreBroken
from persistence_daemon.event_log import EventLog, file_name
from persistence_daemon.log_reader import LogFile, descent, log_files, newest_timeline, read_lines
from persistence_daemon.rebuild import Beginning
from persistence_daemon.start import open_store
from shared.errors import BadInputError, ErrorCode, StoreError
from shared.messages import Event, RecordSetAside, StepBegun
from shared.paths import Home
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path


def filled(lab: StoreLab, steps: int = 3) -> None:
    lab.running()
    for number in range(1, steps + 1):
        lab.step(number)
    lab.accepted(lab.note("n"))


def dump(lab: StoreLab) -> list[object]:
    tables = ("tasks", "steps", "transitions", "notes", "devices", "set_aside", "claims")
    return [lab.rows(f"SELECT * FROM {table}") for table in tables]


def only_log(lab: StoreLab) -> LogFile:
    (file,) = log_files(lab.home.event_log)
    return file


def as_it_was(lab: StoreLab, path: Path) -> None:
    """Keep the database as it stands now."""
    lab.store.connection.execute("VACUUM INTO ?", (str(path),))


def put_back(lab: StoreLab, path: Path) -> None:
    """Give the closed store the database that `as_it_was` kept: its last transactions are lost."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.close()
    shutil.copy(path, lab.home.database)


def test_transactions_that_the_store_lost_are_rolled_forward_from_the_log(lab: StoreLab, tmp_path: Path) -> None:
    lab.running()
    lab.step(1)
    as_it_was(lab, tmp_path / "kept.sqlite")
    lab.step(2)
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    wanted, seq = dump(lab), lab.store.seq
    lab.close()
    put_back(lab, tmp_path / "kept.sqlite")
    lab.opened = lab._open()
    assert dump(lab) == wanted
    assert lab.store.seq == seq
    assert lab.opened.backup_reason == ""


def test_the_torn_end_of_the_log_is_cut_and_the_log_goes_on(lab: StoreLab) -> None:
    filled(lab)
    lab.close()
    path = only_log(lab).path
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(whole.splitlines(keepends=True)[-1][:-40])
    lab.opened = lab._open()
    assert path.read_bytes() == whole
    lab.step(4)
    assert all(line.event is not None for line in read_lines(path))


@pytest.mark.parametrize("rest", [b"\0" * 5000, b"garbage\n", b"00000000 {}\n"])
def test_whatever_stands_behind_the_last_good_line_is_cut(lab: StoreLab, rest: bytes) -> None:
    filled(lab)
    lab.close()
    path = only_log(lab).path
    whole = path.read_bytes()
    path.write_bytes(whole + rest)
    lab.opened = lab._open()
    assert path.read_bytes() == whole


def test_a_log_that_ends_before_the_store_is_continued_and_a_backup_is_due(bare_lab: StoreLab) -> None:
    lab = bare_lab
    filled(lab)
    lab.close()
    path = only_log(lab).path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-3]))
    lab.opened = lab._open()
    assert lab.opened.backup_reason == "the event log ends before the store"
    seq = lab.store.seq
    take_backup(lab.home, lab.opened.backup_reason, lab.at(), lab.store.log.sync)
    lab.step(4)
    assert [file.first_seq for file in log_files(lab.home.event_log)] == [1, seq + 1]
    assert lab.check() == [], "the check begins at the backup behind the hole"
    lab.reopen()
    assert lab.opened.backup_reason == ""
    lab.close()


def test_a_bad_line_elsewhere_is_named_and_nothing_is_removed(bare_lab: StoreLab) -> None:
    lab = bare_lab
    filled(lab)
    lab.close()
    path = only_log(lab).path
    data = bytearray(path.read_bytes())
    second = data.index(b"\n") + 20
    data[second] ^= 1
    path.write_bytes(data)
    lab.opened = lab._open()
    assert path.read_bytes() == data
    assert any("does not have the checksum" in sentence for sentence in lab.check())
    lab.close()


def test_a_line_that_cannot_be_applied_is_set_aside_and_never_a_reason_not_to_start(
    bare_lab: StoreLab,
) -> None:
    lab = bare_lab
    filled(lab)
    log = EventLog(lab.home.event_log, lab.store.timeline, path=only_log(lab).path)
    seq, timeline = lab.store.seq, lab.store.timeline
    impossible = StepBegun(step=lab.begin(1, "no-such-task"), picture_path=None)
    good = RecordSetAside(
        session_id=None, kind="k", code=ErrorCode.SET_ASIDE, message="m", raw="r", sender="s", incarnation="i"
    )
    for number, body in ((seq + 1, impossible), (seq + 2, good)):
        log.append([Event(seq=number, timeline=timeline, at=lab.at(), by="x.1", body=body)])
    log.close()
    lab.reopen()
    assert lab.store.seq == seq + 2
    assert lab.set_aside() == [("Event StepBegun", "SET_ASIDE"), ("k", "SET_ASIDE")]
    assert lab.opened.backup_reason == "the event log has bad lines"
    assert lab.check() == []
    lab.close()


@pytest.mark.parametrize("how", ["removed", "emptied", "scrambled"])
def test_a_destroyed_database_is_rebuilt_from_the_log_with_nothing_missing(lab: StoreLab, how: str) -> None:
    filled(lab)
    wanted = dump(lab)
    lab.close()
    if how == "removed":
        lab.home.database.unlink()
    elif how == "emptied":
        lab.home.database.write_bytes(b"")
    else:
        lab.home.database.write_bytes(b"not a database at all" * 500)
    lab.opened = lab._open()
    assert dump(lab) == wanted
    assert lab.opened.alerts[0].startswith("the store was rebuilt up to event")
    assert lab.store.timeline == "timeline2"
    if how == "scrambled":
        (kept,) = (lab.home.root / "quarantine").glob("*/tasks.db")
        assert kept.read_bytes().startswith(b"not a database")
    lab.step(4)


def test_a_rebuild_begins_at_the_newest_backup(lab: StoreLab) -> None:
    filled(lab)
    backup = take_backup(lab.home, "test", lab.at(), lab.store.log.sync)
    lab.step(4)
    wanted = dump(lab)
    lab.close()
    lab.home.database.unlink()
    lab.opened = lab._open()
    assert backup.name in lab.opened.alerts[0]
    assert dump(lab) == wanted


def test_a_second_rebuild_follows_the_newest_timeline(lab: StoreLab) -> None:
    filled(lab)
    for number in (4, 5):
        lab.close()
        lab.home.database.unlink()
        lab.opened = lab._open()
        lab.step(number)
    assert newest_timeline(lab.home.event_log) == "timeline3"
    assert [name for name, _ in descent(lab.home.event_log, "timeline3")] == [
        "timeline1",
        "timeline2",
        "timeline3",
    ]
    assert lab.value("SELECT count(*) FROM steps") == 5


def test_a_wal_without_its_database_is_left_untouched_when_nothing_can_rebuild_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    wal = home.root / "tasks.db-wal"
    wal.write_bytes(b"commits that have no file")
    with pytest.raises(BadInputError) as caught:
        StoreLab(home.root)
    assert caught.value.code is ErrorCode.BAD_HOME
    assert wal.read_bytes() == b"commits that have no file"
    assert not home.database.exists()


def test_a_corrupt_page_is_quarantined_whole_and_the_next_start_rebuilds(bare_lab: StoreLab) -> None:
    lab = bare_lab
    filled(lab)
    wanted = dump(lab)
    lab.close()
    data = bytearray(lab.home.database.read_bytes())
    data[100:] = b"\xa5" * (len(data) - 100)
    lab.home.database.write_bytes(data)
    with pytest.raises(StoreBroken):
        lab._open()
    assert not lab.home.database.exists()
    lab.opened = lab._open()
    assert dump(lab) == wanted
    lab.close()


def test_a_newer_store_is_refused_untouched(bare_lab: StoreLab) -> None:
    bare_lab.store.connection.pragma("user_version", 999)
    bare_lab.close()
    before = hashlib.sha256(bare_lab.home.database.read_bytes()).digest()
    with pytest.raises(BadInputError) as caught:
        bare_lab._open()
    assert "schema 999" in caught.value.message
    assert hashlib.sha256(bare_lab.home.database.read_bytes()).digest() == before


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    other = sqlite3.connect(home.database)
    other.execute("CREATE TABLE tasks (session_id TEXT)")
    other.close()
    before = home.database.read_bytes()
    with pytest.raises(BadInputError) as caught:
        StoreLab(home.root)
    assert "another program" in caught.value.message
    assert home.database.read_bytes() == before


def test_a_demo_refuses_a_real_home(bare_lab: StoreLab) -> None:
    bare_lab.close()
    begin = Beginning(bare_lab.at(), "t", str(DAEMON), demo=True, start_id="s")
    with pytest.raises(BadInputError) as caught:
        open_store(bare_lab.home, bare_lab.store.policy, begin)
    assert caught.value.code is ErrorCode.BAD_HOME


@pytest.mark.parametrize("version", ["3.7.0", "3.46.1", "3.51.2"])
def test_a_sqlite_that_can_corrupt_the_wal_is_refused(version: str) -> None:
    with pytest.raises(StoreError):
        migrations.check_sqlite_version(version)
    migrations.check_sqlite_version("3.51.3")
    migrations.check_sqlite_version(apsw.sqlite_lib_version())


def test_the_file_is_set_up_as_the_design_says(lab: StoreLab) -> None:
    pragma = lab.store.connection.pragma
    assert pragma("application_id") == migrations.APPLICATION_ID
    assert pragma("user_version") == migrations.SCHEMA_VERSION
    assert pragma("auto_vacuum") == 2
    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    assert pragma("trusted_schema") == 0
    assert pragma("wal_autocheckpoint") == 0


def test_a_backup_is_listed_only_when_it_is_verified(lab: StoreLab, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(lab)
    backup = take_backup(lab.home, "why", lab.at(), lab.store.log.sync)
    assert listed_backups(lab.home) == [backup]
    assert (backup.seq, backup.tasks, backup.steps, backup.reason) == (lab.store.seq, 1, 3, "why")

    def broken(_path: Path, _reason: str, _at: str) -> None:
        raise StoreError(ErrorCode.INTERNAL, "did not verify")

    monkeypatch.setattr("persistence_daemon.backup._verified", broken)
    with pytest.raises(StoreError):
        take_backup(lab.home, "why", lab.at(), lab.store.log.sync)
    assert listed_backups(lab.home) == [backup]


def test_the_log_is_rotated_by_size_and_read_in_order(tmp_path: Path, lab: StoreLab) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    log = EventLog(folder, "t", file_bytes=200)
    body = RecordSetAside(
        session_id=None, kind="k", code=ErrorCode.SET_ASIDE, message="m", raw="r", sender="s", incarnation="i"
    )
    for seq in range(1, 6):
        log.append([Event(seq=seq, timeline="t", at=lab.at(), by="x.1", body=body)])
    log.close()
    files = log_files(folder, "t")
    assert len(files) > 2
    assert files[0].path.name == file_name(1, "t") == "000000000001-t.jsonl"
    assert [line.event.seq for file in files for line in read_lines(file.path) if line.event] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_a_plain_open_of_a_database_file_is_forbidden_in_the_daemon(tmp_path: Path) -> None:
    code = (
        "import sys; from persistence_daemon.audit import forbid_plain_opens, PlainOpenForbidden\n"
        "forbid_plain_opens(); forbid_plain_opens()\n"
        "open(sys.argv[1] + 'fine.sqlite', 'wb').close()\n"
        "for name in ('tasks.db', 'tasks.db-wal', 'tasks.db-shm'):\n"
        "    try:\n        open(sys.argv[1] + name, 'wb')\n"
        "    except PlainOpenForbidden:\n        continue\n"
        "    sys.exit(1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, f"{tmp_path}/"], check=False).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["fine.sqlite"]


def test_a_wal_that_vanishes_or_is_replaced_is_noticed(tmp_path: Path) -> None:
    wal = tmp_path / "tasks.db-wal"
    watch = WalWatch(tmp_path / "tasks.db")
    assert watch.is_there()
    wal.write_bytes(b"1")
    assert watch.is_there()
    wal.rename(tmp_path / "elsewhere")
    assert not watch.is_there()
    wal.write_bytes(b"2")
    assert not watch.is_there()
