"""What every page of the window works with: one object, made once, handed to each of them.

Pages never know each other; they meet here: `open_task` asks for a task (and step) to be shown in RUN, `tell` for a
sentence to be shown to the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.commands import Commands
from gui.export_job import ExportJobs
from gui.fleet import Fleet
from gui.lasting import end_all
from gui.link.link import Link
from gui.pictures import Pictures
from gui.settings_keeper import SettingsKeeper
from gui.state import WindowState
from gui.state_file import take_state_file
from shared.identity import Identity, new_incarnation

if TYPE_CHECKING:
    from shared.child import Child
    from shared.settings import Language, Settings


class Desk(QObject):
    """See the head of this file. `settings` are those of `stepwell.toml` as they were last read."""

    open_task = Signal(str, object)  # session_id, and step_num or None
    tell = Signal(str, bool)  # a sentence, and whether it is an error
    settings_changed = Signal()  # other settings are in force: language and model profiles may be new
    theme_changed = Signal()

    def __init__(self, child: Child) -> None:
        super().__init__()
        self.home = child.home
        self.demo = child.config.demo
        self.ends_with_window = child.config.options.get("ends_with_window") == "1"  # all of Stepwell does
        self.settings: Settings = child.config.settings
        self._start_id = child.config.start_id
        self._asked_for = child.config.options.get("language", "")
        self._state_file = take_state_file(child.home)
        self.state = WindowState(self._state_file.path, self._state_file.first)
        # Not the child's own identity: by that one the runtime is connected to the supervisor, and of two connections
        # with one identity only the later one is heard: no readiness, no heartbeat, no Quit.
        self.link = Link(child.home, Identity(child.identity.name, new_incarnation()))
        self.fleet = Fleet(self.link)
        self.commands = Commands(self.link, self.fleet, child.identity)
        self.pictures = Pictures(child.home)
        self.keeper = SettingsKeeper(self)
        self.exports = ExportJobs(child.home)
        self.work = QObject(self)  # of lasting jobs
        self.commands.told.connect(self.tell)

    @property
    def language(self) -> Language:
        """What the window speaks: what this start was asked for, until a person chooses; else what the settings say."""
        if self._asked_for and self.state.now.language_chosen_in != self._start_id:
            return "zh" if self._asked_for == "zh" else "en"
        return self.settings.language

    def language_chosen(self) -> None:
        """Speak the settings' language from now on: a person has chosen it."""
        self.state.now.language_chosen_in = self._start_id
        self.state.save()
        self.settings_changed.emit()

    def take_settings(self, settings: Settings) -> None:
        """Go on with other settings."""
        if settings != self.settings:
            self.settings = settings
            self.settings_changed.emit()

    def close(self) -> None:
        """End the threads and write what is not written yet."""
        self.exports.close()
        end_all(self.work)
        self.link.close()
        self.pictures.close()
        self.keeper.close()
        self.state.close()
        self._state_file.release()
