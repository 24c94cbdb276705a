"""What closing the window with tasks at work shall mean: they go on in the background, or they are stopped.

With nothing at work the window just closes. What then becomes of the other processes is the supervisor's business
(`up` keeps them running, a demo ends).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

if TYPE_CHECKING:
    from gui.desk import Desk


class ClosingQuestion(QObject):
    """Asks, once."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._parent = parent

    def may_close(self) -> bool:
        """Return whether the window may close; does what the person chose for the tasks."""
        running = len(self._desk.fleet.running)
        if not running:
            return True
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("%n task(s) still at work.", "", running))
        if self._desk.demo:
            box.setInformativeText(
                self.tr("The demo ends with its window; the step in flight is finished and recorded.")
            )
            end = box.addButton(self.tr("Stop and end the demo"), QMessageBox.ButtonRole.AcceptRole)
        else:
            box.setInformativeText(self.tr("They can go on without the window; `stepwell gui` opens it again."))
            keep = box.addButton(self.tr("Keep running"), QMessageBox.ButtonRole.AcceptRole)
            end = box.addButton(self.tr("Stop them"), QMessageBox.ButtonRole.DestructiveRole)
            box.setDefaultButton(keep)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is end:
            self._desk.commands.stop_all()
            return True
        return not self._desk.demo and box.clickedButton() is keep
