"""The per-task backups beside an older store: `backup/{session_id}_task.json` and `{session_id}_steps.jsonl`.

A line may be torn, even inside a character: what can be read is used, the rest is reported with its bytes, and the
files stay. Called by plan.py; must not decide what becomes of it.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from persistence_daemon.importing.tables import Value
from shared.texts import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator


FOLDER: Final = "backup"
_TASK: Final = "_task.json"
_STEPS: Final = "_steps.jsonl"
_JSON_COLUMNS: Final = frozenset({"action", "action_params"})  # objects there, or JSON inside a string


class Torn(Struct, frozen=True):
    """Bytes of a file that cannot be read as what they should be."""

    path: Path
    start: int
    raw: bytes
    why: str


class TaskBackup(Struct):
    """What is kept of one task. `task` None: there is no `_task.json` that can be read."""

    task: dict[str, Value] | None
    steps: list[dict[str, Value]]
    torn: list[Torn]


class TaskBackups:
    """All of them, by the session id that their names carry."""

    def __init__(self, database: Path) -> None:
        self._folder = database.parent / FOLDER
        self._names: dict[str, list[str]] = {}
        for name in sorted(os.listdir(self._folder)) if self._folder.is_dir() else []:  # noqa: PTH208 - names alone
            for end in (_TASK, _STEPS):
                if name.endswith(end) and len(name) > len(end):
                    self._names.setdefault(escaped(name.removesuffix(end)), []).append(name)

    def sessions(self) -> list[str]:
        """Return the session ids that have a backup."""
        return list(self._names)

    def read(self, session_id: str) -> TaskBackup:
        """Return what is kept of a task; OSError when a file cannot be read at all."""
        found = TaskBackup(None, [], [])
        for name in self._names.get(session_id, ()):
            path = self._folder / name
            if not stat.S_ISREG(path.stat().st_mode):
                continue
            if name.endswith(_TASK):
                found.task = _read_task(path, found.torn)
            else:
                found.steps += _read_steps(path, found.torn)
        return found


def _read_task(path: Path, torn: list[Torn]) -> dict[str, Value] | None:
    raw = path.read_bytes()
    value, why = _object_in(raw)
    if value is None:
        torn.append(Torn(path, 0, raw, why))
        return None
    if "task_description" not in value and "description" in value:
        value["task_description"] = value.pop("description")
    return value


def _read_steps(path: Path, torn: list[Torn]) -> Iterator[dict[str, Value]]:
    start = 0
    with path.open("rb") as file:
        for raw in file:
            value, why = _object_in(raw)
            if value is not None:
                yield value
            elif raw.strip():
                torn.append(Torn(path, start, raw, why))
            start += len(raw)


def _object_in(raw: bytes) -> tuple[dict[str, Value] | None, str]:
    """Return the flat object that a text holds, or None and why it holds none."""
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None, "ends inside a character, or is not UTF-8"
    except (ValueError, RecursionError):
        return None, "is not whole JSON"
    if not isinstance(value, dict):
        return None, "is no object"
    return {escaped(str(name)).lower(): _flat(name, part) for name, part in value.items()}, ""


def _flat(name: str, value: Any) -> Value:
    """Return a part as a column would hold it."""
    if value is None or isinstance(value, str):
        return None if value is None else escaped(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float) and name not in _JSON_COLUMNS:
        return value
    return escaped(json.dumps(value, ensure_ascii=False))
