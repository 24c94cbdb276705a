"""The queries of the views but the larger ones: pages by keyset (never OFFSET), each bounded, over indexes.

Called on read-only connections by views.py, and by claims.py for the row that a claim answers. Must not write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon import rows
from persistence_daemon.fitting import fit, take
from shared.errors import BadInputError, ErrorCode
from shared.messages import (
    DeviceList,
    DeviceRow,
    GetTask,
    ListSetAside,
    ListSteps,
    NoteRow,
    OpenWait,
    SetAsidePage,
    SetAsideRow,
    StepPage,
    StepRow,
    TaskRow,
    TaskView,
    TransitionRow,
    WaitList,
    WaitRow,
)
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping

    import apsw

_LAST_CHARACTER: Final = "\U0010ffff"  # sorts behind every continuation of a prefix
EVERYTHING: Final = (1 << 63) - 1  # a cursor behind every row
# Rows that no task need be known for; those of a deleted task are rubbish until they are swept (sweeper.py).
NOT_DELETED: Final = "NOT EXISTS (SELECT 1 FROM deletions WHERE deletions.session_id = set_aside.session_id)"


class Where(Struct, frozen=True):
    """Where the store stands in this read."""

    timeline: str
    seq: int


def where(connection: apsw.Connection) -> Where:
    """Return the (timeline, seq) that this read shows."""
    timeline, seq = connection.execute("SELECT timeline, seq FROM meta").get
    return Where(timeline, seq)


def task_row(connection: apsw.Connection, session_id: str) -> TaskRow:
    """Return one task by its whole id; BadInputError UNKNOWN_TASK."""
    row = connection.execute(f"SELECT {rows.TASK_COLUMNS} FROM tasks WHERE session_id = ?", (session_id,)).get  # noqa: S608
    if row is None:
        raise _unknown(connection, session_id)
    return rows.make(TaskRow, row)


def _unknown(connection: apsw.Connection, task_id: str) -> BadInputError:
    at: str | None = connection.execute("SELECT at FROM deletions WHERE session_id = ?", (task_id,)).get
    sentence = f"there is no task {task_id}" if at is None else f"task {task_id} was deleted at {at}"
    return BadInputError(ErrorCode.UNKNOWN_TASK, sentence, remedy="see `stepwell tasks`")


def get_task(connection: apsw.Connection, request: GetTask) -> TaskView:
    """Return a task by a unique prefix of its id, or `@last`."""
    task = task_row(connection, _resolve(connection, request.task_id))
    key = (task.session_id,)
    transitions = connection.execute(
        f"SELECT {rows.TRANSITION_COLUMNS} FROM transitions WHERE session_id = ? ORDER BY seq",  # noqa: S608
        key,
    )
    notes = connection.execute(
        f"SELECT {rows.NOTE_COLUMNS} FROM notes WHERE session_id = ? ORDER BY seq",  # noqa: S608
        key,
    )
    waits = connection.execute(f"SELECT {rows.WAIT_COLUMNS} FROM waits WHERE session_id = ? ORDER BY seq", key)  # noqa: S608
    at = where(connection)
    view = TaskView(
        task=task,
        transitions=tuple(rows.make(TransitionRow, row) for row in transitions),
        notes=tuple(rows.make(NoteRow, row) for row in notes),
        set_aside=connection.execute("SELECT count(*) FROM set_aside WHERE session_id = ?", key).get,
        timeline=at.timeline,
        seq=at.seq,
        waits=tuple(rows.make(WaitRow, row) for row in waits),
    )
    return fit(view)


def _resolve(connection: apsw.Connection, task_id: str) -> str:
    if task_id == "@last":
        newest: str | None = connection.execute("SELECT session_id FROM tasks ORDER BY created_seq DESC LIMIT 1").get
        if newest is None:
            raise BadInputError(ErrorCode.UNKNOWN_TASK, "there is no task yet")
        return newest
    found = connection.execute(
        "SELECT session_id FROM tasks WHERE session_id >= ? AND session_id < ? ORDER BY session_id LIMIT 2",
        (task_id, task_id + _LAST_CHARACTER),
    ).fetchall()
    if not found:
        raise _unknown(connection, task_id)
    if len(found) > 1 and found[0][0] != task_id:
        sentence = f"{task_id} is the beginning of several tasks: {found[0][0]}, {found[1][0]}"
        raise BadInputError(ErrorCode.AMBIGUOUS_TASK, sentence, remedy="give more of the id")
    return str(found[0][0])


def list_steps(connection: apsw.Connection, request: ListSteps) -> StepPage:
    """Return a page of a task's steps by rising number; `last`: the newest ones."""
    if connection.execute("SELECT 1 FROM tasks WHERE session_id = ?", (request.session_id,)).get is None:
        raise _unknown(connection, request.session_id)
    order = "DESC" if request.last else "ASC"
    found = connection.execute(
        f"SELECT {rows.STEP_COLUMNS} FROM steps WHERE session_id = ? AND step_num > ?"  # noqa: S608
        f" ORDER BY step_num {order} LIMIT ?",
        (request.session_id, request.after, request.limit + 1),
    )
    items, more = take((rows.make(StepRow, row) for row in found), request.limit)
    at = where(connection)
    return StepPage(
        items=items[::-1] if request.last else items,
        next=items[-1].step_num if more and not request.last else None,
        timeline=at.timeline,
        seq=at.seq,
    )


def list_devices(connection: apsw.Connection, present: Mapping[str, str]) -> DeviceList:
    """Return all devices; `present` maps those that a live worker has opened to its name."""
    running = {
        str(device_id): str(session_id)
        for device_id, session_id in connection.execute(
            "SELECT device_id, session_id FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING')"
            " AND device_id IS NOT NULL ORDER BY created_seq"
        )
    }
    waiting = {
        str(device_id): count
        for device_id, count in connection.execute(
            "SELECT device_id, count(*) FROM tasks WHERE final_status = 'CREATED' AND device_id IS NOT NULL GROUP BY 1"
        )
    }
    items = []
    for row in connection.execute(f"SELECT {rows.DEVICE_COLUMNS} FROM devices ORDER BY device_id"):  # noqa: S608
        device_id = str(row[0])
        derived = {
            "worker": present.get(device_id),
            "task": running.get(device_id),
            "waiting": waiting.get(device_id, 0),
        }
        items.append(rows.make(DeviceRow, row, **derived))
    at = where(connection)
    return DeviceList(items=tuple(items), timeline=at.timeline, seq=at.seq)


def list_waits(connection: apsw.Connection) -> WaitList:
    """Return what waits for a person now, the nearest deadline first."""
    order = "ORDER BY waiting_deadline IS NULL, waiting_deadline, seq"
    found = connection.execute(f"SELECT {rows.WAIT_COLUMNS} FROM waits WHERE decision IS NULL {order}")  # noqa: S608
    waits = [rows.make(WaitRow, row) for row in found]
    items, _ = take((OpenWait(wait=wait, task=task_row(connection, wait.session_id)) for wait in waits), len(waits))
    at = where(connection)
    return WaitList(items=items, timeline=at.timeline, seq=at.seq)


def list_set_aside(connection: apsw.Connection, request: ListSetAside) -> SetAsidePage:
    """Return a page of refused records, newest first."""
    before = request.after or EVERYTHING
    test, values = ("", ()) if request.session_id is None else (" AND session_id = ?", (request.session_id,))
    found = connection.execute(
        f"SELECT {rows.SET_ASIDE_COLUMNS} FROM set_aside WHERE seq < ?{test} AND {NOT_DELETED}"  # noqa: S608 - ours
        " ORDER BY seq DESC LIMIT ?",
        (before, *values, request.limit + 1),
    )
    items, more = take((rows.make(SetAsideRow, row) for row in found), request.limit)
    at = where(connection)
    return SetAsidePage(items=items, next=items[-1].seq if more else None, timeline=at.timeline, seq=at.seq)


def count_tasks(connection: apsw.Connection) -> dict[str, int]:
    """Return how many tasks there are in each state."""
    found = connection.execute("SELECT final_status, tasks FROM task_counts")
    return dict.fromkeys(map(str, TaskState), 0) | {str(state): int(str(count)) for state, count in found}


def count_held(connection: apsw.Connection) -> int:
    """Return how many waiting tasks are held, themselves or by their device."""
    count: int = connection.execute(
        "SELECT count(*) FROM tasks LEFT JOIN devices USING (device_id)"
        " WHERE final_status = 'CREATED' AND (tasks.held <> '' OR coalesce(devices.held, '') <> '')"
    ).get
    return count


def count_set_aside(connection: apsw.Connection) -> int:
    """Return how many records were set aside."""
    count: int = connection.execute(f"SELECT count(*) FROM set_aside WHERE {NOT_DELETED}").get  # noqa: S608 - ours
    return count
