"""The pictures of a step: the screen before the action, or after it, or both beside each other. Used by screen_pane.py.

Only what is seen is loaded. The action is marked on the screen before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.pages.run import says
from gui.pages.run.screen_view import ScreenView
from gui.widgets.looks import SPACE, column, label, row

if TYPE_CHECKING:
    from gui.marks import Mark
    from gui.pictures import Pictures

Which = Literal["before", "after", "both"]


class Shot(Struct, frozen=True):
    """A picture of a screen: its path in the home, or (None) why there is none."""

    path: str | None = None
    missing: str = ""


class ScreenPair(QWidget):
    """`view` shows the screen before or after the action; `after_view` the one after it while both are seen."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self.view = ScreenView(pictures)
        self.after_view = ScreenView(pictures)
        self._which: Which = "before"
        self._before = self._after = Shot()
        self._mark: Mark | None = None
        self._heads = (_head(self.tr("Before")), _head(self.tr("After")))
        halves = [column(None, head, view, space=4) for head, view in zip(self._heads, self._views(), strict=True)]
        for half in halves:
            half.setStretch(1, 1)
        row(self, *halves, space=SPACE)
        self._arrange()

    def show_shots(self, before: Shot, after: Shot, mark: Mark | None) -> None:
        """Show the pictures of another step."""
        self._before, self._after, self._mark = before, after, mark
        self._show()

    def show_which(self, which: Which) -> None:
        """Show the screen before, the one after, or both."""
        if which != self._which:
            self._which = which
            self._arrange()
            self._show()

    def show_reason(self, why: str) -> None:
        """Show no picture, and say why."""
        self._before = self._after = Shot()
        self._mark = None
        for view in self._views():
            view.show_picture(None, why, None)

    def show_full_size(self, full_size: bool) -> None:
        """Show one pixel of the phone as one of the display, or (False) whole screens."""
        for view in self._views():
            view.show_full_size(full_size)

    def _views(self) -> tuple[ScreenView, ScreenView]:
        return self.view, self.after_view

    def _arrange(self) -> None:
        both = self._which == "both"
        self.after_view.setVisible(both)
        for head in self._heads:
            head.setVisible(both)

    def _show(self) -> None:
        first = self._after if self._which == "after" else self._before
        mark = None if self._which == "after" else self._mark
        self.view.show_picture(first.path, says.no_picture(first.missing), mark)
        if self._which == "both":
            self.after_view.show_picture(self._after.path, says.no_picture(self._after.missing), None)


def _head(text: str) -> QLabel:
    found = label(text, "muted")
    found.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return found
