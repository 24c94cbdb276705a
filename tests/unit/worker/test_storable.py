"""Whatever an agent says can be stored: nothing is refused, what fits is unchanged, what is cut says so."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from shared.identity import Identity
from shared.messages import BeginStep, WriteRecords
from shared.wire import MAX_FRAME, decode, encode
from worker.storable import (
    JSON_BYTES,
    REPLY_BYTES,
    THINKING_BYTES,
    storable_count,
    storable_json,
    storable_line,
    storable_seconds,
    storable_text,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)


@given(ANY_TEXT)
def test_any_text_becomes_storable_and_good_text_stays_as_it_is(text):
    stored = storable_text(text)
    stored.encode()
    assert "\0" not in stored
    if "\0" not in text and not any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        assert stored == text


@given(ANY_TEXT, st.integers(200, 600))
def test_a_text_never_exceeds_its_limit_in_bytes_and_a_cut_one_is_marked(text, limit):
    stored = storable_text(text * 5, limit)
    assert len(stored.encode()) <= limit
    if len((text * 5).encode("utf-8", "backslashreplace")) > limit * 2:
        assert "sha256" in stored


@given(ANY_TEXT)
def test_json_stays_json(text):
    stored = storable_json(json.dumps({"action": "Type", "text": text}, ensure_ascii=False))
    assert json.loads(stored)["action"] == "Type"


def test_json_that_is_too_long_becomes_an_object_that_says_so():
    stored = storable_json(json.dumps({"text": '"' * JSON_BYTES}))
    assert len(stored.encode()) <= JSON_BYTES
    assert set(json.loads(stored)) == {"cut", "bytes", "sha256"}


def test_a_record_of_the_longest_texts_fits_a_frame():
    huge = "漢\0" * (1 << 20)
    record = BeginStep(
        session_id="s",
        step_num=1,
        thinking=storable_text(huge, THINKING_BYTES),
        reply=storable_text(huge, REPLY_BYTES),
        screenshot_analysis=storable_text(huge),
        action=storable_json(huge),
        action_params=storable_json(huge),
        current_app=storable_line(huge),
        thumbnail=b"x" * (1 << 16),
    )
    frame = encode(Identity("worker-1", "ab"), WriteRecords(records=(record,)), 1)
    assert len(frame) < MAX_FRAME
    assert decode(frame).message == WriteRecords(records=(record,))


def test_a_line_is_one_line():
    assert storable_line("a\nb\r\n\tc") == "a b c"
    assert len(storable_line("漢" * 9000)) <= 4096


def test_numbers_that_are_none_become_unknown():
    assert storable_seconds(math.nan) is None
    assert storable_seconds(math.inf) is None
    assert storable_seconds(-1.0) is None
    assert storable_seconds(2) == 2.0
    assert storable_count(-1) is None
    assert storable_count(1 << 70) is None
    assert storable_count(7) == 7
