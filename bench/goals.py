"""The store's goals of speed, each a ratio within one run, and how a run stands to them. Used by store.py.

A goal is a ratio because absolute figures move with the machine by a factor of two. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS = "stepwell"


class Figures(Protocol):
    """A measured row (store.py)."""

    who: str
    writers: int
    window: int
    picture: bool
    missing: str
    per_s: float
    p50_ms: float
    p999_ms: float


class Goal(Struct, frozen=True):
    """Our `figure` over that of `peer`, at a load: at least `ratio`, or for a time at most. `peer_writers`: its own."""

    writers: int
    window: int
    figure: str
    peer: str
    ratio: float
    peer_writers: int = 0

    @property
    def is_time(self) -> bool:
        """Whether less is better."""
        return self.figure.endswith("_ms")


GOALS = (
    Goal(8, 64, "per_s", "SQLite in groups", 0.6),
    Goal(8, 64, "per_s", "redis pipelined", 2.5),
    Goal(8, 64, "per_s", "PostgreSQL batched", 2.0),
    Goal(8, 64, "per_s", "older design", 20.0),
    Goal(1, 64, "per_s", "older design", 14.0),
    Goal(1, 64, "per_s", "PostgreSQL batched", 1.5),
    Goal(1, 64, "per_s", "redis pipelined", 3.0),
    Goal(8, 1, "per_s", "older design", 2.5),
    Goal(8, 1, "per_s", "PostgreSQL", 1.5),
    Goal(8, 1, "per_s", "redis", 1.0),
    Goal(8, 1, "per_s", "raw fdatasync", 1.5, peer_writers=1),  # syncs one after the other, as a lone writer makes them
    Goal(1, 1, "per_s", "older design", 0.6),
    Goal(1, 1, "p50_ms", "raw fdatasync", 2.5),
    Goal(8, 1, "p999_ms", "older design", 0.1),
)


class Verdict(Struct, frozen=True):
    """How a run stands to a goal; `found` is None when the peer is missing."""

    goal: Goal
    found: float | None
    reached: bool

    def line(self) -> str:
        """Return the verdict as a row of the table."""
        goal = self.goal
        load = f"{goal.writers} writer{'s' if goal.writers > 1 else ''}, window {goal.window}"
        figure = {"per_s": "records/s", "p50_ms": "p50", "p999_ms": "p99.9"}[goal.figure]
        what = f"{load:<21} {figure:>9} ÷ that of {goal.peer}"
        if goal.peer_writers:
            what += f", {goal.peer_writers} writer"
        wanted = f"goal {'≤' if goal.is_time else '≥'} {goal.ratio:<4g}"
        if self.found is None:
            return f"{what:<62} {'-':>7}  {wanted}  missing"
        return f"{what:<62} {self.found:>7.2f}  {wanted}  {'reached' if self.reached else 'missed'}"


def verdicts(rows: Sequence[Figures]) -> list[Verdict]:
    """Hold the rows without pictures against every goal."""
    return [_verdict(goal, rows) for goal in GOALS]


def _verdict(goal: Goal, rows: Sequence[Figures]) -> Verdict:
    ours = _row(rows, OURS, goal.writers, goal.window)
    peer = _row(rows, goal.peer, goal.peer_writers or goal.writers, goal.window)
    if ours is None or peer is None:
        return Verdict(goal, None, False)
    found = getattr(ours, goal.figure) / getattr(peer, goal.figure)
    return Verdict(goal, found, found <= goal.ratio if goal.is_time else found >= goal.ratio)


def _row(rows: Sequence[Figures], who: str, writers: int, window: int) -> Figures | None:
    load = (who, writers, window, False, "")
    return next((row for row in rows if (row.who, row.writers, row.window, row.picture, row.missing) == load), None)
