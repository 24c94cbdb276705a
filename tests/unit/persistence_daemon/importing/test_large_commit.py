"""What an import puts into the event log: all of it by one name, and brought back from there as a whole."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from old_store import OldStore, whole_history

from persistence_daemon import large_commit, roll_forward
from persistence_daemon.backup import sync_log_files, take_backup
from persistence_daemon.event_log import NewLogFile, file_name, line_of
from persistence_daemon.large_commit import Undecided, commit_whole
from persistence_daemon.log_reader import log_files, read_lines
from persistence_daemon.rebuild import companions
from persistence_daemon.restore import End, restore
from shared.errors import StoreError
from shared.messages import ImportEnded, TaskDeleted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from import_lab import ImportLab

    from persistence_daemon.roll_forward import RolledForward
    from shared.messages import EventBody

COUNTS = "SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM steps), (SELECT count(*) FROM legacy_rows)"


def lose_the_store(lab: ImportLab) -> None:
    for path in (lab.home.database, *companions(lab.home.database)):
        path.unlink(missing_ok=True)


def test_an_import_is_one_file_of_the_log_and_an_older_store_goes_on_in_another(lab: ImportLab, tmp_path: Path) -> None:
    store = lab.open()
    store.running()
    store.close()
    lab.run(whole_history(tmp_path / "old").close())
    before, imported = log_files(lab.home.event_log)
    events = [line.event for line in read_lines(imported.path)]
    assert all(event is not None for event in events)
    assert isinstance(events[-1].body, ImportEnded)  # type: ignore[union-attr]
    assert imported.first_seq == len(list(read_lines(before.path))) + 1
    store = lab.open()
    store.step(1)
    store.close()
    assert lab.check() == []


def test_a_lost_store_comes_back_with_all_that_was_imported(lab: ImportLab, tmp_path: Path) -> None:
    database = whole_history(tmp_path / "old").close()
    lab.run(database)
    before = lab.rows("SELECT * FROM steps ORDER BY begun_seq"), lab.rows("SELECT * FROM legacy_rows"), lab.row(COUNTS)
    lose_the_store(lab)
    assert lab.run(database)["tasks"] == 0
    after = lab.rows("SELECT * FROM steps ORDER BY begun_seq"), lab.rows("SELECT * FROM legacy_rows"), lab.row(COUNTS)
    assert after == before


def test_rolling_forward_never_commits_a_part_of_an_import(
    lab: ImportLab, old: OldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More events than one commit of a roll-forward takes: a crash between two would leave a part to be seen."""
    old.connection.execute("BEGIN")
    for number in range(roll_forward._PER_COMMIT + 500):
        old.task(f"t{number:04}")
    old.connection.execute("COMMIT")
    database = old.close()
    seq = lab.run(database)["seq"]
    lose_the_store(lab)
    commits: list[int] = []

    def seen(connection: Any, applier: Any, done: RolledForward) -> None:
        commits.append(done.seq)
        commit(connection, applier, done)

    commit = roll_forward._commit
    monkeypatch.setattr(roll_forward, "_commit", seen)
    lab.run(database)
    assert commits == [seq]


def test_a_restore_up_to_the_middle_of_an_import_leaves_it_out_whole(lab: ImportLab, tmp_path: Path) -> None:
    store = lab.open()
    store.running()
    seq = store.store.seq
    base = take_backup(lab.home, "a test", store.at(), lambda: sync_log_files(lab.home))
    store.close()
    last = lab.run(whole_history(tmp_path / "old").close())["seq"]
    done = restore(lab.home, base, End(seq=seq + 7), "2026-01-02T00:00:00.000Z", "second", "restore")
    assert lab.row(COUNTS) == (1, 0, 0)
    assert "left out whole" in done.problems[0]
    done = restore(lab.home, base, End(seq=last), "2026-01-02T00:00:00.000Z", "third", "restore")
    assert lab.row(COUNTS) == (1, 0, 0), "the newest timeline does not go on into the import"
    assert done.problems == []


def test_what_fails_half_way_leaves_neither_rows_nor_lines(lab: ImportLab) -> None:
    store = lab.open()

    def bodies() -> Iterator[EventBody]:
        yield ImportEnded(source="x", tasks=0, steps=0, rows=0)
        yield TaskDeleted(session_id="nobody", by="x")  # no rows can follow from it

    before = store.value("SELECT seq FROM meta")
    with pytest.raises(Exception, match="no ended task"):
        commit_whole(store.store, lab.home.event_log, bodies(), store.at(), "import")
    assert store.value("SELECT seq FROM meta") == before
    assert not store.store.connection.in_transaction
    store.running()
    store.close()
    assert [path.name for path in lab.home.event_log.iterdir() if path.name.startswith(".")] == []


def fails(*_arguments: object) -> NoReturn:
    raise Undecided(OSError("a sync failed"))


def test_after_a_commit_that_may_have_been_written_all_is_kept_and_the_next_start_has_it(
    lab: ImportLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that fails may have written everything: to take back log or pictures would leave rows without them."""
    monkeypatch.setattr(large_commit, "_commit", fails)
    database = whole_history(tmp_path / "old").close()

    def imported() -> None:
        with pytest.raises(Undecided, match="shows at the next start"):
            lab.run(database)

    imported()
    gc.collect()  # the process ends without closing the store; here it goes with what was raised
    assert len(list(lab.home.screenshots.glob("*/*.png"))) == 9
    lab.open().close()
    assert lab.row(COUNTS) == (13, 25, 4)


def test_a_file_of_the_log_that_cannot_be_taken_back_is_kept_with_all_that_belongs_to_it(
    lab: ImportLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = whole_history(tmp_path / "old").close()
    monkeypatch.setattr(large_commit, "_commit", lambda _store: 1 / 0)
    monkeypatch.setattr(NewLogFile, "remove", lambda _file: os.close(-1))

    def imported() -> None:
        with pytest.raises(Undecided):
            lab.run(database)

    imported()
    gc.collect()
    lab.open().close()
    assert lab.row(COUNTS) == (13, 25, 4)


def test_a_file_of_the_log_that_has_lines_is_never_replaced(lab: ImportLab) -> None:
    store = lab.open()
    store.close()
    taken = lab.home.event_log / file_name(7, "t")
    taken.write_bytes(b"a line of another version\n")
    with pytest.raises(StoreError, match="events that the store does not have"):
        NewLogFile(lab.home.event_log, 7, "t")
    assert taken.read_bytes() == b"a line of another version\n"
    taken.unlink()


def test_a_file_without_a_name_is_none_of_the_log(lab: ImportLab) -> None:
    store = lab.open()
    events = [line.event for line in read_lines(log_files(lab.home.event_log)[0].path)]
    store.close()
    file = NewLogFile(lab.home.event_log, 7, "t")
    assert events[0] is not None
    file.add(events[0])
    assert log_files(lab.home.event_log, "t") == []
    file.take_name()
    (named,) = log_files(lab.home.event_log, "t")
    assert named.path.read_bytes() == line_of(events[0])
    file.remove()
    assert log_files(lab.home.event_log, "t") == []
