"""What stands on PHONES while everything starts: which processes there are already, and how each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from gui import words
from gui.widgets.looks import SPACE, column, label, row
from shared.messages import Role

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import ProcessRow

_DETAIL: Final = 60  # characters; SETTINGS shows all of it


class Starting(QWidget):
    """See the head of this file. A line a process; the next ones appear when those before them are ready."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._link = desk.link
        self.lines = label("", "muted")
        middle = row(None, None, self.lines, None)
        title = row(None, None, label(self.tr("Stepwell is starting"), "heading"), None)
        column(self, None, title, middle, None, margin=3 * SPACE)
        desk.link.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        processes = self._link.processes
        rows = [one for one in processes.items if one.role != Role.GUI] if processes is not None else []
        self.lines.setText("\n".join(self._line(one) for one in rows))

    def _line(self, process: ProcessRow) -> str:
        signs = {"starting": "○", "ready": "●", "failed": "✕"}
        told = f"{signs.get(process.state, '○')}  {self._name(process)} · {self._state(process.state)}"
        return f"{told}: {words.one_line(process.detail, _DETAIL)}" if process.state == "failed" else told

    def _name(self, process: ProcessRow) -> str:
        known: dict[str, str] = {
            Role.DAEMON: self.tr("the store"),
            Role.WORKER: self.tr("a worker"),
            Role.PHONE: self.tr("the simulated phone"),
            Role.MODEL: self.tr("the scripted model"),
        }
        return known.get(process.role, process.name)

    def _state(self, state: str) -> str:
        known = {"starting": self.tr("starts"), "ready": self.tr("ready"), "failed": self.tr("failed")}
        return known.get(state, state)
