"""No text of a worker's record may hold NUL, whichever field it stands in: no database can hold such a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgpack
import msgspec
import pytest

from shared.errors import BadInputError
from shared.messages import (
    PROTOCOL_VERSION,
    AddNote,
    BeginStep,
    ChangeState,
    FinishStep,
    Outcome,
    Picture,
    Record,
    WriteRecords,
)
from shared.task_state import TaskEvent
from shared.wire import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = Picture(digest="0" * 64, size_bytes=1, width=1, height=1)
RECORDS: list[Record] = [
    BeginStep(session_id="a", step_num=1, picture=PICTURE, thumbnail=b"\0", thinking="b", reply="\\"),
    FinishStep(session_id="a", step_num=1, outcome=Outcome.DONE, message="b"),
    AddNote(session_id="a", note_id="b", text="c"),
    ChangeState(session_id="a", event=TaskEvent.FAILED, reason="b", picture=PICTURE),
]


def framed(*records: Any) -> bytes:
    parts = (PROTOCOL_VERSION, "WriteRecords", 7, "worker-1", "0123456789abcdef", {"records": records})
    return msgpack.packb(parts, use_bin_type=True)


def with_nul_in_one_text(value: Any) -> Iterator[Any]:
    """Every version of `value` in which a single text ends in NUL."""
    if isinstance(value, str):
        yield value + "\0"
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from (value | {name: changed} for changed in with_nul_in_one_text(part))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_no_text_of_a_record_may_hold_nul(record: Record) -> None:
    fields = msgspec.to_builtins(record, builtin_types=(bytes,))
    assert decode(framed(fields)).message == WriteRecords(records=(record,)), "the NUL of a number or a picture is none"
    refused = 0
    for changed in with_nul_in_one_text(fields):
        with pytest.raises(BadInputError):
            decode(framed(fields, changed))
        refused += 1
    assert refused >= sum(isinstance(value, str) for value in fields.values())
