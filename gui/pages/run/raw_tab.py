"""The tab Raw: the model's reply as it came, and the stored action and parameters as JSON."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from gui import words
from gui.pages.run.recorded_text import SHOWN, RecordedText
from gui.pages.run.tab import Shown, Tab
from gui.widgets.looks import SPACE, column


class RawTab(Tab):
    """See the head of this file."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = RecordedText(self.tr("The model's reply"), code=True)
        self.action = RecordedText(self.tr("Stored action"), code=True)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.reply)
        split.addWidget(self.action)
        split.setChildrenCollapsible(False)
        column(self, split, margin=SPACE)

    def show_selected(self, shown: Shown) -> None:
        """Show a step's reply and action."""
        step = shown.step
        self.reply.show_text(step.reply if step else "", self.tr("There was no reply of a model."))
        parts = [pretty(text) for text in (step.action, step.action_params) if text] if step else []
        self.action.show_text("\n".join(parts), self.tr("No action was stored."))


def pretty(text: str) -> str:
    """Return JSON in lines; anything else as it is, and what is too long to be read as well."""
    value = words.decoded(text) if len(text) <= SHOWN else None
    return text if value is None else json.dumps(value, ensure_ascii=False, indent=2)
