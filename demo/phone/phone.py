"""The phone itself: what is in front, what a touch, a key or a text does to it.

All methods are called with `lock` held by the caller, the shell's commands; one lock guards the state, the apps and
the drawing. It knows nothing of ADB.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from demo.phone import keyboard, keys
from demo.phone.apps import APPS
from demo.phone.scene import HEIGHT, WIDTH
from demo.phone.screen import Screen
from demo.phone.state import ADB_IME, OutsideView

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.phone.apps.base import App
    from demo.phone.fonts import Fonts
    from demo.phone.scene import Scene
    from demo.phone.state import PhoneState

_STILL: Final = 24  # pixels: a finger that moves less has not moved
LONG_PRESS_MS: Final = 500
_EDGE: Final = 50  # pixels at the sides and the bottom, where gestures begin
_GESTURE: Final = 200  # pixels that a gesture is long at least
_DPAD_STEP: Final = 186


class Phone:
    """One simulated phone."""

    def __init__(self, state: PhoneState, fonts: Fonts, clock: Callable[[], time.struct_time] = time.localtime) -> None:
        self.lock = threading.RLock()
        self.state = state
        self.apps: dict[str, App] = {app.name: app(state) for app in APPS}
        self._screen = Screen(state, fonts, clock)
        self._keyboard = False
        self._upper = False

    @property
    def front(self) -> App:
        """The app in front."""
        return self.apps[self.state.front]

    @property
    def popup(self) -> bool:
        """Whether a pop-up stands before the app."""
        return self.state.front in self.state.popups

    @property
    def keyboard_shown(self) -> bool:
        """Whether a keyboard is on the screen."""
        return self._keyboard and self.front.focus is not None and not self.popup and self.state.awake

    def scene(self) -> Scene:
        """Return what is on the screen."""
        return self._screen.scene(self.front, keyboard=self.keyboard_shown, upper=self._upper)

    def screenshot(self) -> bytes:
        """Return the screen as a PNG with its nodes."""
        return self._screen.png(self.scene())

    def tap(self, x: int, y: int) -> None:
        """Touch a point shortly."""
        self._press(x, y, long=False)

    def swipe(self, start: tuple[int, int], end: tuple[int, int], milliseconds: int) -> None:
        """Move a finger: on the spot it is a tap or a long press; from an edge a gesture; else a list moves."""
        if max(abs(start[0] - end[0]), abs(start[1] - end[1])) < _STILL:
            self._press(*start, long=milliseconds >= LONG_PRESS_MS)
        elif not self.state.awake:
            return
        elif start[1] > HEIGHT - _EDGE and start[1] - end[1] > _GESTURE:
            self.press_key(keys.HOME)
        elif self._from_the_side(start[0], end[0]):
            self.press_key(keys.BACK)
        else:
            self._scroll(*start, start[1] - end[1])

    def press_key(self, code: int) -> None:
        """Press a key; what the phone does not know does nothing, as on Android."""
        if code == keys.POWER:
            self.state.awake = not self.state.awake
        elif code in {keys.SLEEP, keys.WAKEUP}:
            self.state.awake = code == keys.WAKEUP
        elif self.state.awake:
            self._key_awake(code)

    def type_text(self, text: str) -> bool:
        """Add text to the field that has the focus; False when none has and the text is lost."""
        if not self._takes_text():
            return False
        self.front.set_text(self.front.text() + text)
        return True

    def clear_text(self) -> bool:
        """Empty the field that has the focus; False when none has."""
        if not self._takes_text():
            return False
        self.front.set_text("")
        return True

    def launch(self, package: str) -> bool:
        """Bring an app to the front as it was left; False when it is not installed."""
        app = self.app_of(package)
        if app is not None:
            self._bring(app.name)
        return app is not None

    def force_stop(self, package: str) -> None:
        """End an app; the home screen comes when it was in front."""
        app = self.app_of(package)
        if app is not None and app.name != "home":
            app.restart()
            if self.front is app:
                self._bring("home")

    def app_of(self, package: str) -> App | None:
        """Return the app of a package, or None."""
        return next((app for app in self.apps.values() if app.package == package), None)

    def outside(self, commands: int, mutating: int) -> OutsideView:
        """Return what a test may know of the phone."""
        state = self.state
        return OutsideView(
            serial=state.serial,
            language=state.language,
            dark_mode=state.dark_mode,
            contacts=[{"name": person.name, "phone": person.phone} for person in state.contacts],
            switches=sorted(state.switches),
            foreground=self.front.package,
            page=self.front.page,
            ime=state.ime,
            awake=state.awake,
            popup=self.popup,
            commands=commands,
            mutating_commands=mutating,
        )

    def _takes_text(self) -> bool:
        return self.state.awake and not self.popup and self.front.focus is not None

    def _bring(self, name: str) -> None:
        self.state.front = name
        self._keyboard = False
        self.front.notice = ""

    def _press(self, x: int, y: int, *, long: bool) -> None:
        if not self.state.awake or not (0 <= x < WIDTH and 0 <= y < HEIGHT):
            return
        if self.keyboard_shown and y >= keyboard.top_of(self.state.ime, ADB_IME):
            self._press_keyboard(x, y)
            return
        node = self.scene().hit(x, y)
        self.front.notice = ""
        if node is None:
            return
        if node.id.startswith("popup."):
            self.state.popups.discard(self.state.front)
        elif node.editable:
            self.front.focus = node.id
            self._keyboard = True
        else:
            self._follow(self.front.long_press(node.id) if long else self.front.tap(node.id))

    def _follow(self, app: str | None) -> None:
        if app is not None:
            self._bring(app)

    def _press_keyboard(self, x: int, y: int) -> None:
        key = keyboard.key_at(x, y)
        if key is None or self.state.ime == ADB_IME:
            return
        if key.value == "SHIFT":
            self._upper = not self._upper
        elif key.value in {"DEL", "ENTER"}:
            self._key_awake(keys.DEL if key.value == "DEL" else keys.ENTER)
        else:
            self.type_text(key.value.upper() if self._upper else key.value)
            self._upper = False

    def _key_awake(self, code: int) -> None:
        if code == keys.HOME:
            self._bring("home")
        elif code in {keys.BACK, keys.ESCAPE}:
            self._back()
        elif code in {keys.DPAD_UP, keys.DPAD_DOWN}:
            self._scroll(WIDTH // 2, HEIGHT // 2, _DPAD_STEP if code == keys.DPAD_DOWN else -_DPAD_STEP)
        elif self._takes_text():
            self._key_in_field(code)

    def _key_in_field(self, code: int) -> None:
        if code == keys.DEL:
            self.front.set_text(self.front.text()[:-1])
        elif code in {keys.ENTER, keys.TAB}:
            self.front.enter()
        else:
            self.type_text(keys.character(code))

    def _back(self) -> None:
        if self.popup:
            self.state.popups.discard(self.state.front)
        elif self.keyboard_shown:
            self._keyboard = False
        elif not self.front.back():
            self._bring("home")

    def _from_the_side(self, start: int, end: int) -> bool:
        return (start < _EDGE and end - start > _GESTURE) or (start > WIDTH - _EDGE and start - end > _GESTURE)

    def _scroll(self, x: int, y: int, distance: int) -> None:
        scene = self.scene()
        if self.keyboard_shown and y >= keyboard.top_of(self.state.ime, ADB_IME):
            return
        node = scene.scrollable_at(x, y)
        if node is not None:
            scroll = self.front.scroll
            scroll[node.id] = scroll.get(node.id, 0) + distance
            self.scene()  # brings the list back into range
