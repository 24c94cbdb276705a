"""What closing the window with tasks at work shall mean: they go on in the background, or they are stopped.

With nothing at work the window just closes. A window of `up` or `gui` ends alone; `stepwell demo` ends with its window
(`desk.ends_with_window`), so there is nothing that could go on. Stopping is asked for before the window ends, and it
waits until that is in good hands: a question that has not left is a task that runs on. Called by main_window.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QMessageBox, QPushButton, QWidget

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.state import OnClose

_STOPS_S: Final = 15.0  # a worker that hangs is ended by force before; then the window ends all the same


class ClosingQuestion(QObject):
    """Asks, and says by `decided` that the window may end; not at all when the person changed his mind."""

    decided = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._parent = parent
        self._box: QMessageBox | None = None
        self._keep: QPushButton | None = None
        self._always: QCheckBox | None = None
        self._is_stopping = False
        self._timer = QTimer(self, singleShot=True, interval=int(_STOPS_S * 1000))
        self._timer.timeout.connect(self.decided)
        desk.commands.stops_ended.connect(self._stops_ended)

    def ask(self) -> None:
        """Let the person decide what becomes of the tasks; at once when nothing is to be decided."""
        if self._is_stopping:
            self.decided.emit()  # closed again while it waits: no more patience
        elif not self._desk.fleet.running or self._choice == "keep":
            self.decided.emit()
        elif self._choice == "stop":
            self._stop()
        elif self._box is None:
            self._box = self._question()
            self._box.finished.connect(self._answered)
            self._box.open()
        else:
            self._box.raise_()

    @property
    def _choice(self) -> OnClose:
        """What the person chose once and for all; in what ends with its window nothing can be kept running."""
        return "ask" if self._desk.ends_with_window else self._desk.state.now.on_close

    def _question(self) -> QMessageBox:
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Close the window"))
        box.setText(self.tr("%n task(s) still at work.", "", len(self._desk.fleet.running)))
        self._keep = self._always = None  # both are held here: Qt alone would not keep the check box
        if self._desk.ends_with_window:
            box.setInformativeText(
                self.tr("The demo ends with its window; the step in flight is finished and recorded.")
            )
            self._end = box.addButton(self.tr("Stop and end the demo"), QMessageBox.ButtonRole.DestructiveRole)
        else:
            box.setInformativeText(
                self.tr(
                    "Stepwell does not end with this window. Tasks can go on in the background; `stepwell gui` shows"
                    " them again, `stepwell down` ends everything."
                )
            )
            self._keep = box.addButton(self.tr("Keep running"), QMessageBox.ButtonRole.AcceptRole)
            self._end = box.addButton(self.tr("Stop the tasks"), QMessageBox.ButtonRole.DestructiveRole)
            box.setDefaultButton(self._keep)
            self._always = QCheckBox(self.tr("Do the same next time, without asking"), box)
            box.setCheckBox(self._always)
        cancel = box.addButton(self.tr("Do not close"), QMessageBox.ButtonRole.RejectRole)
        box.setEscapeButton(cancel)
        if self._keep is None:
            box.setDefaultButton(cancel)
        return box

    def _answered(self, _result: int) -> None:
        box, self._box = self._box, None
        if box is None:
            return
        clicked, always = box.clickedButton(), self._always is not None and self._always.isChecked()
        box.deleteLater()
        if clicked not in (self._keep, self._end) or clicked is None:
            return
        if always:
            self._desk.state.now.on_close = "keep" if clicked is self._keep else "stop"
            self._desk.state.save()
        if clicked is self._end:
            self._stop()
        else:
            self.decided.emit()

    def _stop(self) -> None:
        self._is_stopping = True
        self._timer.start()
        self._desk.tell.emit(self.tr("Stopping the tasks; the window closes when that is in good hands."), False)
        self._desk.commands.stop_all()
        if not self._desk.commands.is_asking_to_stop:
            self._stops_ended()

    def _stops_ended(self) -> None:
        if self._is_stopping:
            self._timer.stop()
            self.decided.emit()
