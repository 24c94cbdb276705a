"""What is on the screen, as the phone itself tells it: the nodes of `uiautomator dump`, without their tree. Pure.

Read by patterns, not by an XML parser: what a phone prints is not trusted, and half a dump is worth reading too.
Called by devices; nodes are looked at by agents and by the checks at a task's end.
"""

from __future__ import annotations

import html
import re
from typing import Final

from msgspec import Struct

_NODE: Final = re.compile(r"<node\b([^>]*)>")
_ATTRIBUTE: Final = re.compile(r'([a-z-]+)="([^"]*)"')
_BOUNDS: Final = re.compile(r"\[(-?\d{1,6}),(-?\d{1,6})\]\[(-?\d{1,6}),(-?\d{1,6})\]\Z")


class Node(Struct, frozen=True):
    """One node. `bounds`: left, top, right, bottom in pixels of the screen as it stands."""

    text: str = ""
    description: str = ""
    resource_id: str = ""
    clickable: bool = False
    bounds: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def words(self) -> str:
        """What the node says to a person."""
        return " ".join(part for part in (self.text, self.description) if part)

    @property
    def area(self) -> int:
        """Its size in pixels."""
        left, top, right, bottom = self.bounds
        return max(0, right - left) * max(0, bottom - top)

    def holds(self, x: int, y: int) -> bool:
        """Tell whether a point lies in it."""
        left, top, right, bottom = self.bounds
        return left <= x < right and top <= y < bottom

    def lies_in(self, other: Node) -> bool:
        """Tell whether it lies wholly in another one."""
        mine, theirs = self.bounds, other.bounds
        return theirs[0] <= mine[0] and theirs[1] <= mine[1] and mine[2] <= theirs[2] and mine[3] <= theirs[3]


def read_nodes(dump: str) -> tuple[Node, ...]:
    """Return the nodes of a dump, in its order."""
    return tuple(_node(found) for found in _NODE.findall(dump))


def words_under(nodes: tuple[Node, ...], x: int, y: int) -> str:
    """Return what the thing at a point says, '' when nothing there says anything.

    That is the smallest node that can be clicked there, with all that it holds; else the smallest that says something.
    """
    there = sorted((node for node in nodes if node.holds(x, y)), key=lambda node: node.area)
    button = next((node for node in there if node.clickable), None)
    if button is not None:
        return " ".join(node.words for node in nodes if node.words and node.lies_in(button))
    return next((node.words for node in there if node.words), "")


def _node(attributes: str) -> Node:
    found = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    bounds = _BOUNDS.match(found.get("bounds", ""))
    left, top, right, bottom = (int(number) for number in bounds.groups()) if bounds else (0, 0, 0, 0)
    return Node(
        text=found.get("text", ""),
        description=found.get("content-desc", ""),
        resource_id=found.get("resource-id", ""),
        clickable=found.get("clickable") == "true",
        bounds=(left, top, right, bottom),
    )
