"""What each picture shows: a page, and what the window remembers when it shows it. Pure; used by make_pictures.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.state import PageName, Theme
    from picture_tools.demo import Demo
    from shared.settings import Language

PICTURES: Final = Path(__file__).resolve().parents[1] / "pictures"
SIZE: Final = (1280, 800)
SMALL: Final = (1200, 700)
BROAD: Final = (1720, 960)
TASKS: Final = {
    "dark": "Open Settings and turn on dark mode",
    "contact": "Add a contact 张三 with number 13800138000",
    "live": "Add a contact 李四 with number 13900139000",  # each name is new to the phone: else it has little to do
    "crashed": "Add a contact 王五 with number 13700137000",
    "declined": "Order a pizza for four",
    "zh": "打开设置并开启深色模式",
    "long": "Write to 王小明 that the meeting of the day after tomorrow begins at half past nine in the large room on"
    " the third floor, and that he should bring the figures of the last quarter, the ones that were corrected; " * 3,
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What a picture shows: a page, what else the window remembers (`more`), and how the window looks."""

    page: PageName
    more: Callable[[Demo], dict[str, Any]]
    theme: Theme = "light"
    language: Language = "en"
    scale: int = 1
    size: tuple[int, int] = SIZE
    empty: bool = False  # in a home in which nothing has happened yet
    kept: bool = True  # in docs/pictures; else only to be looked at


@dataclass(frozen=True, kw_only=True)
class Look:
    """How all pictures of a set shall look; None: as each of them is shown in docs."""

    folder: Path = PICTURES
    scale: int | None = None
    size: tuple[int, int] | None = None
    language: Language | None = None
    theme: Theme | None = None

    def of(self, name: str) -> Picture:
        """Return a picture as this set wants it."""
        wanted = {field: getattr(self, field) for field in ("scale", "size", "language", "theme")}
        return replace(SHOWN[name], **{field: value for field, value in wanted.items() if value is not None})


SHOWN: Final = {
    # A task was shown before: else the demo's first minute would follow the running one in RUN.
    "phones": Picture(page="phones", more=lambda demo: _at(demo, "dark", None)),
    "run-crashed": Picture(page="run", more=lambda demo: _at(demo, "crashed", None)),
    "history": Picture(page="history", more=lambda _demo: {"history": {"state": "FAILED"}}, size=SMALL),
    "statistics": Picture(page="history", more=lambda _demo: {"history": {"tab": "statistics"}}),
    "logs": Picture(page="history", more=lambda _demo: {"history": {"tab": "logs"}}, theme="dark"),
    "settings": Picture(page="settings", more=lambda _demo: {"settings": {"section": "general"}}, scale=2),
    "chinese": Picture(
        page="run", more=lambda demo: _at(demo, "zh", demo.step_with("zh", "Tap")), theme="dark", language="zh"
    ),
    "empty": Picture(page="phones", more=lambda _demo: {}, empty=True, size=SMALL),
    # Only to be looked at.
    "run-tap": Picture(
        page="run", more=lambda demo: _at(demo, "contact", demo.step_with("contact", "Tap")), kept=False
    ),
    "run-long": Picture(page="run", more=lambda demo: _at(demo, "long", None), kept=False),
    "run-broad": Picture(
        page="run", more=lambda demo: _at(demo, "dark", demo.step_with("dark", "Tap")), kept=False, size=BROAD
    ),
    "run-choose": Picture(page="run", more=lambda _demo: {}, kept=False),
    "history-all": Picture(page="history", more=lambda _demo: {}, kept=False),
    "history-empty": Picture(page="history", more=lambda _demo: {}, empty=True, kept=False),
    "statistics-empty": Picture(
        page="history", more=lambda _demo: {"history": {"tab": "statistics"}}, empty=True, kept=False
    ),
    "run-empty": Picture(page="run", more=lambda _demo: {}, empty=True, kept=False),
    "guide": Picture(page="phones", more=lambda _demo: {"phones": {"guide_open": True}}, kept=False),
    "options": Picture(page="phones", more=lambda demo: {**_draft(), **_at(demo, "dark", None)}, kept=False),
    "models": Picture(page="settings", more=lambda _demo: {"settings": {"section": "models"}}, kept=False),
    "tasks": Picture(page="settings", more=lambda _demo: {"settings": {"section": "tasks"}}, kept=False),
    "about": Picture(page="settings", more=lambda _demo: {"settings": {"section": "about"}}, kept=False),
}


def _draft() -> dict[str, Any]:
    return {"draft": {"text": TASKS["long"], "max_steps": "many"}, "phones": {"options_open": True}}


def _at(demo: Demo, name: str, step_num: int | None) -> dict[str, Any]:
    return {"session_id": demo.tasks[name], "step_num": step_num}
