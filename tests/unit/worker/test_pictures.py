"""Screenshots are looked at without trust: whole PNGs pass, everything else is named."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from worker.pictures import NotAPicture, Thumbnails, look_at, make_thumbnail


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def test_a_whole_picture_is_described(png):
    picture = look_at(png)
    assert (picture.width, picture.height, picture.size_bytes) == (108, 240, len(png))
    assert picture.digest == hashlib.sha256(png).hexdigest()


@given(st.integers(0, 5000))
def test_a_picture_that_breaks_off_anywhere_is_none(cut):
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "PNG")
    whole = out.getvalue()
    if cut < len(whole):
        with pytest.raises(NotAPicture):
            look_at(whole[:cut])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"Failed to take screenshot", "not a PNG"),
        (header(1080, 2400)[:-1] + b"\0" + chunk(b"IEND", b""), "damaged"),
        (header(0, 10) + chunk(b"IEND", b""), "not a screen's"),
        (header(20_000, 10) + chunk(b"IEND", b""), "not a screen's"),
        (header(16_000, 16_000) + chunk(b"IEND", b""), "not a screen's"),
        (header(10, 10) + struct.pack(">I", 1 << 31) + b"IDAT", "breaks off"),
        (header(10, 10), "breaks off"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (17 << 20), "limit"),
    ],
)
def test_what_is_no_whole_picture_is_named(data, said):
    with pytest.raises(NotAPicture, match=said):
        look_at(data)


def test_a_thumbnail_is_a_small_jpeg_even_of_noise(png):
    thumbnails = Thumbnails()
    try:
        data = thumbnails.of(png) or make_thumbnail(png)
        assert thumbnails.of(png)
    finally:
        thumbnails.close()
    assert len(data) <= 32 << 10
    with Image.open(io.BytesIO(data)) as small:
        assert small.format == "JPEG"
        assert small.width == 240


def test_what_cannot_be_decoded_has_no_thumbnail():
    assert make_thumbnail(header(10, 10) + chunk(b"IDAT", b"rubbish") + chunk(b"IEND", b"")) == b""
