"""What is on the screen at one moment: the shapes to draw, and the nodes that a person could point at.

A scene is a value: two equal scenes give the same picture, which is how `screen` knows that it need not draw again.
Apps make scenes through `page`; `draw` paints them; `phone` asks `hit` what a tap meant. No state lives here.
"""

from __future__ import annotations

import json
from typing import Final

import msgspec

WIDTH: Final = 1080
HEIGHT: Final = 2400
DENSITY: Final = 420
NODES_KEYWORD: Final = "stepwell-demo-nodes"  # of the PNG's text chunk

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the screen
Colour = tuple[int, int, int]
SCREEN: Final[Box] = (0, 0, WIDTH, HEIGHT)


class Fill(msgspec.Struct, frozen=True, tag=True):
    """A rectangle with round corners; Below 255, `alpha` lets what is behind shine through."""

    box: Box
    colour: Colour
    radius: int = 0
    alpha: int = 255


class Outline(msgspec.Struct, frozen=True, tag=True):
    """The border of a rectangle with round corners, `width` pixels thick, over `inner`."""

    box: Box
    colour: Colour
    inner: Colour
    radius: int
    width: int


class Gradient(msgspec.Struct, frozen=True, tag=True):
    """A wallpaper: from the colour at the top to the one at the bottom."""

    box: Box
    top: Colour
    bottom: Colour


class Text(msgspec.Struct, frozen=True, tag=True):
    """One line. `x` is its left, middle or right (`align`), `y` the middle of its capital letters."""

    x: int
    y: int
    text: str
    size: int
    colour: Colour
    align: str = "left"
    max_width: int = WIDTH


class Icon(msgspec.Struct, frozen=True, tag=True):
    """A drawing of `icons`, `size` pixels wide, its middle at x, y."""

    name: str
    x: int
    y: int
    size: int
    colour: Colour


Shape = Fill | Outline | Gradient | Text | Icon


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be seen or touched. `bounds` hold only what is visible of it."""

    id: str
    bounds: Box
    text: str = ""
    desc: str = ""
    kind: str = msgspec.field(default="android.widget.TextView", name="class")
    clickable: bool = False
    scrollable: bool = False
    checked: bool | None = None  # None: cannot be checked
    editable: bool = False
    focused: bool = False


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the screen. `shapes` are drawn in order; `nodes` belong to the window in front."""

    package: str
    activity: str
    language: str
    shapes: tuple[Shape, ...]
    nodes: tuple[Node, ...]
    keyboard: bool
    ime: str
    awake: bool = True

    def hit(self, x: int, y: int) -> Node | None:
        """Return the front-most touchable node at a point, or None."""
        return _front([node for node in self.nodes if node.clickable or node.editable], x, y)

    def scrollable_at(self, x: int, y: int) -> Node | None:
        """Return the list that a swipe from this point moves, or None."""
        return _front([node for node in self.nodes if node.scrollable], x, y)


def _front(nodes: list[Node], x: int, y: int) -> Node | None:
    """Return the last drawn node at the point."""
    return next((node for node in reversed(nodes) if contains(node.bounds, x, y)), None)


def contains(box: Box, x: int, y: int) -> bool:
    """Tell whether the point lies in the box; right and bottom edges do not belong to it."""
    left, top, right, bottom = box
    return left <= x < right and top <= y < bottom


def intersect(one: Box, other: Box) -> Box | None:
    """Return what both boxes share, or None."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def nodes_json(scene: Scene) -> str:
    """Return the text that the screenshot carries for the scripted model."""
    head = {
        "package": scene.package,
        "activity": scene.activity,
        "language": scene.language,
        "size": [WIDTH, HEIGHT],
        "keyboard": scene.keyboard,
        "ime": scene.ime,
        "nodes": msgspec.to_builtins(scene.nodes),
    }
    return json.dumps(head, ensure_ascii=False, separators=(",", ":"))
