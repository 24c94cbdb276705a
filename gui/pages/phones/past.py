"""The two menus of the task input: texts of earlier tasks, and templates that a person keeps under a name.

Both live in the desk's state. A template holds everything but the phones. Called by task_input.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QPushButton, QWidget

from gui import words
from gui.state import Template
from gui.widgets.looks import button

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from gui.state import Draft, WindowState

_SHOWN: Final = 20
_WIDTH: Final = 60  # characters of a text in a menu
_NAME_MAX: Final = 80


class PastTexts(QObject):
    """The menu of earlier texts; `wanted` carries the chosen one."""

    wanted = Signal(str)

    def __init__(self, state: WindowState, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self.menu = QMenu(parent)
        self.menu.aboutToShow.connect(self.fill)
        tip = self.tr("Texts of earlier tasks (Up in the first line)")
        self.button = _with_menu(self.tr("Recent"), tip, self.menu)

    def fill(self) -> None:
        """Show what there is now."""
        self.menu.clear()
        for text in self._state.now.past_texts[:_SHOWN]:
            _entry(self.menu, words.one_line(text, _WIDTH)).triggered.connect(partial(self._choose, text))
        if not self._state.now.past_texts:
            _entry(self.menu, self.tr("No task was queued from here yet")).setEnabled(False)

    def _choose(self, text: str, _checked: bool = False) -> None:
        self.wanted.emit(text)


class Templates(QObject):
    """The menu of templates; `wanted` carries the chosen draft."""

    wanted = Signal(object)

    def __init__(self, state: WindowState, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self._parent = parent
        self.menu = QMenu(parent)
        self.menu.aboutToShow.connect(self.fill)
        self.button = _with_menu(self.tr("Templates"), self.tr("Tasks that you keep under a name"), self.menu)

    def fill(self) -> None:
        """Show what there is now."""
        self.menu.clear()
        for template in self._state.now.templates:
            _entry(self.menu, template.name).triggered.connect(partial(self._choose, template))
        if self._state.now.templates:
            self.menu.addSeparator()
        save = _entry(self.menu, self.tr("Save this task as a template…"))
        save.setEnabled(bool(self._state.now.draft.text.strip()))
        save.triggered.connect(self.ask_for_name)
        if self._state.now.templates:
            gone = self.menu.addMenu(self.tr("Delete a template"))
            for template in self._state.now.templates:
                _entry(gone, template.name).triggered.connect(partial(self.delete, template.name))

    def ask_for_name(self) -> None:
        """Ask under which name the draft shall be kept, then keep it."""
        dialog = QInputDialog(self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Save as a template"))
        dialog.setLabelText(self.tr("Name (an existing template of this name is replaced):"))
        dialog.setTextValue(words.one_line(self._state.now.draft.text, 40))
        dialog.textValueSelected.connect(self.save)
        dialog.open()

    def save(self, name: str) -> None:
        """Keep the draft under a name; the same name replaces."""
        name = words.one_line(name, _NAME_MAX)
        if not name:
            return
        kept = _without_phones(self._state.now.draft)
        others = [template for template in self._state.now.templates if template.name != name]
        self._state.now.templates = sorted([*others, Template(name=name, draft=kept)], key=_name)
        self._state.save()

    def delete(self, name: str, _checked: bool = False) -> None:
        """Keep a template no longer."""
        self._state.now.templates = [one for one in self._state.now.templates if one.name != name]
        self._state.save()

    def _choose(self, template: Template, _checked: bool = False) -> None:
        self.wanted.emit(_without_phones(template.draft))


def _without_phones(draft: Draft) -> Draft:
    return replace(draft, device_ids=[], session_ids={})


def _name(template: Template) -> str:
    return template.name.casefold()


def _entry(menu: QMenu, text: str) -> QAction:
    return menu.addAction(text.replace("&", "&&"))


def _with_menu(text: str, tip: str, menu: QMenu) -> QPushButton:
    found = button(text, "quiet", tip=tip)
    found.setMenu(menu)
    return found
