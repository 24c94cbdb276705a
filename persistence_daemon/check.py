"""The one invariant checker: whether the store is true, whole, and the same as the event log says.

Used by every fault test and by `stepwell verify`. It only reads: the store in one read transaction, the event log
beside it, the pictures. A violation is a sentence that names what is wrong with what. It may run beside a live
daemon; what the daemon has not committed yet is none of its business.
"""

from __future__ import annotations

import time
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from persistence_daemon.apply import Applier
from persistence_daemon.apply_seldom import OF_A_TASK
from persistence_daemon.backup import Backup, listed_backups
from persistence_daemon.connection import open_frozen, open_memory, open_reader_without_limit
from persistence_daemon.log_reader import Line, begins_at, lines_of_descent
from persistence_daemon.migrations import SCHEMA_VERSION, migrate
from persistence_daemon.pictures import NAMED_PICTURES, digest_of_file
from persistence_daemon.queries import NOT_DELETED
from persistence_daemon.rebuild import fitting
from persistence_daemon.roll_forward import roll_forward
from persistence_daemon.sweeper import SWEPT
from shared.identity import Identity
from shared.posix import lock_holder
from shared.settings import LOCK_POLL_S
from shared.task_state import FINAL_STATES, IllegalTransition, TaskEvent, TaskState, advance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

    from shared.paths import Home

_FINAL: Final = ", ".join(f"'{state}'" for state in sorted(FINAL_STATES))
_UNSETTLED_TRIES: Final = 5  # a worker that died this moment is settled at the daemon's next looks

# Rows that follow from events alone, in an order of their own. `steps.id` is SQLite's, not an event's. What is left of
# a deleted task is rubbish, which is swept when there is time: here sooner, there later.
DERIVED: Final = {
    "tasks": "SELECT * FROM tasks ORDER BY created_seq",
    "steps": "SELECT session_id, step_num, screenshot_path, screenshot_digest, screenshot_missing, screenshot_analysis,"
    " action, action_params, execution_time, success, message, thinking, reply, outcome, outcome_by, actor,"
    " current_app, late, prompt_tokens, completion_tokens, time_to_first_token_s, model_time_s, device_time_s,"
    " started_at, begun_seq, finished_seq, intent_digest, outcome_digest, user_label, user_correction, original"
    " FROM steps WHERE session_id IN (SELECT session_id FROM tasks) ORDER BY begun_seq",
    "transitions": "SELECT * FROM transitions ORDER BY seq",
    "notes": "SELECT * FROM notes WHERE session_id IN (SELECT session_id FROM tasks) ORDER BY seq",
    "waits": "SELECT * FROM waits ORDER BY seq",
    "devices": "SELECT * FROM devices ORDER BY device_id",
    "device_debts": "SELECT * FROM device_debts ORDER BY owed_seq",
    "set_aside": f"SELECT * FROM set_aside WHERE {NOT_DELETED} ORDER BY seq",  # noqa: S608 - our own words
    "claims": "SELECT * FROM claims ORDER BY incarnation",
    "timelines": "SELECT * FROM timelines ORDER BY seq",
    "task_counts": "SELECT * FROM task_counts ORDER BY final_status",
    "deletions": "SELECT * FROM deletions ORDER BY seq",
    "legacy_rows": "SELECT * FROM legacy_rows ORDER BY id",
}

_QUERIES: Final = (
    (
        f"SELECT session_id, open_step FROM tasks WHERE final_status IN ({_FINAL}) AND open_step IS NOT NULL",  # noqa: S608
        "task {0} has ended, but its step {1} is said to be open",
    ),
    (
        (
            "SELECT s.session_id, s.step_num FROM steps s JOIN tasks t USING (session_id)"  # noqa: S608
            f" WHERE s.outcome IS NULL AND t.final_status IN ({_FINAL})"
        ),
        "task {0} has ended, but its step {1} has no outcome",
    ),
    (
        (
            "SELECT t.session_id, t.total_steps, count(s.id) FROM tasks t LEFT JOIN steps s USING (session_id)"
            " GROUP BY t.session_id HAVING t.total_steps <> count(s.id)"
        ),
        "task {0} says {1} steps, but {2} are there",
    ),
    (
        (  # what was imported keeps its numbers, and older programs lost steps
            "SELECT session_id, count(*), min(step_num), max(step_num) FROM steps JOIN tasks USING (session_id)"
            " WHERE source = '' GROUP BY session_id HAVING min(step_num) <> 1 OR max(step_num) <> count(*)"
        ),
        "the {1} steps of task {0} have a gap: they are numbered {2} to {3}",
    ),
    (
        (
            "SELECT s.session_id, s.step_num FROM steps s LEFT JOIN tasks t USING (session_id)"
            " WHERE t.session_id IS NULL AND s.session_id NOT IN (SELECT session_id FROM deletions)"
        ),
        "step {1} belongs to no task ({0})",
    ),
    (
        "SELECT session_id, step_num, begun_seq, finished_seq FROM steps WHERE finished_seq < begun_seq",
        "step {1} of task {0} finished (seq {3}) before it began (seq {2})",
    ),
    (
        (
            "SELECT incarnation, count(*) FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING')"
            " GROUP BY incarnation HAVING count(*) > 1"
        ),
        "worker incarnation {0} runs {1} tasks at once",
    ),
    (
        "SELECT session_id FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING') AND incarnation IS NULL",
        "task {0} is said to run, but no worker claimed it",
    ),
    (
        f"SELECT session_id, final_status FROM tasks WHERE final_status IN ({_FINAL}) AND ended_at IS NULL",  # noqa: S608
        "task {0} is {1}, but has no time of its end",
    ),
    (
        "SELECT debt_id, owed_seq, settled_seq FROM device_debts WHERE settled_seq <= owed_seq",
        "debt {0} was settled (seq {2}) before it was owed (seq {1})",
    ),
    (
        (
            "SELECT t.session_id, t.prompt_tokens, t.completion_tokens FROM tasks t LEFT JOIN steps s"
            " USING (session_id) GROUP BY t.session_id HAVING t.prompt_tokens <> min(total(s.prompt_tokens), 1 << 53)"
            " OR t.completion_tokens <> min(total(s.completion_tokens), 1 << 53)"
        ),
        "task {0} says {1} and {2} tokens, but its steps say others",
    ),
    (
        (
            "SELECT c.final_status, c.tasks, count(t.session_id) FROM task_counts c LEFT JOIN tasks t"
            " USING (final_status) GROUP BY c.final_status HAVING c.tasks <> count(t.session_id)"
        ),
        "{1} tasks are said to be {0}, but {2} are",
    ),
    (
        "SELECT session_id, final_status FROM tasks WHERE waiting_for IS NOT NULL AND final_status <> 'RUNNING'",
        "task {0} is {1}, but is said to wait for a person",
    ),
    (
        (
            "SELECT w.session_id, w.seq, t.waiting_seq FROM waits w JOIN tasks t USING (session_id)"
            " WHERE w.decision IS NULL AND t.waiting_seq IS NOT w.seq"
        ),
        "wait {1} of task {0} is open, but the task waits for {2}",
    ),
    (
        "SELECT session_id, seq, settled_seq FROM waits WHERE settled_seq <= seq",
        "wait {1} of task {0} was settled (seq {2}) before it was raised",
    ),
    *(
        (
            f"SELECT session_id, count(*) FROM deletions JOIN {table} USING (session_id) GROUP BY session_id",  # noqa: S608
            f"task {{0}} was deleted, but {{1}} rows of it are in {table}",
        )
        for table in OF_A_TASK
    ),
    *(
        (
            (
                f"SELECT session_id, count(*) FROM deletions JOIN {table} USING (session_id)"  # noqa: S608 - our names
                " WHERE deletions.seq <= (SELECT erased_seq FROM meta) GROUP BY session_id"
            ),
            f"task {{0}} was deleted and swept, but {{1}} rows of it are in {table}",
        )
        for table in SWEPT
    ),
)


def check_store(home: Home) -> list[str]:
    """Return every violation in `home`, none when all is well; apsw.Error when the store cannot be read at all."""
    connection = open_reader_without_limit(home.database)
    try:
        connection.execute("BEGIN")
        version = int(connection.pragma("user_version"))
        if version != SCHEMA_VERSION:
            return [f"the store has schema {version}, this program checks {SCHEMA_VERSION}: start Stepwell once"]
        found = [sentence for _, sentences in areas(connection, home, deep=True) for sentence in sentences]
        connection.execute("ROLLBACK")
        found += _nothing_runs_unseen(connection, home)
    finally:
        connection.close()
    return found


def areas(connection: apsw.Connection, home: Home, *, deep: bool) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each part of a home with what is wrong in it; not `deep`: pictures are there, but were not read."""
    yield "database", _file(connection, deep=deep)
    yield "database", _by_queries(connection)
    yield "database", _transitions(connection)
    yield "pictures", _pictures(connection, home.root, deep=deep)
    yield "event log", _event_log(connection, home)


def _file(connection: apsw.Connection, *, deep: bool) -> Iterator[str]:
    found = connection.execute("PRAGMA integrity_check(1)" if deep else "PRAGMA quick_check(1)").get
    if found != "ok":
        yield f"SQLite finds the file damaged: {found}"


def _by_queries(connection: apsw.Connection) -> Iterator[str]:
    for sql, sentence in _QUERIES:
        for row in connection.execute(sql):
            yield sentence.format(*row)


def _transitions(connection: apsw.Connection) -> Iterator[str]:
    """Replay each task's transitions by the one table; their end must be the stored state."""
    reached: dict[str, TaskState] = {}
    for session_id, before, after, event in connection.execute(
        "SELECT session_id, from_state, to_state, event FROM transitions ORDER BY seq"
    ):
        known = reached.get(session_id)
        if before != known:
            yield f"task {session_id} goes from {before} to {after}, but it was {known}"
        reached[session_id] = TaskState(after)
        if before is not None:
            try:
                if advance(TaskState(before), TaskEvent(event)) != after:
                    yield f"task {session_id}: {event} does not lead from {before} to {after}"
            except (IllegalTransition, ValueError) as error:
                yield f"task {session_id}: {error}"
    for session_id, state in connection.execute("SELECT session_id, final_status FROM tasks"):
        if reached.get(session_id) != state:
            yield f"task {session_id} is {state}, but its transitions end at {reached.get(session_id)}"


def _pictures(connection: apsw.Connection, root: Path, *, deep: bool) -> Iterator[str]:
    for path, digest in connection.execute(NAMED_PICTURES):
        try:
            found = digest_of_file(root / path) if deep else digest if (root / path).stat().st_size else ""
        except OSError as error:
            yield f"the picture {path} cannot be read: {error.strerror}"
            continue
        if found != digest:
            yield f"the picture {path} is not the one that was recorded"


def _event_log(connection: apsw.Connection, home: Home) -> Iterator[str]:
    """Replay the event log into an empty store; it must hold exactly the same rows.

    Where the log begins later (older files went once two backups stood behind them), or has a hole (its unsynced end
    went with the power), the replay begins at a backup behind that.
    """
    timeline, seq = connection.execute("SELECT timeline, seq FROM meta").get
    begin = begins_at(home.event_log, timeline)
    usable = [one for one in fitting(home, listed_backups(home), timeline) if begin - 1 <= one.seq <= seq]
    bases = [*([None] if begin == 1 or not usable else []), *sorted(usable, key=lambda one: one.seq)]
    replayed, problems = _replay(home, bases[0], timeline, seq)
    for base in bases[1:]:
        if problems:
            replayed.close()
            replayed, problems = _replay(home, base, timeline, seq)
    yield from problems
    yield from _differences(connection, replayed)
    replayed.close()


def _replay(home: Home, base: Backup | None, timeline: str, seq: int) -> tuple[apsw.Connection, list[str]]:
    """Return a store in memory made from a backup (None: from nothing) and the log up to `seq`, and what was wrong."""
    memory = open_memory()
    last = 0
    if base is None:
        migrate(memory)
        memory.execute("INSERT INTO meta (id, timeline, seq, created_at) VALUES (1, '', 0, '')")
    else:
        _load(memory, home.backups / base.name)
        migrate(memory)  # a backup may be of an older schema
        last = base.seq
    lines = without_torn_end(lines_of_descent(home.event_log, timeline, last))
    done = roll_forward(memory, Applier(memory), (line for line in lines if _is_up_to(line, seq)))
    problems = [problem for problem in done.problems if "set aside" not in problem]
    if done.seq != seq:
        problems.append(f"the store stands at seq {seq}, but the event log ends at {done.seq}")
    return memory, problems


def _load(memory: apsw.Connection, path: Path) -> None:
    source = open_frozen(path)
    try:
        with memory.backup("main", source, "main") as copying:
            copying.step()
    finally:
        source.close()


def without_torn_end(lines: Iterator[Line]) -> Iterator[Line]:
    """Leave out bad lines with no good one behind them: an append under way, or torn; never acknowledged."""
    held: list[Line] = []
    for line in lines:
        held.append(line)
        if line.event is not None:
            yield from held
            held.clear()


def _is_up_to(line: Line, seq: int) -> bool:
    """Leave out what was appended but not committed when the store was read."""
    return line.event is None or line.event.seq <= seq


def _differences(store: apsw.Connection, replayed: apsw.Connection) -> Iterator[str]:
    for table, sql in DERIVED.items():
        for ours, theirs in zip_longest(store.execute(sql), replayed.execute(sql)):
            if ours != theirs:
                yield f"{table}: the store has {_short(ours)}, the event log makes it {_short(theirs)}"
                break


def _short(row: tuple[Any, ...] | None) -> str:
    return "nothing" if row is None else msgspec.json.encode(row, enc_hook=str).decode()[:600]


def _nothing_runs_unseen(connection: apsw.Connection, home: Home) -> list[str]:
    """Each RUNNING task has a worker that holds its lock, while a daemon lives that would notice if not."""
    found: list[str] = []
    for _ in range(_UNSETTLED_TRIES):
        if lock_holder(home.lock("daemon")) is None:
            return []
        found = [
            f"task {session_id} is said to run, but worker {worker} is dead"
            for session_id, worker, incarnation in connection.execute(
                "SELECT session_id, claimed_by, incarnation FROM tasks WHERE final_status IN ('RUNNING', 'STOPPING')"
            )
            if lock_holder(home.outbox_lock(Identity(worker, incarnation))) is None
        ]
        if not found:
            return []
        time.sleep(LOCK_POLL_S)
    return found
