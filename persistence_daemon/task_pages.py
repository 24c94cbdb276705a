"""Pages of the task list, fast however many tasks there are: a page looks at so many tasks, then it ends.

Tasks are walked, newest or oldest first, along an index that the request allows: by their number, by state and number,
or, where dates are asked for, by time. A filtered page that has looked at `_SLICE` tasks is given out as it is, short
or empty, with the place to go on from. So no filter can hold a reader up, and a client shows what there is while it
reads on.
Called on read-only connections by views.py. Must not write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon import rows
from persistence_daemon.fitting import take
from persistence_daemon.queries import EVERYTHING, where
from persistence_daemon.times import as_timestamp, moment
from shared.errors import BadInputError, ErrorCode
from shared.messages import ListTasks, TaskPage, TaskRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

_SLICE: Final = 10_000  # tasks that one filtered page looks at: some 10 ms
_SLICE_CHARACTERS: Final = 4_000_000  # of task texts that it searches: the same
_DIGITS: Final = 19  # fewer are an int64 for sure

Place = tuple[str, int]  # a task's timestamp and created_seq


class _Walk(Struct, frozen=True):
    """Along which index, from where: a WHERE with its values, and an ORDER BY that the index has already."""

    bounds: str
    values: tuple[str | int, ...]
    order: str
    by_time: bool


def list_tasks(connection: apsw.Connection, request: ListTasks) -> TaskPage:
    """Return a page of tasks, newest first, or oldest first where that is asked for."""
    walk = _walk_by_time(request) if request.since or request.until else _walk_by_number(request)
    places, rest = _look(connection, request, walk)
    items, cut = take((_row(connection, place) for place in places[: request.limit]), request.limit)
    if cut or len(places) > request.limit:
        rest = places[len(items) - 1]
    at = where(connection)
    return TaskPage(items=items, next=_cursor(rest, walk), timeline=at.timeline, seq=at.seq)


def _row(connection: apsw.Connection, place: Place) -> TaskRow:
    sql = f"SELECT {rows.TASK_COLUMNS} FROM tasks WHERE created_seq = ?"  # noqa: S608 - our own column names
    return rows.make(TaskRow, connection.execute(sql, (place[1],)).get)


def _look(connection: apsw.Connection, request: ListTasks, walk: _Walk) -> tuple[list[Place], Place | None]:
    """Return the first `limit` + 1 places that fit, and the last one looked at when there may be more behind it."""
    tests, values = _tests(request, walk)
    needle = request.text.casefold()
    looks_at = _SLICE if needle or tests != "1" else request.limit + 1
    text = "task_description" if needle else "''"
    sql = f"SELECT timestamp, created_seq, {tests}, {text} FROM tasks WHERE {walk.bounds} ORDER BY {walk.order} LIMIT ?"  # noqa: S608
    found: list[Place] = []
    characters = 0
    scan = _scan(connection, sql, (*values, *walk.values, looks_at))
    for looked, (timestamp, created_seq, fits, description) in enumerate(scan, 1):
        characters += len(description)
        if fits and needle in description.casefold():
            found.append((timestamp, created_seq))
        if len(found) > request.limit or looked == looks_at or characters > _SLICE_CHARACTERS:
            return found, (timestamp, created_seq)
    return found, None


def _scan(connection: apsw.Connection, sql: str, values: tuple[str | int, ...]) -> Iterator[tuple[str, int, bool, str]]:
    for timestamp, created_seq, fits, description in connection.execute(sql, values):
        yield str(timestamp), int(str(created_seq)), bool(fits), str(description)


def _tests(request: ListTasks, walk: _Walk) -> tuple[str, tuple[str, ...]]:
    """Return what a task must be, beside its place on the walk and its text, as one SQL expression."""
    tests: list[str] = []
    values: list[str] = []
    if request.state is not None and walk.by_time:
        tests.append("final_status = ?")
        values.append(request.state)
    if request.device_id is not None:
        tests.append("device_id = ?")
        values.append(request.device_id)
    if request.model:
        tests.append("(model = ? OR model_name = ?)")
        values += [request.model, request.model]
    return " AND ".join(tests) or "1", tuple(values)


def _walk_by_number(request: ListTasks) -> _Walk:
    beyond, way = _direction(request)
    begin = 0 if request.oldest_first else EVERYTHING
    after = begin if not request.after else _number(request.after, request.after)
    bounds, order = f"created_seq {beyond} ?", f"created_seq {way}"
    if request.state is None:
        return _Walk(bounds, (after,), order, by_time=False)
    return _Walk(f"final_status = ? AND {bounds}", (request.state, after), order, by_time=False)


def _walk_by_time(request: ListTasks) -> _Walk:
    beyond, way = _direction(request)
    bounds: list[str] = []
    values: list[str | int] = []
    for sign, end in ((">=", request.since), ("<=", request.until)):
        if end and not (request.after and sign[0] == beyond):  # `after` is nearer than the end that it came from
            bounds.append(f"timestamp {sign} ?")
            values.append(as_timestamp(moment(end)))
    if request.after:
        time, _, number = request.after.rpartition(" ")
        bounds.append(f"(timestamp, created_seq) {beyond} (?, ?)")
        values += [as_timestamp(moment(time)), _number(number, request.after)]
    return _Walk(" AND ".join(bounds), tuple(values), f"timestamp {way}, created_seq {way}", by_time=True)


def _direction(request: ListTasks) -> tuple[str, str]:
    """Return how the next place compares to the one before it, and the ORDER BY of that."""
    return (">", "ASC") if request.oldest_first else ("<", "DESC")


def _number(digits: str, after: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < _DIGITS):
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{after[:40]!r} is not the `next` of a page like this one")
    return int(digits)


def _cursor(place: Place | None, walk: _Walk) -> str | None:
    if place is None:
        return None
    return f"{place[0]} {place[1]}" if walk.by_time else str(place[1])
