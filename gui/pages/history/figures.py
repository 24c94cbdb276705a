"""What the statistics are made of: the results that are counted apart, days put together, rates. Pure.

Who says that a task succeeded is never mixed: `reported` is the agent's own word alone, `proven` is a look at the
screen or a person's judgement. Called by the chart and the tables.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.messages import StatisticsRow

# In the order in which they are stacked, from below: the name, the colour family, the pattern (solid, stripes, dots).
SERIES: Final = (
    ("proven", "ok", "solid"),
    ("reported", "ok", "stripes"),
    ("wrong", "bad", "stripes"),
    ("failed", "bad", "solid"),
    ("crashed", "bad", "dots"),
    ("stopped", "warn", "solid"),
    ("waiting", "muted", "stripes"),
)
BARS_MAX: Final = 100  # more are put together into weeks, then months: a bar must be wide enough to be pointed at
_WEEK: Final = 7


class Bar(Struct, frozen=True):
    """The tasks of a day, a week or a month. `name` is its first day, or its month."""

    name: str
    counts: tuple[int, ...]  # one for each of SERIES
    total: int


def counts_of(row: StatisticsRow) -> tuple[int, ...]:
    """Return how many tasks had each of the results in SERIES; what is left over waits or runs."""
    told = (row.checked + row.right, row.reported, row.wrong, row.failed, row.crashed, row.stopped)
    return (*told, max(0, row.tasks - sum(told)))


def success_rates(row: StatisticsRow) -> tuple[float | None, float | None]:
    """Return which part of the ended tasks was proven to succeed, and which was only reported; None without any."""
    counts = counts_of(row)
    ended = sum(counts[:-1])
    return (counts[0] / ended, counts[1] / ended) if ended else (None, None)


def bars_of(days: Sequence[StatisticsRow], since: date | None, until: date) -> tuple[list[Bar], str]:
    """Return the bars from `since` (None: the first day) to `until`, without a gap, and what one is.

    That is "day", "week" or "month". No bars when there are no tasks.
    """
    known = {found: row for row in days if (found := _day(row.key)) is not None}
    if not known:
        return [], "day"
    first, last = min(known) if since is None else min(since, *known), max(until, *known)
    span = (last - first).days + 1
    unit = "day" if span <= BARS_MAX else "week" if span <= BARS_MAX * _WEEK else "month"
    sums: dict[str, list[int]] = {}
    for number in range(span):
        sums.setdefault(_name(first + timedelta(days=number), unit), [0] * len(SERIES))
    for found, row in known.items():
        bar = sums[_name(found, unit)]
        for number, count in enumerate(counts_of(row)):
            bar[number] += count
    return [Bar(name, tuple(counts), sum(counts)) for name, counts in sums.items()], unit


def nice_top(highest: int) -> int:
    """Return a round number for the top of the axis, which four lines divide."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if 4 * step * factor >= highest:
                return 4 * step * factor
        step *= 10


def _name(found: date, unit: str) -> str:
    if unit == "month":
        return found.isoformat()[:7]
    return (found - timedelta(days=found.weekday() if unit == "week" else 0)).isoformat()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
