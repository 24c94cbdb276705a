"""The screenshots of an older store: found wherever its paths may mean, read, and looked at whether they are whole.

A path stands there as the older program wrote it: relative to its folder or absolute, often in Windows form; the files
may have moved with the database, so they are looked for beside it by file name too. Nothing is written. Called by
plan.py.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.messages import Picture
from shared.wire import MAX_PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHUNK: Final = struct.Struct(">I4s")  # length and name; a checksum stands behind the data
_SIZE: Final = struct.Struct(">II")  # the beginning of IHDR
_CRC_BYTES: Final = 4
_SIDE_MAX: Final = 16384  # as of every Picture
_OTHERS: Final = ("JPEG", "WEBP", "BMP")  # what a .png may turn out to be; it becomes one
_PARTS_MAX: Final = 4  # of a path that are looked for beside the database


class Shot(Struct, frozen=True):
    """A screenshot, or why there is none. `converted`: what it was before it became a PNG, '' for a PNG."""

    data: bytes = b""
    picture: Picture | None = None
    missing: str = ""
    converted: str = ""


class Shots:
    """The screenshots of one database."""

    def __init__(self, database: Path) -> None:
        logs = database.parent
        self._bases = tuple(dict.fromkeys((logs.parent, logs, logs / "screenshots", logs.parent / "screenshots")))

    def find(self, named: str) -> Shot:
        """Return the screenshot that a row names; of several files that fit, the first one that is whole."""
        why = "its file is gone"
        for path in self._places(named):
            try:
                data = _read(path)
            except (OSError, ValueError):
                continue  # not there, or no name of a file
            shot = shot_of(data)
            if shot.picture is not None:
                return shot
            why = f"its file {shot.missing}"
        return Shot(missing=why)

    def _places(self, named: str) -> Iterator[Path]:
        if named.startswith("/"):
            yield Path(named)
        parts = [part for part in re.split(r"[/\\]+", named) if part not in ("", ".", "..")]
        for count in range(min(_PARTS_MAX, len(parts)), 0, -1):
            for base in self._bases:
                yield base.joinpath(*parts[-count:])


def shot_of(data: bytes) -> Shot:
    """Return what the bytes of a file are as a screenshot."""
    if not data:
        return Shot(missing="is empty")
    if len(data) > MAX_PICTURE:
        return Shot(missing=f"has {len(data):,} bytes, more than a screenshot may have")
    if not data.startswith(_SIGNATURE):
        return _of_another_kind(data)
    size = png_size(data)
    if size is None:
        return Shot(missing="is torn: the picture in it is not whole")
    if not all(1 <= side <= _SIDE_MAX for side in size):
        return Shot(missing=f"is no screenshot: {size[0]} × {size[1]} pixels")
    digest = hashlib.sha256(data).hexdigest()
    return Shot(data, Picture(digest=digest, size_bytes=len(data), width=size[0], height=size[1]))


def png_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG; None when it is not whole: a part is cut off or does not have its checksum."""
    place, size = len(_SIGNATURE), None
    while place + _CHUNK.size + _CRC_BYTES <= len(data):
        length, name = _CHUNK.unpack_from(data, place)
        end = place + _CHUNK.size + length
        body = data[place + _CRC_BYTES : end]  # the checksum covers the name too
        if data[end : end + _CRC_BYTES] != struct.pack(">I", zlib.crc32(body)):
            return None
        if size is None:
            if name != b"IHDR" or length < _SIZE.size:
                return None
            size = _SIZE.unpack_from(data, place + _CHUNK.size)
        if name == b"IEND":
            return size
        place = end + _CRC_BYTES
    return None


def _read(path: Path) -> bytes:
    """Return the bytes of a file, one more than a picture may have at most; OSError for what is no file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not hold us up
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no file")
        return file.read(MAX_PICTURE + 1)


def _of_another_kind(data: bytes) -> Shot:
    """Return a picture that only its name called a PNG, as one."""
    from PIL import Image  # noqa: PLC0415 - hardly ever needed

    into = io.BytesIO()
    kind = ""
    broken = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
    with contextlib.suppress(*broken), Image.open(io.BytesIO(data), formats=_OTHERS) as image:
        image.convert("RGB").save(into, "PNG")
        kind = str(image.format)
    if not kind or len(into.getvalue()) > MAX_PICTURE:
        return Shot(missing="is no picture that can be read")
    made = shot_of(into.getvalue())
    return Shot(made.data, made.picture, made.missing, kind)
