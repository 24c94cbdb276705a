"""How SETTINGS looks: a section is a column of cards, a card a column of rows, a row a text and what changes it.

Used by every section of the page. Holds no setting.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gui.widgets.looks import MARGIN, SPACE, column, frame, label, restyle, row

_WIDTH: Final = 760  # of a section: longer lines are hard to read
EDITOR: Final = 240  # of what stands at the right of a row
_UNIT: Final = 80  # of that, where there is a unit


class Section(QScrollArea):
    """A title, a sentence about it, and cards below each other; it scrolls where there is no room."""

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setMaximumWidth(_WIDTH)
        self.cards = column(None, space=MARGIN)
        head = column(None, label(title, "title"), label(sentence, "muted", wrap=True), space=SPACE // 2)
        column(inside, head, self.cards, None, margin=3 * SPACE, space=2 * SPACE)
        around = QWidget()
        layout = row(around, inside, None)
        layout.setStretch(0, 1)
        layout.setStretch(1, 0)  # it takes only what the inside, being as wide as it may be, leaves
        self.setWidget(around)

    def add(self, *cards: QWidget) -> None:
        """Add cards."""
        for card in cards:
            self.cards.addWidget(card)


class Card(QFrame):
    """A frame with a heading and rows that lines part."""

    def __init__(self, heading: str = "") -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._has_rows = False
        self.rows: QVBoxLayout = column(self, margin=MARGIN, space=SPACE + SPACE // 2)
        if heading:
            self.rows.addWidget(label(heading, "heading"))

    def add(self, widget: QWidget) -> None:
        """Add a row, below a line when it is not the first."""
        if self._has_rows:
            self.rows.addWidget(Line())
        self._has_rows = True
        self.rows.addWidget(widget)


class Line(QFrame):
    """A thin line between rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "line")
        self.setFixedHeight(1)


class Row(QWidget):
    """At the left what a setting is, at the right its editor with a unit; below it why what stands there is not good.

    The editor is named for screen readers after the row, and told its hint.
    """

    def __init__(self, title: str, hint: str, editor: QWidget, unit: str | None = None, width: int = EDITOR) -> None:
        super().__init__()
        self.editor = editor
        name = label(title)
        name.setBuddy(editor)
        editor.setAccessibleName(title)
        editor.setAccessibleDescription(f"{hint} {unit or ''}".strip())
        if editor.maximumWidth() >= EDITOR:
            editor.setFixedWidth(width)
        self._said = label(hint, "muted", wrap=True)
        self._hint = hint
        left = column(None, name, self._said, space=SPACE // 2)
        parts: list[QWidget] = [editor]
        if unit is not None:  # '' keeps its place free, so that editors below each other are alike
            after = label(unit, "muted")
            after.setFixedWidth(_UNIT)
            editor.setFixedWidth(width - _UNIT - SPACE)
            parts.append(after)
        right = row(None, *parts)
        right.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = row(self, left, right, space=2 * MARGIN)
        layout.setStretch(0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def complain(self, why: str) -> None:
        """Say beside the editor why what stands in it cannot be used; '' when it can."""
        restyle(self.editor, "invalid", bool(why))
        restyle(self._said, "look", "error" if why else "muted")
        self._said.setText(why or self._hint)
        self._said.setVisible(bool(why or self._hint))
        self.editor.setAccessibleDescription(why or self._hint)


def banner(sentence: str) -> QFrame:
    """Return a sentence on a coloured ground."""
    found = frame("banner-info")
    row(found, label(sentence, wrap=True), margin=SPACE + SPACE // 2)
    return found
