"""Takes screenshots out of the store's folder, each looked at before it goes into an export.

A picture that is not there, or is not the one whose digest its step names, is left out and named. Sizes are read from
the PNG itself, without decoding it. Called by run.py. Must not write into the home.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

_PATH: Final = re.compile(r"screenshots/[A-Za-z0-9_-]{1,64}/[A-Za-z0-9._-]{1,128}\Z")
_MAX_BYTES: Final = 16 << 20  # what a record may name (messages.Picture)
_IHDR: Final = struct.Struct(">8s4x4sII")
_PNG: Final = b"\x89PNG\r\n\x1a\n"


class Taken(Struct, frozen=True):
    """A picture as it was found: its bytes, and its size in pixels (0: it is no PNG)."""

    data: bytes
    width: int
    height: int


def take_picture(home: Path, path: str, digest: str | None) -> Taken | None:
    """Return the picture that a row names; None when it is not there, or is another one."""
    if not _PATH.match(path):
        return None
    try:
        descriptor = os.open(home / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if not data or len(data) > _MAX_BYTES or (digest and hashlib.sha256(data).hexdigest() != digest):
        return None
    return Taken(data, *_size(data))


def _size(data: bytes) -> tuple[int, int]:
    if len(data) < _IHDR.size:
        return 0, 0
    magic, kind, width, height = _IHDR.unpack_from(data)
    return (width, height) if magic == _PNG and kind == b"IHDR" else (0, 0)
