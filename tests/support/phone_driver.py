"""Hands and eyes for tests of the simulated phone: tap a node by its id, read the nodes out of a PNG."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin

from demo.phone.fonts import Fonts
from demo.phone.phone import Phone
from demo.phone.scene import NODES_KEYWORD, Node
from demo.phone.state import StartOptions, starting_state

if TYPE_CHECKING:
    from pathlib import Path

FONTS = Fonts()
NOON = time.strptime("2026-06-15 12:00", "%Y-%m-%d %H:%M")  # a screen that changes by itself cannot be compared


def make_phone(folders: list[Path] | None = None, **options: Any) -> Phone:
    """A phone in memory; `options` as of StartOptions."""
    fonts = FONTS if folders is None else Fonts(folders)
    return Phone(starting_state(StartOptions(**options)), fonts, lambda: NOON)


def find(phone: Phone, node_id: str) -> Node:
    """The node on the screen, or a failure that names what is there."""
    nodes = {node.id: node for node in phone.scene().nodes}
    assert node_id in nodes, f"{node_id} is not on the screen, but {sorted(nodes)}"
    return nodes[node_id]


def visible(phone: Phone, node_id: str) -> bool:
    return any(node.id == node_id for node in phone.scene().nodes)


def middle(bounds: tuple[int, int, int, int] | list[int]) -> tuple[int, int]:
    return (bounds[0] + bounds[2]) // 2, (bounds[1] + bounds[3]) // 2


def tap(phone: Phone, *node_ids: str) -> None:
    for node_id in node_ids:
        phone.tap(*middle(find(phone, node_id).bounds))


def nodes_in(png: bytes) -> dict[str, Any]:
    """What the screenshot says of its nodes; the picture is decoded whole, so that a torn one fails."""
    with Image.open(io.BytesIO(png)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        image.load()
        found: dict[str, Any] = json.loads(image.text[NODES_KEYWORD])
        return found
