"""Names and values below each other: a task's facts, an action's parameters. Values can be selected and copied.

The labels are kept and filled anew, since a person who walks through steps or tasks changes them many times a second,
and to make a label and give it its style takes longer than to draw it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gui import words
from gui.widgets.looks import SPACE, label

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 2000
_NARROWEST = 40  # a text may be narrower than its longest word, which a model may have made as long as it likes


class Facts(QWidget):
    """`show_facts` takes pairs of a name and a value; a pair without a value is left out."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show other facts."""
        shown = [fact for fact in facts if fact[1]]
        while len(self._rows) < len(shown):
            self._add_row()
        for number, (name, value) in enumerate(self._rows):
            is_used = number < len(shown)
            name.setVisible(is_used)
            value.setVisible(is_used)
            if is_used:
                name.setText(shown[number][0])
                value.setText(words.one_line(shown[number][1], _LONGEST))

    def texts(self) -> list[tuple[str, str]]:
        """Return what is shown."""
        return [(name.text(), value.text()) for name, value in self._rows if not name.isHidden()]

    def _add_row(self) -> None:
        name, value = label("", "muted"), label("", wrap=True)
        value.setMinimumWidth(_NARROWEST)
        for column, text in enumerate((name, value)):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)  # both: drawn alike, level
            self._grid.addWidget(text, len(self._rows), column, Qt.AlignmentFlag.AlignTop)
        self._rows.append((name, value))
