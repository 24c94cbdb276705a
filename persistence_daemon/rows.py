"""Database rows to the structs of views.

Each struct's fields are columns of the same names, so the lists of columns are made from the structs. Used by
queries.py. Must not run a query.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from shared.messages import DeviceRow, NoteRow, SetAsideRow, StepRow, TaskRow, TransitionRow, WaitRow

S = TypeVar("S", bound=Struct)

_BOOLEANS: Final = ("success", "late")  # of a StepRow
_LISTS: Final[dict[type[Struct], tuple[str, ...]]] = {TaskRow: ("checks",), WaitRow: ("choices",)}  # stored as JSON
_DERIVED: Final = frozenset({"task", "waiting", "worker"})  # of a DeviceRow: not columns of `devices`
_SQL_OF: Final[dict[tuple[type[Struct], str], str]] = {  # where a field is more than its column
    (TaskRow, "verdict"): "coalesce(user_label, verdict) AS verdict",  # a person's word comes before the agent's
}


def columns(kind: type[Struct]) -> str:
    """Return the columns that make a `kind`, in its order, for a SELECT."""
    return ", ".join(_SQL_OF.get((kind, name), f'"{name}"') for name in _fields(kind))


def _fields(kind: type[Struct]) -> list[str]:
    return [name for name in kind.__struct_fields__ if kind is not DeviceRow or name not in _DERIVED]


TASK_COLUMNS: Final = columns(TaskRow)
STEP_COLUMNS: Final = columns(StepRow)
TRANSITION_COLUMNS: Final = columns(TransitionRow)
NOTE_COLUMNS: Final = columns(NoteRow)
SET_ASIDE_COLUMNS: Final = columns(SetAsideRow)
DEVICE_COLUMNS: Final = columns(DeviceRow)
WAIT_COLUMNS: Final = columns(WaitRow)


def make(kind: type[S], row: tuple[Any, ...], **derived: Any) -> S:
    """Return the struct that a row of `columns(kind)` is; 0 and 1 become booleans where the struct has them.

    `derived`: the fields of a DeviceRow that are no columns.
    """
    fields = dict(zip(_fields(kind), row, strict=True)) | derived
    for name in _LISTS.get(kind, ()):
        fields[name] = msgspec.json.decode(fields[name])
    if kind is StepRow:
        for name in _BOOLEANS:
            fields[name] = None if fields[name] is None else bool(fields[name])
    return msgspec.convert(fields, kind)
