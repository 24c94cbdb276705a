"""The frames on the life-line: whole or in pieces, many at once, too long, and no configuration at all."""

from __future__ import annotations

import pytest

from shared.child_config import MAX_FRAME, ChildConfig, FrameReader, frame_of
from shared.errors import BadInputError, ErrorCode


def config(mark: str) -> ChildConfig:
    return ChildConfig(name="worker-1", incarnation="w0", home="/h", start_id="s", options={"mark": mark})


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_frame_in_pieces_is_put_together(size: int) -> None:
    data = frame_of(config("a")) + frame_of(config("b"))
    reader = FrameReader()
    found = [reader.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert [one for one in found if one][-1] == config("b")


def test_of_many_frames_at_once_only_the_newest_counts() -> None:
    reader = FrameReader()
    assert reader.feed(frame_of(config("a")) + frame_of(config("b")) + frame_of(config("c"))[:9]) == config("b")
    assert reader.feed(frame_of(config("c"))[9:]) == config("c")


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\2{}", b"\0\0\0\4nope", b"\0\0\0\0"])
def test_what_is_no_configuration_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="frame"):
        FrameReader().feed(data)


def test_a_configuration_that_no_child_would_take_is_not_sent() -> None:
    with pytest.raises(BadInputError) as refused:
        frame_of(config("x" * MAX_FRAME))
    assert refused.value.code is ErrorCode.TOO_LARGE
