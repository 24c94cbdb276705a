"""Which of the home's own backups stay: the newest two, then 3 by hour, 7 by day, 4 by week, within a byte budget.

Pure: a backup's age is what its line in the list says, and the newest one is "now", so that a clock that jumped
removes nothing. Of each hour, day or week that counts, the newest backup stays. The newest two stay whatever they
weigh, by their times and by their places in the list, which tell the order in which they were taken whatever the clock
said: a rebuild begins with one of them, and the event log is kept from there on. Called by schedule.py; the files are
its business.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from persistence_daemon.backup import Backup

ALWAYS: Final = 2


def _week(at: str) -> str:
    year, week, _ = datetime.fromisoformat(at).isocalendar()
    return f"{year}-{week:02}"


_RULES: Final[tuple[tuple[int, Callable[[str], str]], ...]] = (
    (3, lambda at: at[:13]),  # hours, as events write their times: 2026-01-31T12
    (7, lambda at: at[:10]),
    (4, _week),
)


def thinned(backups: Sequence[Backup], budget_bytes: int) -> list[Backup]:
    """Return the backups that stay, in the order in which they came."""
    newest_first = sorted(backups, key=lambda backup: (backup.at, backup.seq, backup.name), reverse=True)
    always = {backup.name for backup in (*newest_first[:ALWAYS], *backups[-ALWAYS:])}
    wanted = set(always)
    for count, period_of in _RULES:
        periods: dict[str, str] = {}
        for backup in newest_first:
            periods.setdefault(period_of(backup.at), backup.name)
        wanted.update(list(periods.values())[:count])
    stay: set[str] = set()
    left = budget_bytes
    for backup in newest_first:
        if backup.name not in wanted:
            continue
        left -= backup.size_bytes
        if left >= 0 or backup.name in always:
            stay.add(backup.name)  # what is kept has no holes that a budget made: once over, everything older goes
    return [backup for backup in backups if backup.name in stay]
