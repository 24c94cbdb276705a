"""The home screen: the time, and an icon for each app. It is an app as the others, and is never left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from demo.phone.apps.base import App
from demo.phone.scene import HEIGHT, SCREEN, WIDTH, Colour, Fill, Gradient, Icon, Node, Text
from demo.phone.theme import SMALL, TITLE
from demo.phone.words import LANGUAGES, WEEKDAYS

if TYPE_CHECKING:
    import time

    from demo.phone.page import Page

_WHITE: Final[Colour] = (255, 255, 255)
_ICON: Final = 176
_COLUMNS: Final = 4
_FIRST_ROW: Final = 1750
_ROW_HEIGHT: Final = 300
LOOKS: Final[dict[str, tuple[str, Colour]]] = {  # by app: icon and colour
    "settings": ("gear", (92, 102, 122)),
    "contacts": ("person", (46, 125, 210)),
}


class HomeApp(App):
    """The launcher."""

    name: ClassVar[str] = "home"
    package: ClassVar[str] = "com.android.launcher3"
    activity: ClassVar[str] = ".uioverrides.QuickstepLauncher"
    wallpaper: ClassVar[bool] = True

    def compose(self, page: Page) -> None:
        """Draw the wallpaper, the date and the icons."""
        page.shapes.append(Gradient(SCREEN, page.colours.wallpaper_top, page.colours.wallpaper_bottom))
        page.shapes.append(Text(WIDTH // 2, 420, page.clock, 220, _WHITE, "middle"))
        page.shapes.append(Text(WIDTH // 2, 590, _date(page.today, page.language), TITLE, _WHITE, "middle"))
        page.shapes.append(Text(WIDTH // 2, HEIGHT - 150, page.say("home.hint"), SMALL, _WHITE, "middle"))
        for number, app in enumerate(self.state.home_order):
            self._icon(page, app, number)

    def tap(self, node_id: str) -> str | None:
        """Open the app whose icon it is."""
        return node_id.removeprefix("home.")

    def back(self) -> bool:
        """Stay: there is nothing behind the home screen."""
        return True

    def _icon(self, page: Page, app: str, number: int) -> None:
        icon, colour = LOOKS[app]
        pitch = WIDTH // _COLUMNS
        x = pitch * (number % _COLUMNS) + pitch // 2
        y = _FIRST_ROW + _ROW_HEIGHT * (number // _COLUMNS)
        half = _ICON // 2
        box = (x - half, y - half, x + half, y + half)
        word = page.say(f"home.{app}")
        page.shapes.append(Fill(box, colour, 56))
        page.shapes.append(Icon(icon, x, y, 104, _WHITE))
        page.shapes.append(Text(x, y + half + 46, word, SMALL, _WHITE, "middle", pitch))
        page.node(Node(id=f"home.{app}", bounds=(box[0], box[1], box[2], box[3] + 80), text=word, desc=word,
                       clickable=True))  # fmt: skip


def _date(today: time.struct_time, language: str) -> str:
    day = WEEKDAYS[today.tm_wday][LANGUAGES.index(language)]
    if language == "zh":
        return f"{today.tm_mon}月{today.tm_mday}日  {day}"
    return f"{day}, {today.tm_mday} {_MONTHS[today.tm_mon - 1]}"


_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)  # not by strftime, whose words follow the machine's locale
