"""Which widget of a page gets the keyboard when the page is shown, so that its keys work at once. Called by pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def take_keyboard(page: QWidget, first: QWidget) -> None:
    """Give the keyboard to the widget of `page` that had it last, at the first time to `first`."""
    (page.focusWidget() or first).setFocus()
