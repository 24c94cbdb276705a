"""What was set aside of a task, for people: what came, what stands in the store in its place, and why it was refused.

The record is kept raw; it is read here as far as it can be, and compared field by field with the row of its key. Called
by tasks.py (`show --conflicts`); it is told of a view, of steps and of rows, and must not ask for anything itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from shared.shapes import plain
from supervisor.cli.run import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Struct

    from shared.messages import SetAsideRow, StepRow, TaskView

_KEYS: Final = frozenset({"session_id", "step_num", "note_id", "elapsed_s"})  # the key itself, and what no row keeps
_RAW_SHOWN: Final = 400  # characters of a record that cannot be read; --json has it whole
_VALUE_SHOWN: Final = 200


def conflict_json(row: SetAsideRow, view: TaskView, steps: Sequence[StepRow]) -> dict[str, Any]:
    """Return a row with `record`, the record as far as it can be read, and `differs`.

    `differs` lists, of each field that the stored row of the same key has too, what is stored and what was set aside;
    it is null where nothing of that key is stored, or the record cannot be read.
    """
    record = _record(row)
    stored = None if record is None else _stored(record, view, steps)
    return plain(row) | {"record": record, "differs": None if stored is None else _differences(record or {}, stored)}


def conflict_lines(row: SetAsideRow, view: TaskView, steps: Sequence[StepRow]) -> list[str]:
    """Return a row as lines for people: why, from whom and when, then both versions of what differs."""
    told = conflict_json(row, view, steps)
    lines = [
        f"set aside (seq {row.seq}): {row.kind}: {row.message} ({row.code})",
        f"  from {row.sender} {row.incarnation} at {row.at}",
    ]
    if told["record"] is None:
        return [*lines, f"  as it came: {one_line(row.raw, _RAW_SHOWN)}"]
    if told["differs"] is None:
        lines.append("  nothing is stored under its key; what it says:")
        return lines + [f"    {name}: {_value(value)}" for name, value in _said(told["record"]).items()]
    for one in told["differs"]:
        lines.append(f"  {one['field']}")
        lines.append(f"    stored:    {_value(one['stored'])}")
        lines.append(f"    set aside: {_value(one['set_aside'])}")
    return lines if told["differs"] else [*lines, "  it says the same as what is stored"]


def _record(row: SetAsideRow) -> dict[str, Any] | None:
    try:
        record = json.loads(row.raw)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _stored(record: dict[str, Any], view: TaskView, steps: Sequence[StepRow]) -> dict[str, Any] | None:
    """Return the stored row under the record's key, None when there is none."""
    rows: Sequence[Struct] = ()
    if record.get("type") in ("BeginStep", "FinishStep"):
        rows = [step for step in steps if step.step_num == record.get("step_num")]
    elif record.get("type") == "AddNote":
        rows = [note for note in view.notes if note.note_id == record.get("note_id")]
    return plain(rows[0]) if rows else None


def _said(record: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says under the names of columns, without its key and what it leaves empty."""
    said = {name: value for name, value in record.items() if name not in _KEYS and value not in (None, "", [], False)}
    said.pop("type", None)
    picture = said.pop("picture", None)
    if isinstance(picture, dict):
        said["screenshot_digest"] = picture.get("digest")
    return said


def _differences(record: dict[str, Any], stored: dict[str, Any]) -> list[dict[str, Any]]:
    said = _said(record)
    own = [name for name in record if name not in _KEYS and name in stored] + ["screenshot_digest"]
    found = []
    for name in own:
        if name not in stored or (name == "screenshot_digest" and "picture" not in record):
            continue
        aside = said.get(name, record.get(name))
        if (aside or None) != (stored[name] or None):
            found.append({"field": name, "stored": stored[name], "set_aside": aside})
    return found


def _value(value: object) -> str:
    if value is None or value == "":
        return "–"
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), _VALUE_SHOWN)
