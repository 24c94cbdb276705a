"""Times of older stores: local or not, in both forms, missing or none; what is kept and what they become."""

from __future__ import annotations

import time as clock
from typing import TYPE_CHECKING, Any

import pytest
from old_store import TASK_COLUMNS, TIME, OldStore

from persistence_daemon.moments import find_moment
from shared.messages import FindMoment

if TYPE_CHECKING:
    from pathlib import Path

    from import_lab import ImportLab


def test_both_forms_of_time_are_compared_as_times(lab: ImportLab, old: OldStore) -> None:
    times = {
        "first": "2025-03-04T05:06:07",
        "second": "2025-03-04 05:06:08",
        "third": "2025-03-03T21:06:09.750Z",
        "fourth": "2025-03-04T00:06:10+03:00",
    }
    for name in ("third", "first", "fourth", "second"):
        old.task(name, timestamp=times[name])
    lab.run(old.close())
    rows = lab.rows("SELECT session_id, timestamp FROM tasks ORDER BY created_seq")
    assert rows == [(name, f"2025-03-03 21:06:{7 + place:02}") for place, name in enumerate(times)]
    assert {name: lab.original("tasks", name)["timestamp"] for name in times} == times


@pytest.mark.parametrize("time", [None, "", "yesterday", "0001-01-01 00:00:00", 17, "2025-02-30 00:00:00"])
def test_a_time_that_is_none_is_kept_and_another_one_found(lab: ImportLab, tmp_path: Path, time: Any) -> None:
    old = OldStore(tmp_path / "old", tasks=(*TASK_COLUMNS, "updated_at TEXT"))
    old.task("t", "FAILED", timestamp=time, total_time=None, updated_at="2025-03-04 00:00:01")
    lab.run(old.close())
    assert lab.row("SELECT timestamp, started_at, total_time, error_message FROM tasks") == (
        "2025-03-04 00:00:01",
        None,
        None,
        None,
    )
    assert lab.original("tasks", "t")["timestamp"] == (None if time is None else str(time))


def test_the_offset_that_is_named_counts(lab: ImportLab, old: OldStore) -> None:
    old.task("t")
    lab.run(old.close(), "-3:30")
    assert lab.row("SELECT timestamp FROM tasks") == ("2025-03-04 08:36:07",)
    assert lab.original("tasks", "t")["timestamp"] == TIME


def test_without_an_offset_this_machines_zone_of_that_day_counts(
    lab: ImportLab, old: OldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.task("winter", timestamp="2025-01-01 12:00:00")
    old.task("summer", timestamp="2025-07-01 12:00:00")
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    clock.tzset()
    try:
        lab.run(old.close(), "")
    finally:
        monkeypatch.undo()
        clock.tzset()
    times = lab.rows("SELECT timestamp FROM tasks ORDER BY created_seq")
    assert times == [("2025-01-01 11:00:00",), ("2025-07-01 10:00:00",)]


def test_what_ran_at_a_time_is_found_and_is_a_step_that_is_there(lab: ImportLab, old: OldStore) -> None:
    old.task("t", total_time=60.0)
    for number in (1, 2, 9):
        old.step("t", number)
    lab.run(old.close())
    store = lab.open()
    moment = find_moment(store.store.connection, FindMoment(at="2025-03-03T21:06:30Z"))
    assert (moment.session_id, moment.step_num, moment.running) == ("t", 9, True)
    store.close()
