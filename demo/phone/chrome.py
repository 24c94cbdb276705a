"""What surrounds an app on the screen: status bar, keyboard, the line for gestures, a dialog over everything.

Functions that add to a page; called by `screen` and, for dialogs, by apps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo.phone import keyboard
from demo.phone.page import MARGIN, STATUS_HEIGHT
from demo.phone.scene import SCREEN, WIDTH, Colour, Fill, Icon, Node, Text
from demo.phone.theme import BODY, NAME, SMALL, TITLE

if TYPE_CHECKING:
    from demo.phone.page import Page

DEMO_RED: Final[Colour] = (206, 62, 72)
_WHITE: Final[Colour] = (255, 255, 255)
_BLACK: Final[Colour] = (0, 0, 0)


def status_bar(page: Page, *, over_wallpaper: bool) -> None:
    """Draw the time, the DEMO mark, and the signs of network and battery."""
    ink = _WHITE if over_wallpaper else page.colours.text
    if not over_wallpaper:  # covers what a list has moved up to here
        page.shapes.append(Fill((0, 0, WIDTH, STATUS_HEIGHT), page.colours.background))
    middle = STATUS_HEIGHT // 2 + 4
    page.shapes.append(Text(56, middle, page.clock, BODY, ink))
    left = 56 + page.fonts.width(page.clock, BODY) + 28
    page.shapes.append(Fill((left, middle - 24, left + 124, middle + 24), DEMO_RED, 24))
    page.shapes.append(Text(left + 62, middle, "DEMO", 30, _WHITE, "middle"))
    page.shapes.append(Icon("wifi", WIDTH - 226, middle - 2, 48, ink))
    page.shapes.append(Icon("battery", WIDTH - 168, middle, 46, ink))
    page.shapes.append(Text(WIDTH - 56, middle, "87%", SMALL, ink, "right"))


def gesture_line(page: Page, *, over_wallpaper: bool) -> None:
    """Draw the short line at the bottom, from where a swipe up goes home."""
    ink = _WHITE if over_wallpaper else page.colours.text
    page.shapes.append(Fill((WIDTH // 2 - 170, 2370, WIDTH // 2 + 170, 2380), ink, 5))


def own_keyboard(page: Page, *, upper: bool) -> None:
    """Draw the phone's own keyboard."""
    colours = page.colours
    page.shapes.append(Fill(keyboard.area(keyboard.TOP), colours.keyboard))
    for key in keyboard.all_keys():
        special = bool(key.icon) or key.value in ",."
        face = colours.primary if key.value == "ENTER" else colours.outline if special else colours.key
        ink = colours.on_primary if key.value == "ENTER" else colours.text
        page.shapes.append(Fill(key.box, face, 16))
        x, y = (key.box[0] + key.box[2]) // 2, (key.box[1] + key.box[3]) // 2
        if key.icon:
            page.shapes.append(Icon(key.icon, x, y, 58, ink))
        elif key.value == " ":
            page.shapes.append(Text(x, y, page.say("keyboard.space"), SMALL, colours.muted, "middle"))
        else:
            page.shapes.append(Text(x, y, key.value.upper() if upper else key.value, NAME, ink, "middle"))


def adb_keyboard(page: Page) -> None:
    """Draw the narrow bar of the ADB Keyboard."""
    page.shapes.append(Fill(keyboard.area(keyboard.ADB_TOP), page.colours.keyboard))
    text = page.say("keyboard.adb")
    page.shapes.append(Text(WIDTH // 2, keyboard.ADB_TOP + 54, text, SMALL, page.colours.muted, "middle"))


def dialog(page: Page, title: str, body: str, buttons: tuple[tuple[str, str], ...]) -> None:
    """Draw a dialog in front of everything; `buttons` (id, text), the first is the strong one on the right.

    Nothing else can be touched: the page keeps only the dialog's nodes.
    """
    page.nodes.clear()
    page.limits.clear()
    page.shapes.append(Fill(SCREEN, _BLACK, alpha=120))
    lines = page.fonts.wrap(body, BODY, WIDTH - 2 * (MARGIN + 100)) if body else []
    height = 390 + len(lines) * 62
    top = (SCREEN[3] - height) // 2
    box = (MARGIN + 20, top, WIDTH - MARGIN - 20, top + height)
    page.shapes.append(Fill(box, page.colours.surface, 72))
    left = box[0] + 80
    page.shapes.append(Text(left, top + 112, title, TITLE, page.colours.text, max_width=box[2] - 80 - left))
    page.nodes.append(Node(id="dialog.title", bounds=(left, top + 72, box[2] - 80, top + 152), text=title))
    for number, line in enumerate(lines):
        page.shapes.append(Text(left, top + 206 + number * 62, line, BODY, page.colours.muted))
    if body:
        page.nodes.append(Node(id="dialog.text", bounds=(left, top + 176, box[2] - 80, top + 176 + len(lines) * 62),
                               text=body))  # fmt: skip
    page.bottom = SCREEN[3]
    right = box[2] - 60
    for number, (node_id, text) in enumerate(buttons):
        right = page.button(node_id, text, right, box[3] - 112, strong=number == 0) - 16
