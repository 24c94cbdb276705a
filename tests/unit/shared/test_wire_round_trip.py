"""What is encoded is decoded the same, for every message; and the types bound everything that can come in."""

from __future__ import annotations

import math

import msgpack
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_strategies import identities, messages_of, walk
from msgspec import inspect

from shared.errors import BadInputError, ErrorCode
from shared.identity import Identity
from shared.messages import (
    PROTOCOL_VERSION,
    WIRE_TYPES,
    AddNote,
    BeginStep,
    Claimed,
    Done,
    ErrorInfo,
    FinishStep,
    Message,
    Outcome,
    Quit,
    WriteRecords,
)
from shared.wire import MAX_DEPTH, MAX_FRAME, MAX_ITEMS, _is_own_encoding, _Parts, decode, digest_of, encode, peek_id

WORKER = Identity("worker-1", "0123456789abcdef")
INT64 = (-(1 << 63), (1 << 63) - 1)
ALLOWED = (
    *(inspect.StrType, inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.NoneType, inspect.BytesType),
    *(inspect.EnumType, inspect.UnionType, inspect.StructType, inspect.VarTupleType, inspect.DictType),
)


@pytest.mark.parametrize("name", sorted(WIRE_TYPES))
def test_a_frame_is_what_msgpack_makes_of_the_documented_array(name: str) -> None:
    @settings(max_examples=8, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(messages_of(WIRE_TYPES[name]), st.integers(0, INT64[1]))
    def check(message: Message, request_id: int) -> None:
        fields = msgspec.to_builtins(message, builtin_types=(bytes,))
        kind = fields.pop("type")
        said = [PROTOCOL_VERSION, kind, request_id, WORKER.name, WORKER.incarnation, fields]
        assert encode(WORKER, message, request_id) == msgpack.packb(said, use_bin_type=True)

    check()


@pytest.mark.parametrize("name", sorted(WIRE_TYPES))
def test_every_message_comes_back_as_it_went(name: str) -> None:
    @settings(max_examples=8, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(messages_of(WIRE_TYPES[name]), identities(), st.integers(0, INT64[1]))
    def round_trip(message: Message, sender: Identity, number: int) -> None:
        frame = encode(sender, message, number)
        envelope = decode(frame)
        assert (envelope.id, envelope.sender, envelope.message) == (number, sender, message)
        assert peek_id(frame) == number
        assert _is_own_encoding(message, msgspec.msgpack.decode(frame, type=_Parts).body)

    round_trip()


@pytest.mark.parametrize("name", sorted(WIRE_TYPES))
def test_every_field_is_bounded_by_its_type(name: str) -> None:
    for where, depth, info in walk(WIRE_TYPES[name]):
        assert isinstance(info, ALLOWED), f"{where}: {info} is not bounded"
        assert depth + 1 <= MAX_DEPTH, where
        assert is_bounded(info), f"{where}: {info} lets too much in"


def is_bounded(info: inspect.Type) -> bool:
    if isinstance(info, inspect.IntType):
        return None not in (info.ge, info.le) and INT64[0] <= info.ge <= info.le <= INT64[1]
    if isinstance(info, inspect.FloatType):
        smallest = info.ge if info.ge is not None else info.gt
        return None not in (smallest, info.le) and math.isfinite(smallest) and math.isfinite(info.le)
    if isinstance(info, inspect.VarTupleType | inspect.DictType):
        return info.max_length is not None and info.max_length <= MAX_ITEMS
    if isinstance(info, inspect.StructType):
        return info.forbid_unknown_fields and info.cls.__struct_config__.frozen
    return True


def test_text_comes_back_as_it_was_whatever_it_says() -> None:
    for text in (
        "\\u0000",
        "\\\\u0000",
        "a\\",
        '"\\"',
        "\x1b[31m",
        "\u202e",
        "é\u0301",
        "😀",
        "\x7f\x9b",
        "a" * 70_000,
    ):
        note = WriteRecords(records=(AddNote(session_id="a", note_id="b", text=text + "\n"),))
        assert decode(encode(WORKER, note, 1)).message == note
        # a thumbnail brings NUL bytes into the frame, so that the text is looked at more closely
        step = WriteRecords(records=(BeginStep(session_id="a", step_num=1, thumbnail=b"\0", thinking=text),))
        assert decode(encode(WORKER, step, 1)).message == step


def test_a_message_over_the_limit_is_not_sent() -> None:
    notes = tuple(AddNote(session_id="a", note_id=f"n{n}", text="x" * (1 << 20)) for n in range(5))
    with pytest.raises(BadInputError, match=r"WriteRecords of 5,\d+,\d+ bytes is over the limit") as caught:
        encode(WORKER, WriteRecords(records=notes), 1)
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_a_message_with_the_longest_text_in_each_field_is_sent() -> None:
    info = ErrorInfo(code=ErrorCode.INTERNAL, message="x" * (1 << 20), detail="y" * (1 << 20))
    assert len(encode(WORKER, info, 1)) < MAX_FRAME
    assert decode(encode(WORKER, info, 1)).message == info


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_refused_before_it_is_sent(text: str) -> None:
    with pytest.raises(BadInputError, match="Quit cannot be sent") as caught:
        encode(WORKER, Quit(reason=text), 1)
    assert caught.value.code is ErrorCode.BAD_REQUEST


def test_an_integer_beyond_64_bits_is_refused_before_it_is_sent() -> None:
    with pytest.raises(BadInputError, match="Done cannot be sent"):
        encode(WORKER, Done(seq=1 << 64), 1)


def test_equal_records_and_only_those_have_equal_digests() -> None:
    base = {"session_id": "a", "step_num": 1, "outcome": Outcome.DONE}
    first = FinishStep(**base)
    assert digest_of(first) == digest_of(FinishStep(**base))
    assert len(digest_of(first)) == 64
    others = [FinishStep(**base | change) for change in ({"step_num": 2}, {"message": "x"}, {"elapsed_s": 0.1})]
    others.append(Claimed(why="x"))
    assert len({digest_of(first), *map(digest_of, others)}) == 5
