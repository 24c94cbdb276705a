"""Looks through a list that is longer than the screen.

Pure. To know whether an end was reached it reads its own earlier replies, as a real model does: each names the edge of
the list that it saw, and when the same scroll shows the same edge again, there is no more. Called by the players.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from demo.model.moves import Move, scroll
from demo.model.play_apps import same_call
from demo.model.screen import Node, Screen
from demo.model.tasks import Language

if TYPE_CHECKING:
    from collections.abc import Sequence


_WAYS: Final = {
    ("en", True): ("down", "last"),
    ("en", False): ("up", "first"),
    ("zh", True): ("向下", "最后"),
    ("zh", False): ("向上", "最前"),
}


class Search(msgspec.Struct, frozen=True):
    """What is looked for (a name to stand in a sentence), in which list, by its rows that are on the screen.

    The search goes to one end and then to the other: `then_down` says which comes last. `at_top` is true when the
    rows themselves show that nothing is above them.
    """

    what: str
    language: Language
    screen: Screen
    scrollable: Node
    rows: list[Node]
    then_down: bool
    at_top: bool = False


def look_further(search: Search, history: Sequence[Move]) -> Move | None:
    """Return the scroll that shows more of the list, or None when all of it was seen."""
    if not search.scrollable.scrollable or not search.rows:
        return None
    scrolls = {down: _scroll(search, down=down) for down in (True, False)}
    past = next(
        (move for move in reversed(history) if any(same_call(move.call, s.call) for s in scrolls.values())), None
    )
    down = not search.then_down if past is None else same_call(past.call, scrolls[True].call)
    at_end = (search.at_top and not down) or (past is not None and _edge(past) == _edge(scrolls[down]))
    if not at_end:
        return scrolls[down]
    return None if down == search.then_down else scrolls[search.then_down]


def _scroll(search: Search, *, down: bool) -> Move:
    row = search.rows[-1] if down else search.rows[0]
    edge = (row.text or row.desc).strip().split("\n")[0]
    way, end = _WAYS[search.language, down]
    thinking = {
        "en": f"{search.what} is not on this part of the list. I look further {way}; the {end} one here is “{edge}”.",
        "zh": f"这一屏没有{search.what}，{way}继续找；这里{end}一个是“{edge}”。",
    }[search.language]
    return scroll(thinking, search.screen, search.scrollable, down=down)


def _edge(move: Move) -> str:
    return move.thinking.rpartition("“")[2]
