"""What stands where there is nothing yet: what would be here, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.widgets.looks import SPACE, button, column, label, row


class EmptyState(QWidget):
    """A heading, a sentence, and perhaps a button (`action`, None without one)."""

    def __init__(self, heading: str, sentence: str, action: str = "") -> None:
        super().__init__()
        title = label(heading, "heading")
        said = label(sentence, "muted", wrap=True)
        self.action = button(action, "primary") if action else None
        for one in (title, said):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        said.setMaximumWidth(460)
        middle = row(None, None, said, None)  # an alignment in the column would cut the sentence's second line off
        middle.setStretch(1, 1000)
        layout = column(self, None, title, middle, margin=3 * SPACE)
        if self.action is not None:
            layout.addSpacing(SPACE)
            layout.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
