"""Events of an import to rows: tasks and steps of an older store, long texts in parts, rows of its other tables.

As apply.py, whose part it is: rows follow from the event and the rows before it alone. What an older store's rows
become was decided before (importing/). Called by apply_seldom.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.apply_devices import NotApplicable
from persistence_daemon.facts import count_task
from shared.messages import (
    Event,
    ImportEnded,
    LegacyRowImported,
    Outcome,
    StepImported,
    TaskImported,
    TextImported,
)

if TYPE_CHECKING:
    import apsw

    from persistence_daemon.facts import FactsCache, TaskFacts

OF_AN_IMPORT: Final = (TaskImported, StepImported, TextImported, LegacyRowImported, ImportEnded)

LONG_TASK_TEXTS: Final = ("task_description", "error_message", "original")  # that TextImported may continue
LONG_STEP_TEXTS: Final = (
    "screenshot_analysis",
    "action",
    "action_params",
    "message",
    "thinking",
    "user_correction",
    "original",
)
_OUTCOME: Final = {True: Outcome.DONE, False: Outcome.FAILED, None: Outcome.UNKNOWN}
_INSERT_TASK: Final = (
    "INSERT INTO tasks (created_seq, session_id, user_id, timestamp, task_description, final_status, total_time,"
    " error_message, device_id, base_url, model_name, updated_at, agent, verdict, started_at, ended_at, updated_seq,"
    " source, original) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'phone', ?, ?, ?, ?, ?, ?)"
)  # the older program had one agent, which is the one that ours of this name comes from
_INSERT_STEP: Final = (
    "INSERT INTO steps (session_id, step_num, screenshot_path, screenshot_digest, screenshot_size, screenshot_width,"
    " screenshot_height, screenshot_missing, screenshot_analysis, action, action_params, execution_time, success,"
    " message, thinking, outcome, begun_seq, finished_seq, user_label, user_correction, original)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def apply_imported(connection: apsw.Connection, tasks: FactsCache, event: Event) -> None:
    """Write what an event of an import says; NotApplicable when no rows follow from it. ImportEnded changes none."""
    body = event.body
    if isinstance(body, TaskImported):
        _task(connection, event, body)
    elif isinstance(body, StepImported):
        _step(connection, tasks, event, body)
    elif isinstance(body, TextImported):
        _more_text(connection, tasks, body)
    elif isinstance(body, LegacyRowImported):
        _row(connection, body)


def _task(connection: apsw.Connection, event: Event, body: TaskImported) -> None:
    connection.execute(
        _INSERT_TASK,
        (
            event.seq,
            body.session_id,
            body.user_id,
            body.timestamp,
            body.task_description,
            body.final_status,
            body.total_time,
            body.error_message,
            body.device_id,
            body.base_url,
            body.model_name,
            body.updated_at,
            body.verdict,
            body.started_at,
            body.ended_at,
            event.seq,
            body.source,
            body.original,
        ),
    )
    connection.execute(
        "INSERT INTO transitions (seq, session_id, to_state, event, at, reason, by) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (event.seq, body.session_id, body.final_status, "imported", event.at, body.reason, event.by),
    )
    count_task(connection, None, body.final_status)


def _step(connection: apsw.Connection, tasks: FactsCache, event: Event, body: StepImported) -> None:
    facts, picture = _facts(tasks, body.session_id), body.picture
    connection.execute(
        _INSERT_STEP,
        (
            body.session_id,
            body.step_num,
            body.picture_path,
            None if picture is None else picture.digest,
            None if picture is None else picture.size_bytes,
            None if picture is None else picture.width,
            None if picture is None else picture.height,
            body.picture_missing,
            body.screenshot_analysis,
            body.action,
            body.action_params,
            body.execution_time,
            body.success,
            body.message,
            body.thinking,
            _OUTCOME[body.success],
            event.seq,
            event.seq,
            body.label,
            body.correction,
            body.original,
        ),
    )
    facts.total_steps += 1
    tasks.touch(facts, event.seq, facts.updated_at)  # when the older program last wrote to it


def _more_text(connection: apsw.Connection, tasks: FactsCache, body: TextImported) -> None:
    facts = _facts(tasks, body.session_id)
    long_texts = LONG_TASK_TEXTS if body.step_num is None else LONG_STEP_TEXTS
    if body.column not in long_texts:
        raise NotApplicable(f"no text of {body.session_id} is called {body.column}")
    column = f'"{body.column}"'
    if body.step_num is None:
        tasks.flush()
        sql = f"UPDATE tasks SET {column} = {column} || ? WHERE session_id = ?"  # noqa: S608 - one of our own names
        connection.execute(sql, (body.text, body.session_id))
        tasks.forget_task(facts.session_id)  # error_message is one of what it remembers
    else:
        sql = f"UPDATE steps SET {column} = {column} || ? WHERE session_id = ? AND step_num = ?"  # noqa: S608 - as above
        connection.execute(sql, (body.text, body.session_id, body.step_num))
    if connection.changes() != 1:
        raise NotApplicable(f"task {body.session_id} has no step {body.step_num}")


def _row(connection: apsw.Connection, body: LegacyRowImported) -> None:
    if not body.continues:
        sql = 'INSERT INTO legacy_rows (source, "table", json) VALUES (?, ?, ?)'
        connection.execute(sql, (body.source, body.table, body.json))
        return
    connection.execute(
        "UPDATE legacy_rows SET json = json || ? WHERE id = (SELECT max(id) FROM legacy_rows)", (body.json,)
    )
    if connection.changes() != 1:
        raise NotApplicable("there is no row to be continued")


def _facts(tasks: FactsCache, session_id: str) -> TaskFacts:
    facts = tasks.get(session_id)
    if facts is None:
        raise NotApplicable(f"there is no task {session_id}")
    return facts
