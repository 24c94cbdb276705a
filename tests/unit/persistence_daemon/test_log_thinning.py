"""The event log behind the second-newest backup goes, and a destroyed store still comes back with every record."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from persistence_daemon.backup import Backup, listed_backups, sync_log_files, take_backup, write_list
from persistence_daemon.backup_thread import BackupThread
from persistence_daemon.event_log import file_name
from persistence_daemon.log_reader import LogFile, begins_at, descent, log_files, newest_timeline
from persistence_daemon.log_thinning import superseded, thin_log
from persistence_daemon.restore import End, choose, restore
from persistence_daemon.verify import verify
from shared.errors import BadInputError

if TYPE_CHECKING:
    from store_lab import StoreLab


def at(timeline: str, seq: int) -> Backup:
    name = f"{seq:012}-{timeline}"
    return Backup(name=name, timeline=timeline, seq=seq, at="", reason="", size_bytes=1, tasks=1, steps=1)


def of(timeline: str, *firsts: int) -> list[LogFile]:
    return [LogFile(first, timeline, Path(file_name(first, timeline))) for first in firsts]


ONE = [("t", None)]
FORKED = [("p", 50), ("t", None)]


@pytest.mark.parametrize(
    ("chain", "files", "kept", "newest", "heads", "gone"),
    [
        (ONE, of("t", 1, 10, 20, 30), [5, 25], [5, 25], [], []),
        (ONE, of("t", 1, 10, 20, 30), [19, 25], [19, 25], ["t1"], ["t10"]),
        (ONE, of("t", 1, 10, 20, 30), [18, 25], [18, 25], ["t1"], []),  # event 19 stands in the second file
        (ONE, of("t", 1, 10, 20, 30), [3, 40, 45], [40, 45], ["t1"], ["t10", "t20"]),  # the last one is written to
        (ONE, of("t", 1, 10, 20, 30), [45], [45], [], []),
        (ONE, of("t", 1, 10, 20, 30), [], [], [], []),
    ],
)
def test_of_one_timeline_what_ends_before_the_second_newest_backup_goes(
    chain: list[tuple[str, int | None]],
    files: list[LogFile],
    kept: list[int],
    newest: list[int],
    heads: list[str],
    gone: list[str],
) -> None:
    plan = superseded(files, chain, [at("t", seq) for seq in kept], [at("t", seq) for seq in newest])
    assert [f"{file.timeline}{file.first_seq}" for file in plan.heads] == heads
    assert [f"{file.timeline}{file.first_seq}" for file in plan.gone] == gone


@pytest.mark.parametrize(
    ("kept", "newest", "gone"),
    [
        (
            [at("p", 40), at("t", 60)],
            [at("p", 40), at("t", 60)],
            ["p1"],
        ),  # the parent from 40 to its fork, and the child
        ([at("p", 20), at("t", 60), at("t", 70)], [at("t", 60), at("t", 70)], []),  # one goes back to the parent
        ([at("t", 60), at("t", 70)], [at("t", 60), at("t", 70)], ["p30", "p1"]),
        ([at("x", 45), at("t", 60), at("t", 70)], [at("t", 60), at("t", 70)], ["p30", "p1"]),
        ([at("t", 60)], [at("t", 60)], []),
    ],
)
def test_a_parents_files_stay_while_a_backup_of_it_is_kept(
    kept: list[Backup], newest: list[Backup], gone: list[str]
) -> None:
    files = sorted([*of("p", 1, 30), *of("t", 51, 60), *of("x", 31, 44)], key=lambda file: file.first_seq)
    plan = superseded(files, FORKED, kept, newest)
    touched = [f"{file.timeline}{file.first_seq}" for file in (*plan.heads, *plan.gone) if file.timeline == "p"]
    assert touched == gone
    branch = [file for file in (*plan.heads, *plan.gone) if file.timeline == "x"]
    assert bool(branch) == (len(newest) > 1 and not any(one.timeline == "x" for one in kept)), (
        "a branch nobody continues"
    )
    assert not [file for file in plan.gone if file.timeline == "t"]


def backup(lab: StoreLab) -> Backup:
    return take_backup(lab.home, "test", lab.at(), lambda: sync_log_files(lab.home))


def rotate(lab: StoreLab) -> None:
    lab.store.log.rotate(lab.store.seq + 1)


def dump(lab: StoreLab) -> dict[str, list[tuple[object, ...]]]:
    tables = ("tasks", "steps", "transitions", "notes", "devices", "set_aside", "deletions")
    return {table: lab.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def names(lab: StoreLab) -> list[tuple[int, bool]]:
    """Return the first seq of each file of the log, and whether more than its first line is there."""
    return [(file.first_seq, file.path.read_bytes().count(b"\n") > 1) for file in log_files(lab.home.event_log)]


def wrong(lab: StoreLab) -> list[str]:
    return [one.sentence for one in verify(lab.home, deep=True, tell=lambda _what, _done, _total: None)]


def long_history(lab: StoreLab) -> list[Backup]:
    """Make a task of six steps in six files of the log, and a backup within each of the last three."""
    lab.running()
    backups = []
    for number in range(1, 7):
        lab.step(number)
        if number > 3:
            backups.append(backup(lab))
        lab.accepted(lab.note(f"note-{number}"))
        rotate(lab)
    return backups


def destroyed(lab: StoreLab) -> None:
    """Destroy the store and start again."""
    lab.close()
    for path in lab.home.root.glob("tasks.db*"):
        path.write_bytes(b"\x55" * 5000)
    lab.opened = lab._open()


def test_files_before_the_second_newest_backup_go_and_nothing_is_missing(lab: StoreLab) -> None:
    _, second, _ = long_history(lab)
    before = names(lab)
    assert thin_log(lab.home, lab.store.timeline)
    left = names(lab)
    assert left[0] == (1, False), "the first line tells of the timeline"
    assert left[1:] == before[4:], "whole files, from the one that the second-newest backup stands in"
    assert left[1][0] <= second.seq + 1 < left[2][0]
    assert begins_at(lab.home.event_log, lab.store.timeline) == left[1][0]
    assert thin_log(lab.home, lab.store.timeline) == [], "once is enough"
    assert wrong(lab) == []
    lab.reopen()
    lab.step(7)
    assert lab.check() == []


def test_a_store_that_is_destroyed_afterwards_is_rebuilt_without_loss(lab: StoreLab) -> None:
    long_history(lab)
    thin_log(lab.home, lab.store.timeline)
    wanted = dump(lab)
    destroyed(lab)
    assert dump(lab) == wanted
    assert "missing" not in " ".join(lab.opened.alerts)
    assert wrong(lab) == []


@pytest.mark.parametrize("how", ["cut", "scrambled", "gone"])
def test_when_the_newest_backup_is_damaged_the_one_before_it_does(lab: StoreLab, how: str) -> None:
    _, second, newest = long_history(lab)
    thin_log(lab.home, lab.store.timeline)
    path = lab.home.backups / newest.name
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:5000] if how == "cut" else data[:8192] + b"\x55" * (len(data) - 8192))
    wanted = dump(lab)
    destroyed(lab)
    assert dump(lab) == wanted
    assert second.name in lab.opened.alerts[0]
    assert how == "gone" or newest.name in lab.opened.alerts[1], "and it is told"


def test_with_no_sound_second_backup_nothing_goes(lab: StoreLab) -> None:
    first, second, _ = long_history(lab)
    for damaged in (first, second):
        path = lab.home.backups / damaged.name
        path.write_bytes(path.read_bytes()[:-4096])
    before = names(lab)
    assert thin_log(lab.home, lab.store.timeline) == []
    write_list(lab.home.backups, listed_backups(lab.home)[-1:])
    assert thin_log(lab.home, lab.store.timeline) == []
    assert names(lab) == before


def test_while_another_process_takes_a_backup_nothing_goes(lab: StoreLab) -> None:
    long_history(lab)
    taking = (
        "import sys; from pathlib import Path; from shared.posix import FileLock;"
        "lock = FileLock.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", taking, str(lab.home.lock("backup"))]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    assert thin_log(lab.home, lab.store.timeline) == []
    other.communicate(timeout=20)
    assert thin_log(lab.home, lab.store.timeline) != []


def dies_at(monkeypatch: pytest.MonkeyPatch, hit: int) -> None:
    hits: list[str] = []

    def reach(point: str) -> None:
        hits.append(point)
        if len(hits) == hit:
            raise KeyboardInterrupt

    monkeypatch.setattr("persistence_daemon.log_thinning.reach", reach)


@pytest.mark.parametrize("hit", [1, 2, 3, 4])
def test_interrupted_anywhere_the_store_can_be_rebuilt_and_the_next_time_goes_on(
    lab: StoreLab, monkeypatch: pytest.MonkeyPatch, hit: int
) -> None:
    long_history(lab)
    wanted = dump(lab)
    with monkeypatch.context() as patched:
        dies_at(patched, hit)
        with contextlib.suppress(KeyboardInterrupt):
            thin_log(lab.home, lab.store.timeline)
    assert wrong(lab) == []
    destroyed(lab)
    assert dump(lab) == wanted
    thin_log(lab.home, lab.store.timeline)
    assert wrong(lab) == []


def restored(lab: StoreLab, wanted: str, end: End) -> list[str]:
    """Restore with the daemon down, and open the store; return what a person is told."""
    lab.close()
    try:
        base = choose(lab.home, lab.home.backups, wanted, end)
        return restore(lab.home, base, end, lab.at(), "restored", "restore").problems
    finally:
        lab.opened = lab._open()


def test_an_end_that_only_the_removed_files_knew_is_refused_with_a_reason(lab: StoreLab) -> None:
    first, second, _ = long_history(lab)
    thin_log(lab.home, lab.store.timeline)
    wanted = dump(lab)
    for name in ("latest", first.name):
        with pytest.raises(BadInputError, match="was removed when newer backups had been verified"):
            restored(lab, name, End(seq=first.seq + 1))
    assert dump(lab) == wanted, "nothing was changed"
    assert restored(lab, "latest", End(seq=second.seq + 1)) == []
    assert (lab.store.timeline, lab.store.seq) == ("restored", second.seq + 2)
    assert wrong(lab) == []


@pytest.mark.parametrize("exact", [True, False])
def test_an_old_backup_gives_its_own_state_and_says_what_it_cannot_give(lab: StoreLab, exact: bool) -> None:
    first, _, _ = long_history(lab)
    steps = lab.rows("SELECT * FROM steps WHERE begun_seq <= ?", first.seq)
    thin_log(lab.home, lab.store.timeline)
    (told,) = restored(lab, first.name, End(seq=first.seq) if exact else End())
    assert f"which stands at event {first.seq}, was removed" in told
    assert lab.rows("SELECT * FROM steps") == steps
    assert wrong(lab) == []
    destroyed(lab)
    assert lab.rows("SELECT * FROM steps") == steps, "a rebuild follows the restored timeline, not what it left"


def test_a_rebuilt_store_keeps_its_parents_files_until_no_backup_of_it_is_kept(lab: StoreLab) -> None:
    long_history(lab)
    destroyed(lab)
    child = lab.store.timeline
    for number in (7, 8):
        lab.step(number)
        backup(lab)
    assert thin_log(lab.home, child) == []
    assert {file.timeline for file in log_files(lab.home.event_log)} == {"timeline1", child}
    write_list(lab.home.backups, [one for one in listed_backups(lab.home) if one.timeline == child])
    thin_log(lab.home, child)
    assert {file.timeline for file in log_files(lab.home.event_log)} == {child}
    assert newest_timeline(lab.home.event_log) == child
    assert descent(lab.home.event_log, child)[-1] == (child, None)
    wanted = dump(lab)
    assert wrong(lab) == []
    destroyed(lab)
    assert dump(lab) == wanted
    assert wrong(lab) == []


def test_the_daemons_own_backup_thins_the_log_behind_it(lab: StoreLab) -> None:
    long_history(lab)
    lab.step(7)
    thread = BackupThread(lab.home, lab.store.log.sync, lambda: 4.0)
    thread.begin("hourly")
    assert thread._thread is not None
    thread._thread.join()
    assert begins_at(lab.home.event_log, lab.store.timeline) > 1
    assert len(listed_backups(lab.home)) == 2, "those of one day were thinned before"
    assert wrong(lab) == []


def test_the_budget_is_the_one_of_the_settings_at_the_moment(lab: StoreLab) -> None:
    for hour in range(4):
        take_backup(lab.home, "test", f"2026-01-01T{hour:02}:00:00.000Z", lambda: sync_log_files(lab.home))
    for gib, left in ((1.0, 3), (0.0, 2)):
        thread = BackupThread(lab.home, lab.store.log.sync, lambda gib=gib: gib)  # type: ignore[misc]
        thread.begin("hourly")
        assert thread._thread is not None
        thread._thread.join()
        assert len(listed_backups(lab.home)) == left
