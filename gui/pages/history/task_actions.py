"""What can be done with the selected tasks: the buttons below the details, and the same as a menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from gui.pages.history.task_view import CHOSEN_MAX
from gui.widgets.looks import button, column, label, row
from shared.messages import Label
from shared.task_state import is_final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gui.commands import Commands
    from shared.messages import TaskRow


class TaskActions(QWidget):
    """See the head of this file. `judged` carries a Label, or None to take a judgement back."""

    open_wanted = Signal()
    export_wanted = Signal()
    delete_wanted = Signal()
    stop_wanted = Signal()
    judged = Signal(object)

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self._commands = commands
        self._labels: set[Label | None] = set()
        self.open = button(self.tr("Open"), "primary", tip=self.tr("Show it in Run (Enter)"))
        self.export = button(self.tr("Export…"), tip=self.tr("A report with all steps and pictures (Ctrl+E)"))
        self.stop = button("", "danger", tip=self.tr("Stop what runs or waits of it (Ctrl+.)"))
        self.right = button(self.tr("✓ Right"), tip=self.tr("Judge: the task did what it should; again takes it back"))
        self.wrong = button(self.tr("✗ Wrong"), tip=self.tr("Judge: it did not; again takes it back"))
        self.delete = button(self.tr("Delete…"), "danger", tip=self.tr("Remove what has ended for good (Del)"))
        self.note = label("", "muted", wrap=True)
        for one in (self.right, self.wrong):
            one.setCheckable(True)
        column(
            self,
            self.note,
            row(None, self.open, self.export, None, self.stop),
            row(None, self.right, self.wrong, None, self.delete),
        )
        self.open.clicked.connect(self.open_wanted)
        self.export.clicked.connect(self.export_wanted)
        self.delete.clicked.connect(self.delete_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.right.clicked.connect(partial(self._judge, Label.RIGHT))
        self.wrong.clicked.connect(partial(self._judge, Label.WRONG))
        self.show_for([], 0)

    def show_for(self, chosen: Sequence[TaskRow], count: int) -> None:
        """Offer what can be done with these tasks; none are given when the `count` selected ones are too many."""
        ended = bool(chosen) and all(is_final(task.final_status) for task in chosen)
        some_ended = any(is_final(task.final_status) for task in chosen)
        self._labels = {task.user_label for task in chosen}
        self.open.setEnabled(count == 1 and bool(chosen))
        self.export.setEnabled(bool(chosen))
        for one, meant in ((self.right, Label.RIGHT), (self.wrong, Label.WRONG)):
            one.setEnabled(ended)
            one.setChecked(self._labels == {meant})
        self.delete.setEnabled(some_ended)
        self._show_stop([task.session_id for task in chosen if not is_final(task.final_status)])
        self.note.setText(self._note(chosen, count, ended=ended))
        self.note.setVisible(bool(self.note.text()))

    def menu(self, parent: QWidget) -> QMenu:
        """Return the same as a menu."""
        found = QMenu(parent)
        found.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for one in (self.open, self.export, self.right, self.wrong, self.delete):
            _add(found, one, one.click)
            if one in (self.export, self.wrong):
                found.addSeparator()
        return found

    def _show_stop(self, under_way: Sequence[str]) -> None:
        asked = all(self._commands.is_stopping(session_id) for session_id in under_way)
        self.stop.setVisible(bool(under_way))
        self.stop.setEnabled(not asked)
        self.stop.setText(self.tr("Stopping…") if asked else self.tr("■ Stop"))
        self.stop.setAccessibleName(self.stop.text())

    def _note(self, chosen: Sequence[TaskRow], count: int, *, ended: bool) -> str:
        if count > CHOSEN_MAX:
            told = self.tr("%1 tasks are selected; at most %2 can be worked on at once.")
            return told.replace("%1", str(count)).replace("%2", str(CHOSEN_MAX))
        if len(chosen) < count:
            return self.tr("Some of the selected tasks are being read…")
        if chosen and not ended:
            return self.tr("Only a task that has ended can be judged or deleted.")
        return ""

    def _judge(self, meant: Label, _checked: bool = False) -> None:
        self.judged.emit(None if self._labels == {meant} else meant)


def _add(menu: QMenu, like: QPushButton, do: Callable[[], None]) -> None:
    action = menu.addAction(like.text())
    action.setEnabled(like.isEnabled())
    action.setCheckable(like.isCheckable())
    action.setChecked(like.isChecked())
    action.triggered.connect(do)
