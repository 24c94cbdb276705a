"""What every app of the simulated phone is: a page it shows, and how it answers to taps, keys and text.

An app changes itself and the phone's state; it draws nothing but through `Page`, and knows no other app. `phone`
calls it under its lock, with ids of nodes that are on the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from demo.phone.page import Page
    from demo.phone.state import PhoneState

MAIN: Final = "main"  # the page that an app begins with
_LONGEST_TEXT: Final = 2000  # of a field, in characters


class App:
    """An app. `focus` is the field that takes text, `fields` what fields hold, `scroll` where lists stand."""

    name: ClassVar[str]
    package: ClassVar[str]
    activity: ClassVar[str]
    wallpaper: ClassVar[bool] = False

    def __init__(self, state: PhoneState) -> None:
        self.state = state
        self.scroll: dict[str, int] = {}
        self.restart()
        self.scroll.update({name: at for name, at in state.scroll.items() if name.startswith(f"{self.name}.")})

    def restart(self) -> None:
        """Begin anew at the first page, as after a force-stop."""
        self.page = MAIN
        self.focus: str | None = None
        self.fields: dict[str, str] = {}
        self.notice = ""
        self.scroll.clear()

    def compose(self, page: Page) -> None:
        """Put the current page together."""
        raise NotImplementedError

    def compose_dialog(self, page: Page) -> None:
        """Put a dialog of the app's own before everything, when one is open."""

    def tap(self, node_id: str) -> str | None:
        """React to a tap on a node that is not a field; return the name of another app to bring to the front."""
        raise NotImplementedError

    def long_press(self, node_id: str) -> str | None:
        """React to a long press; most things take it as a tap."""
        return self.tap(node_id)

    def back(self) -> bool:
        """Go back one page; False when there is none and the app is left."""
        if self.page == MAIN:
            return False
        self.show(MAIN)
        return True

    def enter(self) -> None:
        """React to the Enter key in a field: by itself nothing."""

    def show(self, page: str) -> None:
        """Go to a page; a field of the former page has no focus any more."""
        self.page = page
        self.focus = None
        self.notice = ""

    def set_text(self, text: str) -> None:
        """Replace the text of the field that has the focus; without one the text is lost."""
        if self.focus is not None:
            self.fields[self.focus] = text[:_LONGEST_TEXT]

    def text(self) -> str:
        """Return the text of the field that has the focus."""
        return self.fields.get(self.focus or "", "")
