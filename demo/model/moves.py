"""The replies of the scripted model, in AutoGLM's form: a sentence or two of thinking and one action.

Pure. Called by the policy and its players.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from demo.model.screen import Node, Screen

Point: TypeAlias = tuple[int, int]


class Move(msgspec.Struct, frozen=True):
    """One reply; `call` is written in the model's action language."""

    thinking: str
    call: str

    def render(self) -> str:
        """Return the text that goes over the wire."""
        return f"<think>{self.thinking}</think><answer>{self.call}</answer>"


def tap(thinking: str, point: Point) -> Move:
    """Touch a point."""
    return Move(thinking, f'do(action="Tap", element=[{point[0]},{point[1]}])')


def swipe(thinking: str, start: Point, end: Point) -> Move:
    """Drag a finger."""
    return Move(thinking, f'do(action="Swipe", start=[{start[0]},{start[1]}], end=[{end[0]},{end[1]}])')


def scroll(thinking: str, screen: Screen, scrollable: Node, *, down: bool) -> Move:
    """Drag a list by about half its height; `down` brings what is further down."""
    left, top, right, bottom = scrollable.bounds
    across = screen.relative((left + right) / 2, 0)
    low = screen.relative(top + (bottom - top) * 0.75, 1)
    high = screen.relative(top + (bottom - top) * 0.25, 1)
    start, end = ((across, low), (across, high)) if down else ((across, high), (across, low))
    return swipe(thinking, start, end)


def type_text(thinking: str, text: str) -> Move:
    """Replace the content of the focused field."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return Move(thinking, f'do(action="Type", text="{escaped}")')


def launch(thinking: str, app: str) -> Move:
    """Bring an app to the front."""
    return Move(thinking, f'do(action="Launch", app="{app}")')


def back(thinking: str) -> Move:
    """Press the Back key."""
    return Move(thinking, 'do(action="Back")')


def home(thinking: str) -> Move:
    """Press the Home key."""
    return Move(thinking, 'do(action="Home")')


def finish(thinking: str, message: str) -> Move:
    """Report success."""
    return Move(thinking, f'finish(message="{_plain(message)}")')


def give_up(thinking: str, message: str) -> Move:
    """End the task without success."""
    return Move(thinking, f'finish(message="{_plain(message)}", success=false)')


def _plain(message: str) -> str:
    return message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
