"""Rows as the JSON that scripts rely on: the schema's column names, ISO 8601 times with Z, durations also as `*_s`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from msgspec import Struct

    from shared.messages import StepRow, TaskRow, WaitRow


def plain(row: Struct) -> dict[str, Any]:
    """Return any row as it is."""
    found: dict[str, Any] = msgspec.to_builtins(row)
    found.pop("type", None)
    return found


def task_json(row: TaskRow) -> dict[str, Any]:
    """Return a task: its columns, `state` beside `final_status`, `total_time_s` beside `total_time`.

    `original`, of an imported task or step, is decoded.
    """
    found = plain(row)
    found["state"] = found["final_status"]
    found["total_time_s"] = found["total_time"]
    found["original"] = decoded(row.original or "")
    for name in ("timestamp", "updated_at"):
        found[name] = iso_time(found[name])
    return found


def step_json(row: StepRow) -> dict[str, Any]:
    """Return a step: its columns, `action` and `action_params` decoded (None when there is none)."""
    found = plain(row)
    found["action"] = decoded(row.action)
    found["action_params"] = decoded(row.action_params)
    found["execution_time_s"] = row.execution_time
    found["original"] = decoded(row.original or "")
    return found


def wait_json(row: WaitRow) -> dict[str, Any]:
    """Return a wait for a person: its columns, `action` decoded."""
    found = plain(row)
    found["action"] = decoded(row.action)
    return found


def decoded(text: str) -> Any:
    """Return the JSON value in a column; None when it is empty, the text itself when it is not JSON."""
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def iso_time(text: str) -> str:
    """Return a `YYYY-MM-DD HH:MM:SS` column of UTC as ISO 8601 with Z."""
    return text.replace(" ", "T") + "Z" if text and not text.endswith("Z") else text
