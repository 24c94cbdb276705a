"""Moves that every player needs: bringing an app to the front, leaving a page.

Pure. Called by the players.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from demo.model.moves import Move, back, home, launch, tap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.model.screen import Screen
    from demo.model.tasks import Language

APP_NAMES: Final[dict[str, dict[Language, str]]] = {
    "settings": {"en": "Settings", "zh": "设置"},
    "contacts": {"en": "Contacts", "zh": "联系人"},
}


def open_app(app: str, screen: Screen, history: Sequence[Move], language: Language) -> Move:
    """Return the move that brings `app` nearer: its icon when it is there, else its name, else the home screen."""
    name = APP_NAMES[app][screen.language]
    if icon := screen.node(f"home.{app}"):
        thinking = {
            "en": f"This is the home screen. The task begins in {name}, so I tap its icon.",
            "zh": f"现在是桌面。任务要从“{name}”开始，点它的图标。",
        }[language]
        return tap(thinking, screen.centre(icon))
    thinking = {
        "en": f"Another page is in front, and the task needs {name}. I open it.",
        "zh": f"前台是别的页面，而任务需要“{name}”，先把它打开。",
    }[language]
    move = launch(thinking, name)
    if was_last(history, move):
        thinking = {
            "en": f"{name} did not come to the front. I go to the home screen and look for its icon.",
            "zh": f"“{name}”没有出现在前台，先回到桌面找它的图标。",
        }[language]
        return home(thinking)
    return move


def leave_page(screen: Screen, history: Sequence[Move], language: Language) -> Move:
    """Return the move that goes one page up: the arrow when it is there and was not tried just now, else Back."""
    thinking = {
        "en": "What I need is not on this page, so I go one page back.",
        "zh": "这个页面上没有需要的内容，返回上一页。",
    }[language]
    if arrow := screen.node("nav.up"):
        move = tap(thinking, screen.centre(arrow))
        if not was_last(history, move):
            return move
    return back(thinking)


def was_last(history: Sequence[Move], move: Move) -> bool:
    """Tell whether the previous reply asked for the same; the client may have set blanks anew."""
    return bool(history) and same_call(history[-1].call, move.call)


def times(history: Sequence[Move], move: Move) -> int:
    """Return how often the same was asked for so far."""
    return sum(same_call(past.call, move.call) for past in history)


def same_call(one: str, other: str) -> bool:
    """Compare two calls without regard to blanks."""
    return re.sub(r"\s+", "", one) == re.sub(r"\s+", "", other)
