"""From the phone's state to a picture: composes the scene, draws it, and keeps the last picture while nothing changed.

The PNG carries the nodes as one text chunk, the demo's crutch for the scripted model. Called by `phone` under its lock.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import PngImagePlugin

from demo.phone import chrome
from demo.phone.draw import paint
from demo.phone.keyboard import top_of
from demo.phone.page import Page
from demo.phone.scene import HEIGHT, NODES_KEYWORD, Scene, nodes_json
from demo.phone.state import ADB_IME
from demo.phone.theme import theme
from demo.phone.words import say

if TYPE_CHECKING:
    import time
    from collections.abc import Callable

    from demo.phone.apps.base import App
    from demo.phone.fonts import Fonts
    from demo.phone.state import PhoneState

_COMPRESSION: Final = 1  # zlib's fastest: flat colours shrink well anyway
_PASSES: Final = 2  # a list that became shorter moves back into range, then everything is laid out once more


class Screen:
    """Makes scenes and pictures of one phone."""

    def __init__(self, state: PhoneState, fonts: Fonts, clock: Callable[[], time.struct_time]) -> None:
        self._state = state
        self._fonts = fonts
        self._clock = clock
        self._last: tuple[Scene, bytes] | None = None

    def scene(self, app: App, *, keyboard: bool, upper: bool) -> Scene:
        """Return what is on the screen while `app` is in front; keeps its lists' positions in range."""
        page = self._page(app, keyboard=keyboard)
        for _ in range(_PASSES):
            if not _clamp(app.scroll, page.limits):
                break
            page = self._page(app, keyboard=keyboard)
        self._surround(page, app, keyboard=keyboard, upper=upper)
        popup = app.name in self._state.popups
        return Scene(
            package=app.package,
            activity=app.activity,
            language=self._state.language,
            shapes=tuple(page.shapes),
            nodes=tuple(page.nodes) if self._state.awake else (),
            keyboard=keyboard and not popup,
            ime=self._state.ime,
            awake=self._state.awake,
        )

    def png(self, scene: Scene) -> bytes:
        """Return the picture of a scene as a PNG with its nodes."""
        if self._last is None or self._last[0] != scene:
            self._last = (scene, _encode(scene, self._fonts))
        return self._last[1]

    def _page(self, app: App, *, keyboard: bool) -> Page:
        colours = theme(dark=self._state.dark_mode)
        bottom = top_of(self._state.ime, ADB_IME) if keyboard else HEIGHT
        page = Page(
            colours,
            self._state.language,
            self._fonts,
            self._clock(),
            scroll=app.scroll,
            focus=app.focus,
            bottom=bottom,
        )
        app.compose(page)
        return page

    def _surround(self, page: Page, app: App, *, keyboard: bool, upper: bool) -> None:
        popup = app.name in self._state.popups
        if keyboard and not popup and self._state.ime == ADB_IME:
            chrome.adb_keyboard(page)
        elif keyboard and not popup:
            chrome.own_keyboard(page, upper=upper)
        chrome.status_bar(page, over_wallpaper=app.wallpaper)
        chrome.gesture_line(page, over_wallpaper=app.wallpaper)
        if not popup:
            app.compose_dialog(page)
            return
        language = self._state.language
        title, body = (say(f"popup.{app.name}.{part}", language) for part in ("title", "body"))
        buttons = tuple((name, say(name, language)) for name in ("popup.accept", "popup.dismiss"))
        chrome.dialog(page, title, body, buttons)


def _clamp(scroll: dict[str, int], limits: dict[str, int]) -> bool:
    """Bring positions into range; tell whether any was out of it."""
    changed = False
    for name, limit in limits.items():
        kept = min(max(0, scroll.get(name, 0)), limit)
        changed = changed or kept != scroll.get(name, 0)
        scroll[name] = kept
    return changed


def _encode(scene: Scene, fonts: Fonts) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(NODES_KEYWORD, nodes_json(scene))
    file = io.BytesIO()
    paint(scene, fonts).save(file, "PNG", compress_level=_COMPRESSION, pnginfo=info)
    return file.getvalue()
