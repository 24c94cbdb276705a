"""Settings: a long list, and behind each line a page of switches. Dark mode and language change the phone itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from demo.phone.apps.base import MAIN, App
from demo.phone.page import BAR_BOTTOM, STATUS_HEIGHT, Page, Row
from demo.phone.words import LANGUAGES, say_if

if TYPE_CHECKING:
    from demo.phone.scene import Colour

ANDROID_VERSION: Final = "14"
MODEL: Final = "Stepwell Demo Phone"
_LOOKS: Final[dict[str, tuple[str, Colour]]] = {  # by item: icon and colour
    "network": ("wifi", (45, 125, 210)),
    "bluetooth": ("bluetooth", (58, 96, 200)),
    "apps": ("apps", (112, 92, 190)),
    "notifications": ("bell", (204, 92, 70)),
    "sound": ("sound", (190, 84, 128)),
    "display": ("display", (214, 140, 36)),
    "wallpaper": ("picture", (150, 88, 178)),
    "storage": ("storage", (96, 108, 128)),
    "battery": ("battery", (58, 142, 92)),
    "security": ("lock", (46, 134, 120)),
    "location": ("pin", (62, 140, 84)),
    "privacy": ("eye", (72, 102, 196)),
    "accessibility": ("access", (84, 104, 210)),
    "language": ("globe", (120, 110, 96)),
    "about": ("info", (88, 100, 120)),
}
_SWITCHES: Final[dict[str, tuple[str, ...]]] = {
    "network": ("wifi", "mobile", "airplane", "hotspot"),
    "bluetooth": ("on", "visible"),
    "apps": ("unused",),
    "notifications": ("history", "lock", "dnd"),
    "sound": ("vibrate", "keys", "charging"),
    "display": ("dark_mode", "adaptive", "night_light", "rotate", "smooth"),
    "wallpaper": ("theme",),
    "storage": ("smart",),
    "battery": ("saver", "percent"),
    "security": ("lock",),
    "location": ("on",),
    "privacy": ("camera", "microphone"),
    "accessibility": ("contrast", "motion"),
}
_DARK_MODE: Final = "display.dark_mode"


class SettingsApp(App):
    """The phone's settings."""

    name: ClassVar[str] = "settings"
    package: ClassVar[str] = "com.android.settings"
    activity: ClassVar[str] = ".Settings"

    def restart(self) -> None:
        """Begin anew at the list; a phone may start on another page."""
        super().restart()
        self.page = self.state.pages.pop(self.name, MAIN)

    def compose(self, page: Page) -> None:
        """Show the list, or the page of one item."""
        if self.page == MAIN:
            self._list(page)
        else:
            flow = page.begin_list("settings.page", BAR_BOTTOM)
            flow.space(20)
            flow.card(self._rows(page))
            flow.end()
            page.bar(page.say(f"settings.item.{self.page}"))

    def tap(self, node_id: str) -> str | None:
        """Open a page, go back, or turn a switch."""
        name = node_id.removeprefix("settings.")
        if node_id == "nav.up":
            self.back()
        elif name.startswith("item."):
            self.show(name.removeprefix("item."))
            self.scroll["settings.page"] = 0
        elif name.startswith("language."):
            self.state.language = name.removeprefix("language.")
        elif name == _DARK_MODE:
            self.state.dark_mode = not self.state.dark_mode
        elif "." in name:
            self.state.switches ^= {name}
        return None

    def _list(self, page: Page) -> None:
        flow = page.begin_list("settings.list", STATUS_HEIGHT)
        flow.headline(page.say("settings.title"))
        rows = [_item(page, name) for name in self.state.settings_order]
        for start in range(0, len(rows), 3):
            flow.card(rows[start : start + 3])
        flow.end()

    def _rows(self, page: Page) -> list[Row]:
        if self.page == "language":
            return [self._language(page, name) for name in LANGUAGES]
        if self.page == "about":
            values = {"model": MODEL, "version": ANDROID_VERSION, "serial": self.state.serial}
            return [_value(page, name, value) for name, value in values.items()]
        return [self._switch(page, f"{self.page}.{name}") for name in _SWITCHES[self.page]]

    def _switch(self, page: Page, name: str) -> Row:
        on = self.state.dark_mode if name == _DARK_MODE else name in self.state.switches
        node_id = f"settings.{name}"
        return Row(id=node_id, title=page.say(node_id), sub=say_if(f"{node_id}.sub", page.language), checked=on)

    def _language(self, page: Page, name: str) -> Row:
        node_id = f"settings.language.{name}"
        return Row(id=node_id, title=page.say(node_id), checked=self.state.language == name, radio=True)


def _item(page: Page, name: str) -> Row:
    icon, tint = _LOOKS[name]
    node_id = f"settings.item.{name}"
    return Row(id=node_id, title=page.say(node_id), sub=page.say(f"{node_id}.sub"), icon=icon, tint=tint)


def _value(page: Page, name: str, value: str) -> Row:
    node_id = f"settings.about.{name}"
    return Row(id=node_id, title=page.say(node_id), sub=value, clickable=False)
