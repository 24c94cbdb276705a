"""What the tabs of RUN are given: the step that is selected, and the task that it belongs to."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtWidgets import QWidget

from shared.messages import StepRow, TaskView


class Shown(Struct, frozen=True):
    """What is selected. `is_live`: the newest step of a task that runs, and followed."""

    view: TaskView | None
    step: StepRow | None
    is_live: bool = False


class Tab(QWidget):
    """A tab; only the one that a person sees is told what is selected."""

    def show_selected(self, shown: Shown) -> None:
        """Show what is selected now."""
        raise NotImplementedError
