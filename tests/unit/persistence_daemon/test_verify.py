"""What `stepwell verify` finds: damage of each part is named in that part, and the others are still looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from store_lab import WORKER, StoreLab, picture_of

from persistence_daemon.backup import sync_log_files, take_backup
from persistence_daemon.invariants import check_events
from persistence_daemon.log_reader import log_files, read_lines
from persistence_daemon.quiet import quiet_home
from persistence_daemon.verify import orphans, verify
from shared.errors import BadInputError
from shared.messages import Outcome, StateChanged, TaskDeleted
from shared.posix import lock_holder
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = b"a picture of a phone" * 50


def found(lab: StoreLab, *, deep: bool = True) -> dict[str, list[str]]:
    by_area: dict[str, list[str]] = {}
    for finding in verify(lab.home, deep=deep, tell=lambda _what, _done, _total: None):
        by_area.setdefault(finding.area, []).append(finding.sentence)
    return by_area


def flip(path: Path, at: int) -> None:
    """Change one byte of a file that nobody has open."""
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.fixture
def full(bare_lab: StoreLab) -> StoreLab:
    """A closed store with a task, a picture and a backup."""
    bare_lab.running()
    bare_lab.accepted(bare_lab.begin(1, picture=picture_of(PICTURE)), WORKER, PICTURE)
    bare_lab.accepted(bare_lab.finish(1, outcome=Outcome.DONE))
    bare_lab.step(2)
    bare_lab.accepted(bare_lab.change(TaskEvent.SUCCEEDED))
    take_backup(bare_lab.home, "a test", bare_lab.at(), lambda: sync_log_files(bare_lab.home))
    bare_lab.close()
    return bare_lab


def picture(lab: StoreLab) -> Path:
    (path,) = lab.home.screenshots.glob("*/*.png")
    return path


def test_a_whole_home_has_nothing_wrong(full: StoreLab) -> None:
    assert found(full) == {}
    assert found(full, deep=False) == {}
    assert orphans(full.home, now=4e9) == []


def test_a_flipped_byte_of_a_picture_is_found_when_it_is_read(full: StoreLab) -> None:
    flip(picture(full), 100)
    assert found(full, deep=False) == {}
    assert list(found(full)) == ["pictures"]


def test_a_missing_picture_is_found_without_reading_any(full: StoreLab) -> None:
    picture(full).unlink()
    assert list(found(full, deep=False)) == ["pictures"]


def test_a_flipped_byte_of_the_event_log_is_found_though_a_backup_covers_it(full: StoreLab) -> None:
    (file,) = log_files(full.home.event_log)
    second = list(read_lines(file.path))[1]
    flip(file.path, second.start + 40)
    assert "does not have the checksum" in " ".join(found(full, deep=False)["event log"])


def test_a_flipped_byte_of_a_row_is_found_by_the_event_log(full: StoreLab) -> None:
    """SQLite itself has no checksum: to it, the row is as good as before."""
    data = full.home.database.read_bytes()
    at = data.index(b"thought 2")
    flip(full.home.database, at)
    assert "steps" in " ".join(found(full, deep=False)["event log"])


def test_a_destroyed_database_is_named_and_the_rest_is_still_checked(full: StoreLab) -> None:
    picture(full).unlink()
    data = full.home.database.read_bytes()
    full.home.database.write_bytes(data[:100] + b"\x55" * (len(data) - 100))
    (backup,) = full.home.backups.glob("*.sqlite")
    backup.write_bytes(backup.read_bytes()[:-10])
    wrong = found(full)
    assert {"database", "backups"} <= set(wrong)


def test_a_damaged_backup_is_found(full: StoreLab) -> None:
    (backup,) = full.home.backups.glob("*.sqlite")
    backup.write_bytes(backup.read_bytes()[:-4096])
    assert "bytes, its list says" in found(full, deep=False)["backups"][0]
    backup.unlink()
    assert "its file is gone" in found(full, deep=False)["backups"][0]


def test_what_no_row_names_is_an_orphan_once_it_is_a_minute_old(full: StoreLab) -> None:
    stray = full.home.screenshots / "task-1" / "9-0000000000000000.png"
    stray.write_bytes(b"stray")
    assert orphans(full.home) == []
    os.utime(stray, (1, 1))
    assert orphans(full.home) == [stray]


def test_a_home_in_which_a_daemon_lives_is_not_quiet(full: StoreLab) -> None:
    pid = os.fork()
    if pid == 0:  # a POSIX lock conflicts only between processes
        try:
            with quiet_home(full.home):
                os.read(0, 0)
            os._exit(0)
        except BadInputError:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    with quiet_home(full.home):
        pid = os.fork()
        if pid == 0:
            try:
                with quiet_home(full.home):
                    os._exit(0)
            except BadInputError:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert lock_holder(full.home.lock("daemon")) is None


def test_the_rules_of_events_find_what_they_are_for(full: StoreLab) -> None:
    (file,) = log_files(full.home.event_log)
    events = [line.event for line in read_lines(file.path) if line.event is not None]
    assert list(check_events(events)) == []
    (end,) = [event for event in events if isinstance(event.body, StateChanged) and event.body.to_state == "SUCCESS"]
    assert "ended twice" in " ".join(check_events([*events, end]))
    gone = TaskDeleted(session_id="task-1", by="cli-1")
    deleted = type(end)(seq=end.seq + 1, timeline=end.timeline, at=end.at, by=end.by, body=gone)
    assert list(check_events([*events, deleted])) == []
    assert "had been deleted" in " ".join(check_events([*events, deleted, end]))
    assert "before it had ended" in " ".join(check_events([deleted]))
    without_begins = [event for event in events if type(event.body).__name__ != "StepBegun"]
    assert "never began" in " ".join(check_events(without_begins))


def test_a_backup_that_is_newer_than_the_store_is_named(full: StoreLab) -> None:
    assert found(full) == {}
    older = full.home.database.read_bytes()
    full.opened = full._open()
    full.create("task-2")
    newer = take_backup(full.home, "a test", full.at(), lambda: sync_log_files(full.home))
    full.close()
    for path in full.home.root.glob("tasks.db*"):
        path.unlink()
    full.home.database.write_bytes(older)
    (sentence,) = found(full)["backups"]
    assert f"the backup {newer.name} is newer than the store: it stands at event {newer.seq}" in sentence
    assert f"stepwell backup restore {newer.name}" in sentence


def test_a_store_put_in_the_place_of_one_that_was_rebuilt_since_is_older_than_its_backups(full: StoreLab) -> None:
    older = full.home.database.read_bytes()
    full.home.database.unlink()
    full.opened = full._open()
    newer = take_backup(full.home, "a test", full.at(), lambda: sync_log_files(full.home))
    full.close()
    assert found(full) == {}, "what a rebuild has left behind it is older"
    full.home.database.write_bytes(older)
    assert [sentence for sentence in found(full)["backups"] if newer.name in sentence and "is newer" in sentence]
