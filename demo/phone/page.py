"""Builds a scene from the pieces that phone apps are made of: bars, cards of rows, fields, buttons, dialogs.

An app says what is there; this file says where it lies, how it looks, and which node stands for it. A new Page is
made for every scene. It must not change anything: apps and `phone` read `limits` to keep a list's position in range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from demo.phone.scene import (
    HEIGHT,
    SCREEN,
    WIDTH,
    Box,
    Colour,
    Fill,
    Icon,
    Node,
    Outline,
    Shape,
    Text,
    intersect,
)
from demo.phone.theme import BODY, NAME, SMALL, TITLE
from demo.phone.words import say

if TYPE_CHECKING:
    import time

    from demo.phone.fonts import Fonts
    from demo.phone.theme import Theme

STATUS_HEIGHT: Final = 92
BAR_BOTTOM: Final = 250  # of an app's bar, below the status bar
MARGIN: Final = 40
_ROW_HEIGHT: Final = 186
_FIELD_HEIGHT: Final = 168
_CARD_RADIUS: Final = 52
_BUTTON_HEIGHT: Final = 110


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a card. `checked` None: no switch. `avatar` is a letter in a circle, `icon` a drawing in one."""

    id: str
    title: str
    sub: str = ""
    desc: str = ""
    icon: str = ""
    avatar: str = ""
    tint: Colour | None = None
    checked: bool | None = None
    radio: bool = False
    clickable: bool = True


class Page:
    """Collects shapes and nodes. `bottom` is where the keyboard begins, or the screen ends."""

    def __init__(
        self,
        colours: Theme,
        language: str,
        fonts: Fonts,
        now: time.struct_time,
        *,
        scroll: dict[str, int],
        focus: str | None,
        bottom: int,
    ) -> None:
        self.colours = colours
        self.language = language
        self.fonts = fonts
        self.today = now
        self.clock = f"{now.tm_hour:02d}:{now.tm_min:02d}"
        self.focus = focus
        self.bottom = bottom
        self.shapes: list[Shape] = [Fill(SCREEN, colours.background)]
        self.nodes: list[Node] = []
        self.limits: dict[str, int] = {}  # by list: how far it can be scrolled
        self._scroll = scroll

    def say(self, key: str) -> str:
        """Return a word in the phone's language."""
        return say(key, self.language)

    def node(self, node: Node, within: Box | None = None) -> None:
        """Add a node, cut to what is visible above the keyboard and inside `within`."""
        visible = intersect(node.bounds, within or (0, 0, WIDTH, self.bottom))
        if visible is not None:
            self.nodes.append(msgspec.structs.replace(node, bounds=visible))

    def begin_list(self, list_id: str, top: int) -> Flow:
        """Begin a list that scrolls between `top` and the bottom; what follows goes into it until `end`."""
        flow = Flow(self, list_id, top, self._scroll.get(list_id, 0))
        self.node(Node(id=list_id, bounds=flow.viewport, kind="androidx.recyclerview.widget.RecyclerView",
                       scrollable=True))  # fmt: skip
        return flow

    def bar(self, title: str, *, up: str = "nav.up", up_icon: str = "back", up_word: str = "nav.up") -> None:
        """Draw an app's bar with its arrow; after the list, which it covers."""
        self.shapes.append(Fill((0, 0, WIDTH, BAR_BOTTOM), self.colours.background))
        middle = (STATUS_HEIGHT + BAR_BOTTOM) // 2
        self.icon_button(up, up_icon, 84, middle, self.say(up_word))
        self.shapes.append(Text(168, middle, title, TITLE, self.colours.text, max_width=560))
        self.node(Node(id="bar.title", bounds=(168, middle - 40, 740, middle + 40), text=title))

    def icon_button(self, node_id: str, icon: str, x: int, y: int, desc: str) -> None:
        """Draw an icon that can be tapped, its middle at x, y."""
        self.shapes.append(Icon(icon, x, y, 66, self.colours.text))
        box = (x - 66, y - 66, x + 66, y + 66)
        self.node(Node(id=node_id, bounds=box, desc=desc, kind="android.widget.ImageButton", clickable=True))

    def button(self, node_id: str, text: str, right: int, middle: int, *, strong: bool = True) -> int:
        """Draw a button that ends at `right`; return where it begins."""
        width = self.fonts.width(text, BODY) + 104
        box = (right - width, middle - _BUTTON_HEIGHT // 2, right, middle + _BUTTON_HEIGHT // 2)
        if strong:
            self.shapes.append(Fill(box, self.colours.primary, _BUTTON_HEIGHT // 2))
        colour = self.colours.on_primary if strong else self.colours.primary
        self.shapes.append(Text((box[0] + box[2]) // 2, middle, text, BODY, colour, "middle"))
        self.node(Node(id=node_id, bounds=box, text=text, kind="android.widget.Button", clickable=True))
        return box[0]

    def floating_button(self, node_id: str, icon: str, desc: str) -> None:
        """Draw the round button in the lower right corner."""
        box = (WIDTH - 56 - 168, self.bottom - 130 - 168, WIDTH - 56, self.bottom - 130)
        shadow = (box[0] - 3, box[1] + 5, box[2] + 3, box[3] + 9)
        self.shapes.append(Fill(shadow, self.colours.outline, 54))
        self.shapes.append(Fill(box, self.colours.container, 50))
        self.shapes.append(Icon(icon, (box[0] + box[2]) // 2, (box[1] + box[3]) // 2, 72, self.colours.on_container))
        self.node(Node(id=node_id, bounds=box, desc=desc, kind="android.widget.ImageButton", clickable=True))

    def field(self, node_id: str, value: str, top: int, icon: str) -> None:
        """Draw a text field with its icon before it and its name on the border; the word of a field is its id."""
        focused = self.focus == node_id
        label = self.say(node_id)
        box = (156, top, WIDTH - MARGIN - 16, top + _FIELD_HEIGHT)
        line = self.colours.primary if focused else self.colours.outline
        self.shapes.append(Icon(icon, 86, (box[1] + box[3]) // 2, 66, self.colours.muted))
        self.shapes.append(Outline(box, line, self.colours.background, 20, 6 if focused else 3))
        self._field_text(box, label, value, focused=focused)
        self.node(Node(id=node_id, bounds=box, text=value, desc=label, kind="android.widget.EditText",
                       clickable=True, editable=True, focused=focused))  # fmt: skip

    def _field_text(self, box: Box, label: str, value: str, *, focused: bool) -> None:
        left, middle = box[0] + 48, (box[1] + box[3]) // 2
        if not value and not focused:
            self.shapes.append(Text(left, middle, label, NAME, self.colours.muted))
            return
        width = self.fonts.width(label, SMALL) + 24
        self.shapes.append(Fill((left - 12, box[1] - 4, left - 12 + width, box[1] + 10), self.colours.background))
        colour = self.colours.primary if focused else self.colours.muted
        self.shapes.append(Text(left, box[1] + 2, label, SMALL, colour))
        room = box[2] - 48 - left
        shown = value
        while shown and self.fonts.width(shown, NAME) > room:
            shown = shown[1:]  # the end of a long text is what is being typed
        self.shapes.append(Text(left, middle, shown, NAME, self.colours.text))
        if focused:
            caret = left + self.fonts.width(shown, NAME) + 4
            self.shapes.append(Fill((caret, middle - 34, caret + 5, middle + 34), self.colours.primary))

    def message(self, text: str) -> None:
        """Draw a short notice at the bottom, as a toast."""
        width = self.fonts.width(text, BODY) + 120
        top = self.bottom - 260
        box = ((WIDTH - width) // 2, top, (WIDTH + width) // 2, top + 116)
        self.shapes.append(Fill(box, self.colours.text, 58))
        self.shapes.append(Text(WIDTH // 2, top + 58, text, BODY, self.colours.background, "middle"))
        self.node(Node(id="toast", bounds=box, text=text, kind="android.widget.Toast"))


class Flow:
    """A list while it is being filled, from its top downwards."""

    def __init__(self, page: Page, list_id: str, top: int, offset: int) -> None:
        self._page = page
        self._id = list_id
        self._first = top - offset
        self.viewport: Box = (0, top, WIDTH, page.bottom)
        self.y = top - offset

    def headline(self, text: str, sub: str = "") -> None:
        """Draw the large title of an app's first page."""
        self._page.shapes.append(Text(MARGIN + 24, self.y + 110, text, 96, self._page.colours.text))
        if sub:
            self._page.shapes.append(Text(MARGIN + 28, self.y + 196, sub, SMALL, self._page.colours.muted))
        box = (MARGIN, self.y + 50, WIDTH - MARGIN, self.y + 170)
        self._page.node(Node(id=f"{self._id.split('.')[0]}.title", bounds=box, text=text), self.viewport)
        self.y += 250 if sub else 210

    def card(self, rows: list[Row]) -> None:
        """Draw one card with these rows, thin lines between them."""
        box = (MARGIN, self.y, WIDTH - MARGIN, self.y + len(rows) * _ROW_HEIGHT)
        self._page.shapes.append(Fill(box, self._page.colours.surface, _CARD_RADIUS))
        for number, row in enumerate(rows):
            if number:
                indent = 186 if row.icon or row.avatar else 56
                line = (MARGIN + indent, self.y - 1, WIDTH - MARGIN - 40, self.y + 1)
                self._page.shapes.append(Fill(line, self._page.colours.background))
            self._row(row, (MARGIN, self.y, WIDTH - MARGIN, self.y + _ROW_HEIGHT))
            self.y += _ROW_HEIGHT
        self.y += 32

    def space(self, pixels: int) -> None:
        """Leave room."""
        self.y += pixels

    def end(self) -> None:
        """End the list: now it is known how far it can be scrolled."""
        content = self.y - self._first + 60
        self._page.limits[self._id] = max(0, content - (self.viewport[3] - self.viewport[1]))

    def _row(self, row: Row, box: Box) -> None:
        self._page.node(_row_node(row, box), self.viewport)
        if box[3] < 0 or box[1] > HEIGHT:
            return
        middle = (box[1] + box[3]) // 2
        left = self._leading(row, middle)
        room = WIDTH - MARGIN - 40 - left - (0 if row.checked is None else 180)
        colours = self._page.colours
        self._page.shapes.append(Text(left, middle - (29 if row.sub else 0), row.title, NAME, colours.text,
                                      max_width=room))  # fmt: skip
        if row.sub:
            self._page.shapes.append(Text(left, middle + 35, row.sub, SMALL, colours.muted, max_width=room))
        if row.checked is not None:
            self._check(row, middle)

    def _leading(self, row: Row, middle: int) -> int:
        """Draw what stands before the text; return where the text begins."""
        if not row.icon and not row.avatar:
            return MARGIN + 56
        x, colours = MARGIN + 96, self._page.colours
        circle = (x - 54, middle - 54, x + 54, middle + 54)
        self._page.shapes.append(Fill(circle, row.tint or colours.container, 54))
        ink = (255, 255, 255) if row.tint else colours.on_container
        mark = Icon(row.icon, x, middle, 58, ink) if row.icon else Text(x, middle, row.avatar, NAME, ink, "middle")
        self._page.shapes.append(mark)
        return MARGIN + 186

    def _check(self, row: Row, middle: int) -> None:
        (self._radio if row.radio else self._switch)(middle, checked=bool(row.checked))

    def _switch(self, middle: int, *, checked: bool) -> None:
        colours, right = self._page.colours, WIDTH - MARGIN - 48
        box = (right - 136, middle - 42, right, middle + 42)
        if checked:
            self._page.shapes.append(Fill(box, colours.primary, 42))
            knob = (right - 74, middle - 32, right - 10, middle + 32)
            self._page.shapes.append(Fill(knob, colours.on_primary, 32))
            self._page.shapes.append(Icon("check", right - 42, middle, 42, colours.primary))
        else:
            self._page.shapes.append(Outline(box, colours.muted, colours.switch_off, 42, 5))
            knob = (right - 120, middle - 22, right - 76, middle + 22)
            self._page.shapes.append(Fill(knob, colours.muted, 22))

    def _radio(self, middle: int, *, checked: bool) -> None:
        colours, right = self._page.colours, WIDTH - MARGIN - 48
        line = colours.primary if checked else colours.muted
        box = (right - 60, middle - 30, right, middle + 30)
        self._page.shapes.append(Outline(box, line, colours.surface, 30, 6))
        if checked:
            self._page.shapes.append(Fill((right - 45, middle - 15, right - 15, middle + 15), line, 15))


def _row_node(row: Row, box: Box) -> Node:
    kind = "android.widget.LinearLayout"
    if row.checked is not None:
        kind = "android.widget.RadioButton" if row.radio else "android.widget.Switch"
    return Node(id=row.id, bounds=box, text=row.title, desc=row.desc or row.sub, kind=kind,
                clickable=row.clickable, checked=row.checked)  # fmt: skip
