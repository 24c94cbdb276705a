"""Single values of older stores in our words: states, judgements, numbers, ids. Pure; called by old_tasks.py."""

from __future__ import annotations

import hashlib
import math
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.identity import IDENTIFIER
from shared.messages import Label
from shared.task_state import TaskState

if TYPE_CHECKING:
    from persistence_daemon.importing.tables import Value

_SAME: Final = {state: state for state in (TaskState.SUCCESS, TaskState.FAILED, TaskState.STOPPED, TaskState.CRASHED)}
_LABELS: Final = {"correct": Label.RIGHT, "right": Label.RIGHT, "wrong": Label.WRONG}
_TRUE: Final = frozenset({"1", "true", "yes"})
_FALSE: Final = frozenset({"0", "false", "no"})
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9_-]+")
_READABLE: Final = 40  # characters of an id that is not one of ours, in front of its digest
_DIGEST_DIGITS: Final = 12
SECONDS_MAX: Final = 1e10


class State(Struct, frozen=True):
    """A state in our words. `reason`: what became of the older word, '' where it is the same."""

    state: TaskState
    reason: str = ""


def state_of(word: str | None, *, has_steps: bool) -> State:
    """Return the state of a task whose older word was `word`: always a final one, nothing of it is ever run again."""
    plain = (word or "").strip().upper()
    if plain in _SAME:
        return State(_SAME[TaskState(plain)])
    if plain == TaskState.CREATED and not has_steps:
        return State(TaskState.STOPPED, "it was CREATED there and never began; it is not queued again")
    said = f"it was {word} there" if word else "no state was recorded there"
    return State(TaskState.CRASHED, f"{said}: nobody saw its end")


def label_of(word: str | None) -> tuple[Label | None, bool]:
    """Return a judgement in our words, and whether the older word was one."""
    if word is None or not word.strip():
        return None, True
    found = _LABELS.get(word.strip().lower())
    return found, found is not None


def number_of(value: Value) -> float | None:
    """Return a finite number, None when it is none."""
    try:
        found = None if value is None or isinstance(value, bytes) else float(value)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and math.isfinite(found) else None


def seconds_of(value: Value) -> float | None:
    """Return a duration, None when it is none."""
    found = number_of(value)
    return found if found is not None and 0 <= found <= SECONDS_MAX else None


def whole_of(value: Value) -> int | None:
    """Return a whole number, None when it is none."""
    if isinstance(value, int):
        return int(value)  # a JSON true is 1
    found = number_of(value)
    return int(found) if found is not None and found == int(found) else None


def truth_of(value: Value) -> tuple[bool | None, bool]:
    """Return a `success`, and whether the older value was one."""
    if value is None:
        return None, True
    plain = str(value).strip().lower().removesuffix(".0")
    if plain in _TRUE | _FALSE:
        return plain in _TRUE, True
    return None, False


def id_of(text: str) -> str:
    """Return the id under which a task of the older id `text` stands here: the same, where it can be one of ours."""
    if IDENTIFIER.match(text):
        return text
    begin = _NOT_IN_ID.sub("_", text)[:_READABLE].strip("_") or "task"
    return f"{begin}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_DIGITS]}"


def made_id(kind: str, contents: str) -> str:
    """Return an id for what has none, the same for the same contents."""
    return f"{kind}-{hashlib.sha256(contents.encode()).hexdigest()[: 2 * _DIGEST_DIGITS]}"
