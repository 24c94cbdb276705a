"""Which backups stay, by table and for any list; when one is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from persistence_daemon.backup import Backup, listed_backups, sync_log_files, take_backup
from persistence_daemon.schedule import Schedule, thin
from persistence_daemon.thinning import thinned
from shared.settings import BACKUP_LOOK_S

if TYPE_CHECKING:
    from store_lab import StoreLab

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)


def backup(number: int, ago_h: float, size: int = 10) -> Backup:
    at = (NOW - timedelta(hours=ago_h)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Backup(
        name=f"b{number}", timeline="t", seq=number, at=at, reason="hourly", size_bytes=size, tasks=1, steps=1
    )


def test_a_year_of_hourly_backups_leaves_hours_days_and_weeks() -> None:
    year = [backup(8760 - hours, hours) for hours in range(8760, -1, -1)]
    stay = thinned(year, 10**9)
    ages = [8760 - one.seq for one in stay]
    assert ages[-3:] == [2, 1, 0]
    assert 3 + 6 <= len(stay) <= 3 + 7 + 4
    assert 21 * 24 <= max(ages) + 7 * 24 <= 36 * 24


def test_the_newest_two_stay_whatever_they_weigh() -> None:
    assert [one.name for one in thinned([backup(n, 10 - n, 1000) for n in range(10)], 1)] == ["b8", "b9"]


@given(st.lists(st.tuples(st.floats(0, 5000), st.integers(1, 100)), max_size=60), st.integers(0, 2000))
def test_any_list_is_thinned_within_its_budget_and_once_is_enough(ages: list[tuple[float, int]], budget: int) -> None:
    backups = [backup(number, age, size) for number, (age, size) in enumerate(ages)]
    stay = thinned(backups, budget)
    assert len(stay) <= 4 + 3 + 7 + 4
    newest = [*sorted(backups, key=lambda one: (one.at, one.seq, one.name))[-2:], *backups[-2:]]
    assert {one.name for one in newest} <= {one.name for one in stay}
    assert sum(one.size_bytes for one in stay if one not in newest) <= budget
    assert thinned(stay, budget) == stay
    assert stay == [one for one in backups if one in stay]


def test_a_backup_is_due_when_the_newest_is_old_and_the_store_went_on(lab: StoreLab) -> None:
    schedule = Schedule(lab.home, 0.0)
    assert not schedule.is_due(BACKUP_LOOK_S / 2, "timeline1", 1)
    assert schedule.is_due(BACKUP_LOOK_S, "timeline1", 1)
    taken = take_backup(lab.home, "hourly", "2020-01-01T00:00:00.000Z", lambda: sync_log_files(lab.home))
    assert not schedule.is_due(BACKUP_LOOK_S * 2, taken.timeline, taken.seq)
    assert schedule.is_due(BACKUP_LOOK_S * 3, taken.timeline, taken.seq + 1)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    take_backup(lab.home, "hourly", now, lambda: sync_log_files(lab.home))
    assert not schedule.is_due(BACKUP_LOOK_S * 4, taken.timeline, taken.seq + 1)


def test_what_is_thinned_is_neither_listed_nor_there(lab: StoreLab) -> None:
    for hour in range(6):
        take_backup(lab.home, "hourly", f"2026-01-01T{hour:02}:00:00.000Z", lambda: sync_log_files(lab.home))
    gone = thin(lab.home, 1 << 30)
    assert len(gone) == 3
    assert {path.name for path in lab.home.backups.glob("*.sqlite")} == {one.name for one in listed_backups(lab.home)}
