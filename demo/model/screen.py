"""What the scripted model sees: the list of nodes that the simulated phone writes into its pictures.

The list stands in a PNG text chunk (`iTXt`, keyword `stepwell-demo-nodes`). This is the demo's crutch, and the docs say
so; a real model looks at the pixels, and the product passes pictures through without ever reading the chunk. Bad input
is an error with a reason, never a guess. Called by `policy.py`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Iterator

NODES_KEYWORD: Final = b"stepwell-demo-nodes"
PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_NODES_BYTES: Final = 1 << 20  # a screen of the simulated phone has some 10 KiB
GRID: Final = 1000  # the model's coordinates: 0 to 999 on both axes


class NoScreenError(Exception):
    """The picture does not say what is on the screen; the sentence says why."""


class Node(msgspec.Struct, frozen=True):
    """One thing on the screen; `bounds` are left, top, right, bottom in device pixels."""

    id: str
    bounds: tuple[int, int, int, int]
    text: str = ""
    desc: str = ""
    checked: bool | None = None
    focused: bool = False
    scrollable: bool = False


class Screen(msgspec.Struct, frozen=True):
    """The screen of the simulated phone at one moment; unknown fields of its list are ignored."""

    package: str
    size: tuple[Annotated[int, Meta(gt=0)], Annotated[int, Meta(gt=0)]]
    nodes: tuple[Node, ...]
    language: Literal["en", "zh"] = "en"
    keyboard: bool = False

    def node(self, node_id: str) -> Node | None:
        """Return the node with exactly this id, or None."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def under(self, prefix: str) -> list[Node]:
        """Return the nodes whose id begins with `prefix`, from top to bottom."""
        return sorted((node for node in self.nodes if node.id.startswith(prefix)), key=lambda node: node.bounds[1])

    def centre(self, node: Node) -> tuple[int, int]:
        """Return the middle of `node` in the model's coordinates."""
        left, top, right, bottom = node.bounds
        return (self.relative((left + right) / 2, 0), self.relative((top + bottom) / 2, 1))

    def relative(self, pixel: float, axis: int) -> int:
        """Return a device pixel on `axis` (0 across, 1 down) in the model's coordinates."""
        return min(max(round(pixel / self.size[axis] * GRID), 0), GRID - 1)


def read_screen(png: bytes) -> Screen:
    """Return what the picture says of itself; raise `NoScreenError` when it does not, or not readably."""
    for kind, data in _chunks(png):
        if kind == b"iTXt" and data.startswith(NODES_KEYWORD + b"\0"):
            try:
                return msgspec.json.decode(_text(data), type=Screen)
            except (msgspec.DecodeError, zlib.error, ValueError) as error:
                raise NoScreenError(f"the picture's list of nodes cannot be read: {error}") from error
    raise NoScreenError("the picture holds no list of nodes, so it is not one of the simulated phone")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and content of each chunk; see the PNG specification, section 5."""
    if not png.startswith(PNG_SIGNATURE):
        raise NoScreenError("the picture is not a PNG")
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        kind = png[position + 4 : position + 8]
        yield kind, png[position + 8 : position + 8 + length]
        if kind == b"IEND":
            return
        position += length + 12


def _text(data: bytes) -> bytes:
    """Return the text of an iTXt chunk: keyword, flag and method of compression, two names, then the text."""
    header = data[len(NODES_KEYWORD) + 1 :]
    _language, _, rest = header[2:].partition(b"\0")
    _translated, _, text = rest.partition(b"\0")
    if header[:1] == b"\x01":
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(text, MAX_NODES_BYTES)
        if unpacker.unconsumed_tail:
            raise ValueError("it is too long")
    return text
