"""What an outside program may say: strict, bounded, and refused with a sentence."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadInputError
from shared.outside_program import Program, program_of, program_text, read_program
from worker.agents.command.lines import LINE_MAX, Act, BadLine, Begin, Finish, LineSplitter, read_line
from worker.agents.device_action import Tap


def test_each_line_is_read_as_what_its_type_says():
    assert read_line(b'{"type":"act","action":{"action":"tap","x":1,"y":2}}') == Act(Tap(1, 2))
    assert read_line(b'{"type":"begin","action":{"mine":[1]},"thinking":"so"}') == Begin({"mine": [1]}, "so")
    assert read_line(b' {"message":"\\u4f60","type":"finish"} ') == Finish("你")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "truncated"),
        (b"hello", "malformed"),
        (b"[]", "Expected `object`"),
        (b'{"type":"fly"}', "fly"),
        (b'{"message":"x"}', "missing required field `type`"),
        (b'{"type":"note"}', "missing required field `text`"),
        (b'{"type":"note","text":"x","more":1}', "unknown field `more`"),
        (b'{"type":"note","text":"\xff"}', "utf-8"),
        (b'{"type":"act","action":{"action":"tap","x":1.5,"y":2}}', "action.x"),
        (b'{"type":"act","action":{"action":"tap","x":-1,"y":2}}', "action.x"),
        (b'{"type":"act","action":{"action":"tap","x":1}}', "`y`"),
        (b'{"type":"act","action":{"action":"wait","seconds":61}}', "seconds"),
        (b'{"type":"act","action":{"action":"wait","seconds":NaN}}', "malformed"),
        (b'{"type":"end","outcome":"perfect"}', "perfect"),
        (b'{"type":"begin","action":' + b'{"a":' * 16 + b"1" + b"}" * 17, "more than 16 deep"),
        (b"[" * 500_000, "more than 16 deep"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(raw, said):
    with pytest.raises(BadLine, match=said):
        read_line(raw)


def test_values_may_be_nested_as_deep_as_the_limit_and_brackets_in_texts_do_not_count():
    assert isinstance(read_line(b'{"type":"begin","action":' + b'{"a":' * 15 + b"1" + b"}" * 16), Begin)
    assert isinstance(read_line(b'{"type":"note","text":"' + b"[{" * 1000 + b'\\"["}'), object)


def test_a_hostile_line_costs_little_time():
    begun = time.monotonic()
    for raw in (b"[]" * 400_000, b'"\\' * 500_000, b'\\"' * 500_000, b'"' + b"\\" * 1_000_000, b'"x"' * 300_000):
        with pytest.raises(BadLine):
            read_line(raw)
    assert time.monotonic() - begun < 5


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(raw):
    with contextlib.suppress(BadLine):
        read_line(raw)


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 9))
def test_lines_come_out_whole_whatever_the_pieces(lines, size):
    data = b"".join(line + b"\n" for line in lines) + b"rest"
    splitter = LineSplitter()
    got = [line for at in range(0, len(data), size) for line in splitter.feed(data[at : at + size])]
    assert got == lines
    assert splitter.rest == b"rest"


def test_a_line_over_the_limit_is_told_as_too_long_and_the_next_is_whole():
    splitter = LineSplitter()
    assert splitter.feed(b"x" * LINE_MAX + b"\n") == [b"x" * LINE_MAX]
    assert splitter.feed(b"x" * (LINE_MAX + 1)) == []
    assert splitter.rest == b""
    assert splitter.feed(b"more\nnext\n") == [None, b"next"]


def test_a_command_is_split_as_a_shell_would_and_reads_back_from_the_record():
    program = program_of("python3 'my agent.py' --x=\"1 2\"", "/tmp")
    assert program.argv == ("python3", "my agent.py", "--x=1 2")
    assert read_program(program_text(program)) == program
    assert str(Program(("a b", "c"), "/")) == "'a b' c"


@pytest.mark.parametrize("text", ["", "{}", '{"argv":[],"directory":"/"}', '{"argv":[""],"directory":"/"}'])
def test_a_task_that_names_no_program_is_refused(text):
    with pytest.raises(BadInputError, match="names no program"):
        read_program(text)


@pytest.mark.parametrize(("command", "folder"), [("", "/"), ("a 'b", "/"), ("a", "relative"), ("a\0b", "/")])
def test_a_command_that_names_no_program_is_refused(command, folder):
    with pytest.raises(BadInputError):
        program_of(command, folder)
