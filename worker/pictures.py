"""Looks at screenshots without trusting them: is it a whole PNG, how large, and a thumbnail for lists.

The check reads the chunks and their checksums and decodes nothing; sizes are checked before anything is decoded.
Pillow is loaded only when the first thumbnail is made (10 MB), and thumbnails are made in a thread of their own, while
the model thinks: a step waits for its thumbnail only shortly, because it can be rebuilt from the picture.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Final

from shared.logs import get_logger
from shared.messages import Picture
from shared.settings import THUMBNAIL_WAIT_S
from shared.wire import MAX_PICTURE

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SIDE_MAX: Final = 16384
_PIXELS_MAX: Final = 64 << 20  # a phone has 4 million; decoding more would take the worker's memory
_CHUNK_FRAME: Final = 12  # length, type and checksum around a chunk's data
_THUMB_WIDTH: Final = 240
_THUMB_BYTES: Final = 32 << 10
_QUALITIES: Final = (70, 50, 30, 10)


class NotAPicture(ValueError):  # noqa: N818 - a fact about bytes
    """The bytes are no whole PNG that can be stored; the sentence says why."""


def look_at(png: bytes) -> Picture:
    """Return what a record says of the picture; raises NotAPicture."""
    if not png.startswith(_SIGNATURE):
        raise NotAPicture("it is not a PNG" if png else "it is empty")
    if len(png) > MAX_PICTURE:
        raise NotAPicture(f"it has {len(png):,} bytes; the limit is {MAX_PICTURE:,}")
    width, height = _walk(png)
    if not (1 <= width <= _SIDE_MAX and 1 <= height <= _SIDE_MAX and width * height <= _PIXELS_MAX):
        raise NotAPicture(f"its size of {width} by {height} pixels is not a screen's")
    return Picture(digest=hashlib.sha256(png).hexdigest(), size_bytes=len(png), width=width, height=height)


def _walk(png: bytes) -> tuple[int, int]:
    """Check every chunk up to IEND; return width and height."""
    at, size = len(_SIGNATURE), (0, 0)
    while at + _CHUNK_FRAME <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind = png[at + 4 : at + 8]
        end = at + _CHUNK_FRAME + length
        if end > len(png):
            break
        if zlib.crc32(memoryview(png)[at + 4 : end - 4]) != struct.unpack_from(">I", png, end - 4)[0]:
            raise NotAPicture(f"its chunk {kind!r} is damaged")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", png, at + 8)
        if kind == b"IEND":
            return size
        at = end
    raise NotAPicture(f"it breaks off after {len(png):,} bytes")


def make_thumbnail(png: bytes) -> bytes:
    """Return a JPEG, 240 pixels wide and at most 32 KB, of a picture that `look_at` found good; b'' when it cannot."""
    from PIL import Image  # noqa: PLC0415 - 10 MB that a worker without a device never needs

    try:
        with Image.open(io.BytesIO(png)) as opened:
            height = max(1, opened.height * _THUMB_WIDTH // opened.width)
            small = opened.convert("RGB").resize((_THUMB_WIDTH, min(height, 4 * _THUMB_WIDTH)), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        get_logger().warning("no thumbnail could be made", error=str(error))
        return b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        small.save(out, "JPEG", quality=quality)
        if out.tell() <= _THUMB_BYTES:
            return out.getvalue()
    return b""


class Thumbnails:
    """Makes the newest picture's thumbnail in the background."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="thumbnail")
        self._png = b""
        self._made: Future[bytes] | None = None

    def begin(self, png: bytes) -> None:
        """Start on the thumbnail of `png`, so that it is there when its step begins."""
        if png is not self._png:
            self._png = png
            self._made = self._pool.submit(make_thumbnail, png)

    def of(self, png: bytes) -> bytes:
        """Return the thumbnail of `png`, or b'' when it takes too long."""
        self.begin(png)
        if self._made is None:
            return b""
        try:
            return self._made.result(THUMBNAIL_WAIT_S)
        except NotYet:
            return b""

    def close(self) -> None:
        """Forget the picture and end the thread."""
        self._png, self._made = b"", None
        self._pool.shutdown(wait=False, cancel_futures=True)
