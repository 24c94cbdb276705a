"""Which actions a person is asked about first: by the model's own mark, by words on the screen, by the app in front.

The words and packages are data (sensitive.toml). Pure: the screen's nodes come in; None means that they could not be
read. Called by the phone agent for each action that touches the phone.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from worker.agents.actions import Action, Back, DoubleTap, Home, Launch, LongPress, Swipe, Tap, Type, to_pixel
from worker.devices.nodes import words_under

if TYPE_CHECKING:
    from worker.devices.nodes import Node

_SHOWN: Final = 80  # characters of what is tapped, in the question
_CHANGES: Final = (Tap, DoubleTap, LongPress, Swipe, Type, Launch, Back, Home)
_TOUCHES: Final = (Tap, DoubleTap, LongPress, Swipe)


class _Words(Struct, frozen=True):
    under: re.Pattern[str]
    screen: re.Pattern[str]
    payment: frozenset[str]


def changes_phone(action: Action) -> bool:
    """Tell whether an action does anything to the phone."""
    return isinstance(action, _CHANGES)


def may_be_sensitive(action: Action) -> bool:
    """Tell whether the screen must be looked at to know whether an action is sensitive."""
    return isinstance(action, (*_TOUCHES, Type))


def why_sensitive(action: Action, size: tuple[int, int], app: str, nodes: tuple[Node, ...] | None) -> str:
    """Return the question that a person is asked before `action`, '' when it needs none."""
    if isinstance(action, Tap) and action.message is not None:
        return action.message or "The model marks this tap as sensitive."
    paying = app in _words().payment
    if isinstance(action, Type):
        return _typing(action, nodes, paying=paying)
    if isinstance(action, Tap | DoubleTap | LongPress | Swipe):
        point = action.start if isinstance(action, Swipe) else action.element
        unknown_asks = paying and not isinstance(action, Swipe)
        return _touching(words_under(nodes or (), *to_pixel(point, size)), nodes, app if unknown_asks else "")
    return ""


def _touching(under: str, nodes: tuple[Node, ...] | None, paying_app: str) -> str:
    if listed := _words().under.search(under):
        return f"It is about to touch “{under[:_SHOWN]}” ({listed.group(0)})."
    if (on_screen := _on_screen(nodes)) is not None:
        return f"The screen says “{on_screen}”; it is about to touch “{under[:_SHOWN] or 'something without a text'}”."
    if paying_app and not under:
        return f"{paying_app} is an app for paying, and what it is about to touch cannot be read."
    return ""


def _typing(action: Type, nodes: tuple[Node, ...] | None, *, paying: bool) -> str:
    on_screen = _on_screen(nodes)
    if on_screen is None and not paying:
        return ""
    where = "into an app for paying" if on_screen is None else f"where the screen says “{on_screen}”"
    return f"It is about to type “{action.text[:_SHOWN]}” {where}."


def _on_screen(nodes: tuple[Node, ...] | None) -> str | None:
    screen = _words().screen
    return next((found.group(0) for node in nodes or () if (found := screen.search(node.words))), None)


@cache
def _words() -> _Words:
    table = tomllib.loads(files("worker.agents").joinpath("sensitive.toml").read_text(encoding="utf-8"))
    return _Words(_any_of(table["under"]), _any_of(table["screen"]), frozenset(table["packages"]["payment"]))


def _any_of(lists: dict[str, list[str]]) -> re.Pattern[str]:
    """Return a pattern of all words: letters on both sides keep an English word from being found in another."""
    english = "|".join(re.escape(word) for word in sorted(lists["en"], key=len, reverse=True))
    chinese = "|".join(re.escape(word) for word in sorted(lists["zh"], key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{english})(?![a-z])|{chinese}", re.IGNORECASE)
