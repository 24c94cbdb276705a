"""The tray: a message when a task has ended or needs a person, and a small menu. Where there is no tray, the window.

A click on the message opens its task. Many ends within a moment are one message: a queue of short tasks must not rain
on the desktop. Nothing is sent while the person looks at the window, which shows it anyway. Made by app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from gui import words
from gui.icon import app_icon
from shared.messages import GetTask, Role, TaskView
from shared.task_state import TaskState

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.main_window import MainWindow
    from shared.messages import StateChanged

_GATHER_MS: Final = 400  # ends of one moment are told together
_TITLE: Final = 60
_GOOD: Final = (TaskState.SUCCESS, TaskState.STOPPED)


class Tray(QObject):
    """See the head of this file. `icon` is None where the desktop has no tray."""

    def __init__(self, desk: Desk, window: MainWindow) -> None:
        super().__init__()
        self._desk = desk
        self._window = window
        self._ended: list[StateChanged] = []
        self._session_id: str | None = None  # the task that the message shown last is about
        self._timer = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._timer.timeout.connect(self._tell_ends)
        self.icon = QSystemTrayIcon(app_icon(), self) if QSystemTrayIcon.isSystemTrayAvailable() else None
        self._menu = QMenu(window)
        if self.icon is not None:
            self.icon.setContextMenu(self._menu)
            self.icon.activated.connect(self._activated)
            self.icon.messageClicked.connect(self._open)
            self.icon.show()
        self.retranslate()
        desk.fleet.ended.connect(self._task_ended)
        desk.fleet.changed.connect(self._show_state)
        desk.settings_changed.connect(self.retranslate)

    def retranslate(self) -> None:
        """Write the menu in the language that is spoken now."""
        self._menu.clear()
        self._menu.addAction(self.tr("Show the window")).triggered.connect(self.show_window)
        self._stop_all = self._menu.addAction(self.tr("Stop all tasks"))
        self._stop_all.triggered.connect(self._desk.commands.stop_all)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Close the window")).triggered.connect(self._window.close)
        self._show_state()

    def show_window(self) -> None:
        """Bring the window to the front."""
        self._window.setVisible(True)
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()

    def hide(self) -> None:
        """Take the icon away; the window ends."""
        if self.icon is not None:
            self.icon.hide()

    def _show_state(self) -> None:
        running, waiting = len(self._desk.fleet.running), len(self._desk.fleet.queue)
        self._stop_all.setEnabled(bool(running or waiting))
        if self.icon is not None:
            told = self.tr("%n task(s) running", "", running) if running else self.tr("no task runs")
            self.icon.setToolTip(f"Stepwell — {told}")

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.show_window()

    def _task_ended(self, change: StateChanged) -> None:
        if self._desk.state.now.notify and not self._window.isActiveWindow():
            self._ended.append(change)
            self._timer.start()

    def _tell_ends(self) -> None:
        ended, self._ended = self._ended, []
        if len(ended) == 1:
            ask = GetTask(task_id=ended[0].session_id)
            self._desk.link.ask(Role.DAEMON, ask, TaskView, self._tell_end)
        elif ended:
            good = sum(change.to_state in _GOOD for change in ended)
            told = self.tr("%1 of them without a failure.").replace("%1", str(good))
            needing = [change.session_id for change in ended if words.asked_of_person(change.reason)]
            if needing:
                told = f"{told} {self.tr('A task needs you')}."
            opens = needing[0] if needing else None
            self._say(self.tr("%n task(s) ended", "", len(ended)), told, opens, is_bad=good < len(ended))

    def _tell_end(self, view: TaskView) -> None:
        task = view.task
        title = words.one_line(task.task_description, _TITLE)
        asked = words.asked_of_person(task.error_message or "")
        if asked and task.final_status is TaskState.FAILED:
            self._say(self.tr("A task needs you"), f"{title} · {asked}", task.session_id, is_bad=True)
            return
        is_bad = task.final_status not in _GOOD
        self._say(title, words.how_it_ended(task), task.session_id, is_bad=is_bad)

    def _say(self, title: str, sentence: str, session_id: str | None, *, is_bad: bool) -> None:
        self._session_id = session_id
        if self.icon is None:
            self._desk.tell.emit(f"{title}: {sentence}", is_bad)
            return
        kinds = QSystemTrayIcon.MessageIcon
        self.icon.showMessage(title, sentence, kinds.Warning if is_bad else kinds.Information)

    def _open(self) -> None:
        self.show_window()
        if self._session_id is not None:
            self._desk.open_task.emit(self._session_id, None)
