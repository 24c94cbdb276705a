"""The page SETTINGS: a list of sections at the left, the chosen one beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QWidget

from gui.pages.settings.about_section import AboutSection
from gui.pages.settings.general_section import GeneralSection
from gui.pages.settings.model_section import ModelSection
from gui.pages.settings.task_section import TaskSection
from gui.widgets.looks import row

if TYPE_CHECKING:
    from gui.desk import Desk

_LIST_WIDTH = 200
_ITEM = 40


class SettingsPage(QWidget):
    """The page SETTINGS. `sections` by name, in the list's order."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.names = QListWidget()
        self.names.setObjectName("settings-sections")
        self.names.setProperty("look", "sections")
        self.names.setAccessibleName(self.tr("Sections of the settings"))
        self.names.setFixedWidth(_LIST_WIDTH)
        self._stack = QStackedWidget()
        self.sections: dict[str, QWidget] = {}
        self._add("general", self.tr("General"), GeneralSection(desk))
        self._add("models", self.tr("Models"), ModelSection(desk))
        self._add("tasks", self.tr("Tasks"), TaskSection(desk))
        self._add("about", self.tr("About"), AboutSection(desk))
        row(self, self.names, self._stack, space=0).setStretch(1, 1)
        self.setFocusProxy(self.names)
        self.names.currentRowChanged.connect(self._chosen)
        self.show_section(desk.state.now.settings.section)

    def show_section(self, name: str) -> None:
        """Show a section; the first one when there is none of that name."""
        known = list(self.sections)
        self.names.setCurrentRow(known.index(name) if name in known else 0)

    def _add(self, name: str, title: str, section: QWidget) -> None:
        self.sections[name] = section
        self._stack.addWidget(section)
        item = QListWidgetItem(title)
        item.setSizeHint(QSize(0, _ITEM))
        self.names.addItem(item)

    def _chosen(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self._desk.state.now.settings.section = list(self.sections)[index]
        self._desk.state.save()
