"""The page RUN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.desk import Desk


class RunPage(QWidget):
    """The page RUN."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def show_task(self, session_id: str, step_num: int | None) -> None:
        """Show a task, at a step or (None) at its newest one."""
