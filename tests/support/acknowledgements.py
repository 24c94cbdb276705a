"""What the workers saw acknowledged, kept outside of what is killed, and held against the store afterwards.

A worker writes a line to its log, at level debug, for each acknowledged record before its agent goes on; the line
survives the worker's death, and the daemon and the supervisor have no part in it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

from shared.messages import (
    BeginStep,
    ChangeState,
    Event,
    FinishStep,
    NoteAdded,
    StateChanged,
    StepBegun,
    StepFinished,
    TaskDeleted,
)
from shared.wire import digest_of

if TYPE_CHECKING:
    from stepwell_harness import Stepwell

SETTINGS = 'log_level = "debug"\n'
COLUMN = {BeginStep.__name__: "begun_seq", FinishStep.__name__: "finished_seq"}


def keep_acknowledgements(stepwell: Stepwell, settings: str = "") -> None:
    """Let the workers of a home that was not started yet log what is acknowledged."""
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text(SETTINGS + settings, encoding="utf-8")


def acknowledged(stepwell: Stepwell) -> list[dict[str, Any]]:
    """Return the workers' lines: seq, task, step, kind and digest of each acknowledged record."""
    found = []
    for path in sorted((stepwell.home / "logs").glob("worker-*.jsonl*")):
        for line in path.read_bytes().split(b"\n"):
            with contextlib.suppress(json.JSONDecodeError):  # a line that its writer's death has torn
                entry = json.loads(line)
                if entry["event"] == "acknowledged":
                    found.append(entry)
    return found


def check_acknowledged(stepwell: Stepwell, log: dict[int, Event]) -> int:
    """Each acknowledged record is in the event log and in the store, once and unchanged; return how many there are.

    What belongs to a task that a person has deleted since is looked for in the event log alone.
    """
    seen = acknowledged(stepwell)
    deleted = {event.body.session_id for event in log.values() if isinstance(event.body, TaskDeleted)}
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    for ack in seen:
        assert ack["seq"] in log, f"acknowledged and lost: {ack}"
        check_event(log[ack["seq"]], ack)
        if ack["kind"] in COLUMN and ack["task"] not in deleted:
            sql = f"SELECT session_id, step_num FROM steps WHERE {COLUMN[ack['kind']]} = ?"
            rows = reader.execute(sql, (ack["seq"],)).fetchall()
            assert rows == [(ack["task"], ack["step"])], f"not once in the store: {ack}: {rows}"
    reader.close()
    keys = {(ack["kind"], ack["task"], ack["step"], ack["digest"]): ack["seq"] for ack in seen}
    for ack in seen:
        same = keys[ack["kind"], ack["task"], ack["step"], ack["digest"]]
        assert same == ack["seq"] or ack["step"] is None, f"a record was acknowledged under two numbers: {ack}, {same}"
    return len(seen)


def check_event(event: Event, ack: dict[str, Any]) -> None:
    """The event is the record that was acknowledged under its number."""
    match event.body:
        case StepBegun(step=record) | StepFinished(step=record) | NoteAdded(note=record):
            assert (type(record).__name__, digest_of(record)) == (ack["kind"], ack["digest"]), f"{event} is not {ack}"
        case StateChanged(session_id=task):
            assert (ChangeState.__name__, task) == (ack["kind"], ack["task"]), f"{event} is not {ack}"
        case other:
            raise AssertionError(f"{ack['kind']} was acknowledged as {type(other).__name__}: {ack}")
    assert event.seq == ack["seq"]
