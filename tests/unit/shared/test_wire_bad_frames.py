"""Bad frames: each is refused with its code and a sentence, and costs no memory worth speaking of."""

from __future__ import annotations

import random
import struct
import tracemalloc
from typing import TYPE_CHECKING, Any

import msgpack
import pytest

from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.identity import Identity
from shared.messages import (
    Accepted,
    AddNote,
    BeginStep,
    ChangeState,
    ClaimTask,
    FinishStep,
    Message,
    NewTask,
    Outcome,
    Picture,
    RecordsWritten,
    StopTask,
    SubmitTask,
    WriteRecords,
)
from shared.task_state import TaskEvent
from shared.wire import MAX_FRAME, decode, encode, peek_id

if TYPE_CHECKING:
    from collections.abc import Iterable

BAD, LARGE, VERSION = ErrorCode.BAD_REQUEST, ErrorCode.TOO_LARGE, ErrorCode.WRONG_VERSION
MEMORY = 50 << 20
ME = "worker-1", "0123456789abcdef"
STEP = {"type": "BeginStep", "session_id": "a", "step_num": 1}
STOP = {"session_id": "a", "deadline": 1.0}


def pack(*parts: object) -> bytes:
    return msgpack.packb(parts, use_bin_type=True)


def framed(kind: object, body: object, version: object = 1, number: object = 7) -> bytes:
    return pack(version, kind, number, *ME, body)


def raw_framed(kind: str, body: bytes) -> bytes:
    """A frame whose body is these bytes."""
    return b"\x96" + b"".join(msgpack.packb(part) for part in (1, kind, 7, *ME)) + body


def with_step(**changes: object) -> bytes:
    return framed("WriteRecords", {"records": [STEP | changes]})


def with_stop(**changes: object) -> bytes:
    return framed("StopTask", STOP | changes)


def nested(levels: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(levels):
        inner = [inner]
    return inner


SHAPES = [
    ("nothing", b"", BAD, "a frame is not"),
    ("a reserved byte", b"\xc1", BAD, "a frame is not"),
    ("text", b"GET / HTTP/1.1\r\n\r\n", BAD, "a frame is not"),
    ("all bytes", bytes(range(256)), BAD, "a frame is not"),
    ("a number", msgpack.packb(1), BAD, "a frame is not"),
    ("a map", msgpack.packb({"version": 1}), BAD, "a frame is not"),
    ("no parts", msgpack.packb([]), BAD, "a frame is not"),
    ("five parts", pack(1, "StopTask", 7, *ME), BAD, "at least length 6"),
    ("seven parts", pack(1, "StopTask", 7, *ME, STOP, None), BAD, "at most length 6"),
    ("cut short", with_stop()[:-1], BAD, "truncated"),
    ("a second frame behind it", with_stop() * 2, BAD, "trailing"),
    ("an array without its items", b"\xdd\xff\xff\xff\xff", BAD, "a frame is not"),
    ("a map without its items", raw_framed("StopTask", b"\xdf\xff\xff\xff\xff"), BAD, "truncated"),
    ("text without its end", raw_framed("StopTask", b"\xdb\xff\xff\xff\xff"), BAD, "truncated"),
    ("one byte over the limit", b"\0" * (MAX_FRAME + 1), LARGE, "over the limit of 4,194,304"),
    ("a good frame over the limit", with_step(thinking="x" * MAX_FRAME), LARGE, "over the limit"),
    ("another version", framed("StopTask", STOP, version=2), VERSION, "version 2 is not 1"),
    ("no version yet", framed("StopTask", STOP, version=0), VERSION, "version 0 is not 1"),
    ("a huge version", framed("StopTask", STOP, version=(1 << 64) - 1), VERSION, "different Stepwell versions"),
    ("a later version's frame", pack(2, "StopTask", 7, *ME, STOP, "more"), VERSION, "version 2"),
    ("a later version's shorter frame", pack(3), VERSION, "version 3"),
    ("version true", framed("StopTask", STOP, version=True), BAD, "got `bool`"),
    ("version 1.0", framed("StopTask", STOP, version=1.0), BAD, "got `float`"),
    ("version as text", framed("StopTask", STOP, version="1"), BAD, "got `str`"),
    ("a version 1,000 levels deep", framed("StopTask", STOP, version=nested(900)), BAD, "a frame is not"),
    ("a type that nobody knows", framed("NoSuchMessage", {}), BAD, "no message is called 'NoSuchMessage'"),
    ("a type's Python name", framed("shared.messages.StopTask", STOP), BAD, "no message is called"),
    ("a record as a message", framed("BeginStep", STEP), BAD, "no message is called 'BeginStep'"),
    ("the base class", framed("Message", {}), BAD, "no message is called 'Message'"),
    ("a file's message", framed("Forced", {}), BAD, "no message is called 'Forced'"),
    ("a type of 1 MB", framed("x" * (1 << 20), {}), BAD, "no message is called 'xxx"),
    ("a type that is a number", framed(5, {}), BAD, "got `int`"),
    ("a type that is a list", framed(nested(900), {}), BAD, "got `array`"),
    ("id true", framed("StopTask", STOP, number=True), BAD, "got `bool`"),
    ("id -1", framed("StopTask", STOP, number=-1), BAD, ">= 0"),
    ("id 2**63", framed("StopTask", STOP, number=1 << 63), BAD, "<= 9223372036854775807"),
    ("id 1.5", framed("StopTask", STOP, number=1.5), BAD, "got `float`"),
    ("id as text", framed("StopTask", STOP, number="7"), BAD, "got `str`"),
    ("no id", framed("StopTask", STOP, number=None), BAD, "got `None`"),
    ("a sender without a name", pack(1, "StopTask", 7, "", "a", STOP), BAD, "matching regex"),
    ("a sender with a path", pack(1, "StopTask", 7, "../cli", "a", STOP), BAD, "matching regex"),
    ("a sender with a line end", pack(1, "StopTask", 7, "cli\n", "a", STOP), BAD, "matching regex"),
    ("a sender of 65 letters", pack(1, "StopTask", 7, "c" * 65, "a", STOP), BAD, "matching regex"),
    ("a sender in bytes", pack(1, "StopTask", 7, b"cli", "a", STOP), BAD, "got `bytes`"),
    ("no incarnation", pack(1, "StopTask", 7, "cli", None, STOP), BAD, "got `None`"),
    ("a dot in an incarnation", pack(1, "StopTask", 7, "cli", "a.b", STOP), BAD, "matching regex"),
    ("an extension as the body", framed("StopTask", msgpack.ExtType(5, b"x")), BAD, "got `ext`"),
    ("a list as the body", framed("StopTask", [1]), BAD, "got `array`"),
    ("no body", framed("StopTask", None), BAD, "got `None`"),
    ("the type within the body", framed("StopTask", STOP | {"type": "StopTask"}), BAD, "not a map of its fields"),
    ("another type within the body", framed("StopTask", {"type": "Quit"} | STOP), BAD, "StopTask is not well-formed"),
]

FIELDS = [
    ("an unknown field", with_stop(force=True), BAD, "unknown field `force`"),
    ("an unknown field of a record", with_step(x=1), BAD, "unknown field `x`"),
    ("a missing field", framed("StopTask", {"deadline": 1.0}), BAD, "missing required field `session_id`"),
    ("a field twice", raw_framed("StopTask", b"\x82\xaasession_id\xa1a\xaasession_id\xa1b"), BAD,
     "gives a field twice"),
    ("a field of a record twice", raw_framed("WriteRecords", b"\x81\xa7records\x91\x84\xa4type\xa9BeginStep"
     b"\xa8step_num\x01\xaasession_id\xa1a\xa8step_num\x02"), BAD, "gives a field twice"),
    ("a number as a field's name", raw_framed("StopTask", b"\x81\x01\xa1a"), BAD, "got `int`"),
    ("bytes as a field's name", framed("StopTask", {b"session_id": "a"}), BAD, "got `bytes`"),
    ("a map as a field's name", raw_framed("StopTask", b"\x81\x80\xa1a"), BAD, "is not well-formed"),
    ("an empty id of a task", with_stop(session_id=""), BAD, "session_id"),
    ("an id with a path", with_stop(session_id="../../etc/passwd"), BAD, "session_id"),
    ("an id with a line end", with_stop(session_id="a\n"), BAD, "session_id"),
    ("an id of 65 letters", with_stop(session_id="a" * 65), BAD, "session_id"),
    ("an id in wide digits", with_stop(session_id="１２"), BAD, "session_id"),
    ("an id that is a number", with_stop(session_id=5), BAD, "got `int`"),
    ("text that is bytes", with_stop(reason=b"x"), BAD, "got `bytes`"),
    ("text that is null", with_stop(reason=None), BAD, "got `None`"),
    ("a line of 4,097 letters", with_stop(reason="x" * 4097), BAD, "length <= 4096"),
    ("text over 1 MiB", with_step(thinking="x" * ((1 << 20) + 1)), BAD, "length <= 1048576"),
    ("NUL in text", with_stop(reason="a\0b"), BAD, "NUL"),
    ("only NUL in text", with_step(thinking="\0"), BAD, "NUL"),
    ("NUL behind backslashes", with_step(thinking="\\\\\\\0"), BAD, "NUL"),
    ("NUL beside its escape", with_step(thinking="\\u0000\0"), BAD, "NUL"),
    ("a lone surrogate", raw_framed("StopTask", b"\x81\xaasession_id\xa3\xed\xa0\x80"), BAD, "StopTask is not"),
    ("a lone surrogate in text", with_stop(reason="@@@").replace(b"@@@", b"\xed\xbf\xbf"), BAD, "StopTask is not"),
    ("a lone surrogate in a name", raw_framed("StopTask", b"\x81\xa3\xed\xa0\x80\xa1a"), BAD, "StopTask is not"),
    ("overlong UTF-8", with_stop(reason="@@").replace(b"@@", b"\xc0\x80"), BAD, "StopTask is not"),
    ("Latin-1", with_stop(reason="@").replace(b"@", b"\xe9"), BAD, "StopTask is not"),
    ("true as a number", with_step(step_num=True), BAD, "got `bool`"),
    ("a number as true", framed("ListSteps", {"session_id": "a", "last": 1}), BAD, "got `int`"),
    ("a whole float as an integer", with_step(step_num=1.0), BAD, "got `float`"),
    ("step 0", with_step(step_num=0), BAD, ">= 1"),
    ("step -1", with_step(step_num=-1), BAD, ">= 1"),
    ("step 2**31", with_step(step_num=1 << 31), BAD, "<= 2147483647"),
    ("tokens beyond 64 bits", with_step(prompt_tokens=(1 << 64) - 1), BAD, "<= 9223372036854775807"),
    ("tokens 2**63", with_step(prompt_tokens=1 << 63), BAD, "<= 9223372036854775807"),
    ("tokens -1", with_step(prompt_tokens=-1), BAD, ">= 0"),
    ("a time of NaN", with_step(elapsed_s=float("nan")), BAD, "elapsed_s"),
    ("an infinite time", with_step(elapsed_s=float("inf")), BAD, "elapsed_s"),
    ("a time below 0", with_step(elapsed_s=-0.1), BAD, "elapsed_s"),
    ("a NaN of 32 bits", with_step(elapsed_s="@").replace(b"\xa1@", b"\xca\x7f\xc0\0\0"), BAD, "elapsed_s"),
    ("a deadline of NaN", with_stop(deadline=float("nan")), BAD, "deadline"),
    ("an infinite deadline", with_stop(deadline=float("inf")), BAD, "deadline"),
    ("a deadline as text", with_stop(deadline="soon"), BAD, "deadline"),
    ("an extension in a field", with_stop(reason=msgpack.ExtType(1, b"x")), BAD, "got `ext`"),
    ("a time stamp in a field", with_step(elapsed_s=msgpack.Timestamp(1)), BAD, "got `ext`"),
    ("a state that there is not", framed("ListTasks", {"state": "PAUSED"}), BAD, "Invalid enum value"),
    ("an event that there is not", framed("WriteRecords", {"records": [
        {"type": "ChangeState", "session_id": "a", "event": "exploded"}]}), BAD, "Invalid enum value"),
    ("no records", framed("WriteRecords", {"records": []}), BAD, "length >= 1"),
    ("65 records", framed("WriteRecords", {"records": [STEP] * 65}), BAD, "length <= 64"),
    ("a record without its type", framed("WriteRecords", {"records": [{"session_id": "a"}]}), BAD, "`type`"),
    ("a request as a record", framed("WriteRecords", {"records": [{"type": "Hello"}]}), BAD, "Invalid value 'Hello'"),
    ("a record that is a list", framed("WriteRecords", {"records": [[1]]}), BAD, "got `array`"),
    ("a picture of no bytes", with_step(picture={"digest": "0" * 64, "size_bytes": 0, "width": 1, "height": 1}), BAD,
     "size_bytes"),
    ("a picture of 17 MiB", with_step(picture={"digest": "0" * 64, "size_bytes": 17 << 20, "width": 1, "height": 1}),
     BAD, "size_bytes"),
    ("a digest in capitals", with_step(picture={"digest": "A" * 64, "size_bytes": 1, "width": 1, "height": 1}), BAD,
     "digest"),
    ("a thumbnail over 64 KiB", with_step(thumbnail=b"x" * 65_537), BAD, "thumbnail"),
    ("a task without text", framed("SubmitTask", {"task": {"session_id": "a", "task_description": ""}}), BAD,
     "length >= 1"),
    ("a task of 65,537 letters", framed("SubmitTask", {"task": {"session_id": "a", "task_description": "x" * 65537}}),
     BAD, "length <= 65536"),
    ("max steps 0", framed("SubmitTask", {"task": {"session_id": "a", "task_description": "x", "max_steps": 0}}), BAD,
     "max_steps"),
    ("a time limit of 0", framed("SubmitTask", {"task": {"session_id": "a", "task_description": "x",
                                                         "time_limit_s": 0.0}}), BAD, "time_limit_s"),
    ("claim 0", framed("ClaimTask", {"claim": 0}), BAD, ">= 1"),
    ("a device with a space", framed("HoldDevice", {"device_id": "a b"}), BAD, "device_id"),
    ("a page of 0", framed("ListTasks", {"limit": 0}), BAD, "limit"),
    ("a page of 1,001", framed("ListTasks", {"limit": 1001}), BAD, "limit"),
    ("a list 17 levels deep", with_stop(reason=nested(17)), BAD, "got `array`"),
    ("a list 900 levels deep", with_stop(reason=nested(900)), BAD, "got `array`"),
    ("a list 100,000 levels deep", raw_framed("StopTask", b"\x91" * 100_000 + b"\xc0"), BAD, "a frame is not"),
    ("a depth in an unknown field", raw_framed("StopTask", b"\x81\xa1x" + b"\x91" * 200 + b"\xc0"), BAD,
     "unknown field"),
]  # fmt: skip

BOMBS = [
    ("empty lists in the body", raw_framed("StopTask", b"\xdd" + struct.pack(">I", 4_000_000) + b"\x90" * 4_000_000)),
    ("empty lists in a field", raw_framed("StopTask", b"\x81\xa6reason\xdd" + struct.pack(">I", 4_000_000)
                                          + b"\x90" * 4_000_000)),
    ("empty lists as the envelope", b"\xdd" + struct.pack(">I", 4_000_000) + b"\x90" * 4_000_000),
    ("short texts as agents", raw_framed("ClaimTask", b"\x81\xa6agents\xdd" + struct.pack(">I", 1_300_000)
                                         + b"\xa2ab" * 1_300_000)),
    ("unknown fields", framed("StopTask", {f"f{n}": n for n in range(300_000)})),
    ("the same field", raw_framed("StopTask", b"\xdf" + struct.pack(">I", 100_000) + b"\xaasession_id\xa1a" * 100_000)),
    ("65,536 texts as agents", raw_framed("ClaimTask", b"\x82\xa5claim\x01\xa6agents\xdd" + struct.pack(">I", 65_536)
                                          + b"".join(msgpack.packb(f"{n:050d}") for n in range(65_536)))),
    ("a text of 4 MiB", framed("StopTask", {"session_id": "a" * (MAX_FRAME - 100)})),
]  # fmt: skip


def decoded(frame: bytes) -> tuple[Message | None, ErrorCode | None]:
    """What `frame` says, or the code of its refusal; every other exception is a failure of the test."""
    try:
        return decode(frame).message, None
    except StepwellError as error:
        return None, error.code


def table(cases: Iterable[tuple[Any, ...]]) -> list[Any]:
    return [pytest.param(*case[1:], id=case[0]) for case in cases]


@pytest.mark.parametrize(("frame", "code", "said"), table(SHAPES + FIELDS))
def test_a_bad_frame_is_refused_with_its_code_and_reason(frame: bytes, code: ErrorCode, said: str) -> None:
    with pytest.raises(BadInputError) as caught:
        decode(frame)
    assert caught.value.code is code
    assert said in caught.value.message
    assert len(caught.value.message) < 500
    assert not caught.value.retryable
    assert bool(caught.value.remedy) == (code is VERSION)


def test_the_frames_that_the_bad_ones_are_made_of_are_good() -> None:
    assert decode(with_stop()).message == StopTask(session_id="a", deadline=1.0)
    assert decode(with_step()).message == WriteRecords(records=(BeginStep(session_id="a", step_num=1),))
    assert decode(raw_framed("StopTask", b"\x81\xaasession_id\xa1a")).message == StopTask(session_id="a")
    assert decode(with_stop(deadline=1)).message == StopTask(session_id="a", deadline=1.0), "whole seconds are seconds"


def test_fields_may_come_in_any_order() -> None:
    """A client in another language need not write what Python writes."""
    turned = dict(reversed(list((STEP | {"thinking": "x"}).items())))
    found = decode(framed("WriteRecords", {"records": [turned]})).message
    assert found == WriteRecords(records=(BeginStep(session_id="a", step_num=1, thinking="x"),))


@pytest.mark.parametrize("frame", table(BOMBS))
def test_a_bomb_allocates_no_more_than_its_size_warrants(frame: bytes) -> None:
    assert len(frame) <= MAX_FRAME
    tracemalloc.start()
    try:
        kept, _ = decoded(frame)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY, f"{peak:,} bytes"
    assert kept is None or isinstance(kept, ClaimTask)


PEEKED = [
    ("a good frame", with_stop(), 7),
    ("an unknown type", framed("NoSuch", {}), 7),
    ("another version", pack(2, "StopTask", 9, *ME, STOP, "more"), 9),
    ("a bad body", with_stop(reason=5), 7),
    ("nothing", b"", 0),
    ("no array", msgpack.packb({"id": 7}), 0),
    ("two parts", pack(1, "StopTask"), 0),
    ("true", framed("StopTask", STOP, number=True), 0),
    ("below 0", framed("StopTask", STOP, number=-7), 0),
    ("beyond 64 bits", framed("StopTask", STOP, number=1 << 63), 0),
    ("a list", framed("StopTask", STOP, number=nested(900)), 0),
    ("too many parts", pack(*range(17)), 0),
    ("too large", with_step(thinking="x" * MAX_FRAME), 0),
    ("too deep", framed("StopTask", 5)[:-1] + b"\x91" * 100_000 + b"\xc0", 0),
]


@pytest.mark.parametrize(("frame", "number"), table(PEEKED))
def test_the_id_of_a_refused_frame_is_found_when_it_has_one(frame: bytes, number: int) -> None:
    assert peek_id(frame) == number


def good_frames() -> list[bytes]:
    picture = Picture(digest="0a" * 32, size_bytes=5, width=1, height=2)
    step = BeginStep(session_id="a1", step_num=3, picture=picture, thinking="tap\\u0000 it", thumbnail=b"\0\1")
    done = FinishStep(session_id="a1", step_num=3, outcome=Outcome.DONE, execution_time=0.5)
    note = AddNote(session_id="a1", note_id="n", text="späť")
    state = ChangeState(session_id="a1", event=TaskEvent.FAILED, reason="no")
    messages: list[Message] = [
        WriteRecords(records=(step, done, note, state)),
        RecordsWritten(results=(Accepted(seq=5),)),
        SubmitTask(task=NewTask(session_id="a1", task_description="x", time_limit_s=5.0), deadline=1.0),
        ClaimTask(claim=1, agents=("phone", "script")),
    ]
    return [encode(Identity(*ME), message, 1) for message in messages]


def mutated(frame: bytes, dice: random.Random) -> bytes:
    data = bytearray(frame)
    for _ in range(dice.choice((1, 1, 2, 8))):
        at = dice.randrange(len(data))
        kind = dice.randrange(5)
        if kind == 0:
            data[at] = dice.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 2:
            del data[at : at + dice.randrange(1, 9)]
        elif kind == 3:
            data[at:at] = dice.randbytes(dice.randrange(1, 9))
        else:
            data[at:at] = data[dice.randrange(len(data)) :][:16]
        if not data:
            return b""
    return bytes(data)


@pytest.mark.parametrize("count", [40_000, pytest.param(1_000_000, marks=pytest.mark.faults)])
def test_mutated_frames_are_decoded_or_refused_and_nothing_else(count: int) -> None:
    dice, frames = random.Random(count), good_frames()
    refused = 0
    for n in range(count):
        frame = mutated(frames[n % len(frames)], dice)
        message, code = decoded(frame)
        if message is None:
            refused += 1
            assert code in (BAD, VERSION)
        else:  # what was let in is good itself
            assert decode(encode(Identity(*ME), message, 1)).message == message
    assert count * 0.5 < refused < count
