"""Making plain widgets in the looks of the style sheet, so that pages do not repeat property names."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

SPACE: Final = 8  # the unit of all distances: 4, 8, 16, 24
MARGIN: Final = 16

TextLook = Literal["", "title", "heading", "muted", "error", "mono"]
ButtonLook = Literal["", "primary", "danger", "quiet", "nav"]
FrameLook = Literal["card", "bar", "banner-warn", "banner-bad", "banner-info"]


def label(text: str = "", look: TextLook = "", *, wrap: bool = False) -> QLabel:
    """Return a text; always plain, since much of what is shown was written by a model."""
    found = QLabel(text)
    found.setTextFormat(Qt.TextFormat.PlainText)
    found.setProperty("look", look)
    found.setWordWrap(wrap)
    if wrap:
        found.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return found


def button(text: str, look: ButtonLook = "", *, tip: str = "", name: str = "") -> QPushButton:
    """Return a button; `tip` is shown and read out, `name` is its accessible name when its text is only a sign."""
    found = QPushButton(text)
    found.setProperty("look", look)
    found.setAutoDefault(False)
    if tip:
        found.setToolTip(tip)
        found.setAccessibleDescription(tip)
    found.setAccessibleName(name or text)
    return found


def frame(look: FrameLook) -> QFrame:
    """Return a frame: a card, a bar, a banner."""
    found = QFrame()
    found.setProperty("look", look)
    found.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return found


def column(owner: QWidget | None, *items: QWidget | QLayout | None, margin: int = 0, space: int = SPACE) -> QVBoxLayout:
    """Return a column of widgets and layouts in `owner`; None among them is what stretches."""
    found = QVBoxLayout(owner) if owner is not None else QVBoxLayout()
    _fill(found, items, margin, space)
    return found


def row(owner: QWidget | None, *items: QWidget | QLayout | None, margin: int = 0, space: int = SPACE) -> QHBoxLayout:
    """Return a row of widgets and layouts in `owner`; None among them is what stretches."""
    found = QHBoxLayout(owner) if owner is not None else QHBoxLayout()
    _fill(found, items, margin, space)
    return found


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it take effect."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def _fill(
    layout: QVBoxLayout | QHBoxLayout, items: tuple[QWidget | QLayout | None, ...], margin: int, space: int
) -> None:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(space)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
