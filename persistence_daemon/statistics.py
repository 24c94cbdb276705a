"""Tasks in figures: by day, by device and by model, in one pass over the tasks of a time.

A judged task counts as right or wrong, whatever its end; every other ended task counts by its end, and a SUCCESS by who
says so. Figures come from `tasks` alone, which is why the totals of tokens stand there: a million tasks take a good
second. Called on read-only connections by views.py, whose limit of time ends it when the dates are too wide. Must not
write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.queries import where
from persistence_daemon.times import as_timestamp, moment
from shared.messages import GetStatistics, Statistics, StatisticsRow
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import apsw

_LARGEST: Final = (1 << 63) - 1  # what a column, and so a figure, can hold
_FIRST, _LAST = "", "9999"  # before and behind every timestamp

_DAY: Final = "substr(timestamp, 1, 10)"
_DEVICE: Final = "coalesce(device_id, '')"
_MODEL: Final = "CASE model_name WHEN '' THEN model ELSE model_name END"
_SAID: Final = "coalesce(user_label, verdict, '')"
# Grouped by one text that holds all that is counted apart, the free one last: sorting by it takes two thirds of the
# time that sorting by five columns takes.
_GROUPS: Final = f"""
SELECT {_DAY}, {_DEVICE}, {_MODEL}, final_status, {_SAID}, count(*), sum(total_steps), total(total_time),
    total(prompt_tokens), total(completion_tokens)
FROM tasks WHERE timestamp >= ? AND timestamp <= ?
GROUP BY {_DAY} || final_status || '/' || {_SAID} || '/' || {_DEVICE} || '/' || {_MODEL}
"""  # noqa: S608 - our own expressions


class _Group(Struct, frozen=True):
    """Tasks that are alike in all that is counted apart."""

    day: str
    device: str
    model: str
    state: str
    said: str
    tasks: int
    steps: int
    total_time_s: float
    prompt_tokens: float
    completion_tokens: float


def get_statistics(
    connection: apsw.Connection, request: GetStatistics, commit_ms_p50: float | None, commit_ms_p99: float | None
) -> Statistics:
    """Return the figures of the tasks that were queued in the time asked for."""
    since = as_timestamp(moment(request.since)) if request.since else _FIRST
    until = as_timestamp(moment(request.until)) if request.until else _LAST
    groups = [_Group(*row) for row in connection.execute(_GROUPS, (since, until))]
    at = where(connection)
    return Statistics(
        by_day=tuple(sorted(_figures(groups, lambda group: group.day), key=lambda row: row.key)),
        by_device=_most_first(_figures(groups, lambda group: group.device)),
        by_model=_most_first(_figures(groups, lambda group: group.model)),
        commit_ms_p50=commit_ms_p50,
        commit_ms_p99=commit_ms_p99,
        timeline=at.timeline,
        seq=at.seq,
    )


def _most_first(figures: Iterable[StatisticsRow]) -> tuple[StatisticsRow, ...]:
    return tuple(sorted(figures, key=lambda row: (-row.tasks, row.key)))


def _figures(groups: list[_Group], key: Callable[[_Group], str]) -> list[StatisticsRow]:
    by_key: dict[str, list[_Group]] = {}
    for group in groups:
        by_key.setdefault(key(group), []).append(group)
    return [_row(name, found) for name, found in by_key.items()]


def _row(key: str, groups: list[_Group]) -> StatisticsRow:
    kinds = dict.fromkeys(("reported", "checked", "right", "wrong", "failed", "stopped", "crashed", ""), 0)
    for group in groups:
        kinds[_kind(group)] += group.tasks
    del kinds[""]
    return StatisticsRow(
        key=key,
        tasks=sum(group.tasks for group in groups),
        steps=sum(group.steps for group in groups),
        total_time_s=sum(group.total_time_s for group in groups),
        prompt_tokens=min(int(sum(group.prompt_tokens for group in groups)), _LARGEST),
        completion_tokens=min(int(sum(group.completion_tokens for group in groups)), _LARGEST),
        **kinds,
    )


def _kind(group: _Group) -> str:
    """Return the one figure in which a group's tasks count; '' for those that have not ended."""
    if group.said in ("right", "wrong"):
        return group.said
    if group.state == TaskState.SUCCESS:
        return "checked" if group.said == "checked" else "reported"
    return group.state.lower() if group.state in ("FAILED", "STOPPED", "CRASHED") else ""
