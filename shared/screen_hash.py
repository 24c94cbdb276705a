"""How alike two pictures of a screen are: a difference hash, which small changes (a clock, a typed word) hardly touch.

The picture is shrunk to 17 × 16 grey cells; each of the 256 bits says whether a cell is brighter than the one to its
right. The distance is the share of bits that differ: on the demo's screens at most 0.05 for the same page with other
contents, at least 0.12 for another page. Used by the rerun agent and by whoever plans a rerun.
"""

from __future__ import annotations

import io
from typing import Final

_SIDE: Final = 16
BITS: Final = _SIDE * _SIDE
HEX_DIGITS: Final = BITS // 4
_PIXELS_MAX: Final = 64 << 20  # as worker/pictures.py: decoding more would take the process's memory


def hash_of(png: bytes) -> tuple[str, tuple[int, int]]:
    """Return a picture's hash, hexadecimal, and its width and height; ValueError when it cannot be decoded."""
    from PIL import Image  # noqa: PLC0415 - 10 MB that few processes need

    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            size = picture.size
            if size[0] * size[1] > _PIXELS_MAX:
                raise ValueError(f"its size of {size[0]} by {size[1]} pixels is not a screen's")
            cells = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX).tobytes()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the picture cannot be decoded: {error}") from None
    bits = 0
    for row in range(_SIDE):
        at = row * (_SIDE + 1)
        for column in range(at, at + _SIDE):
            bits = bits << 1 | (cells[column] > cells[column + 1])
    return f"{bits:0{HEX_DIGITS}x}", size


def distance(one: str, other: str) -> float:
    """Return how much two hashes differ: 0.0 alike, 1.0 nothing in common."""
    return (int(one, 16) ^ int(other, 16)).bit_count() / BITS
