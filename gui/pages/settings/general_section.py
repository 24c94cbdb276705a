"""Language, theme, notifications, and what closing the window means: what counts at once, without Save."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QSystemTrayIcon, QWidget

from gui.pages.settings.layout import EDITOR, Card, Row, Section
from gui.widgets.looks import button, row

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.state import OnClose, Theme
    from shared.settings import Language

_THEMES: tuple[Theme, ...] = ("system", "light", "dark")
_LANGUAGES = {"en": "English", "zh": "中文"}  # each in itself, so that it is found by who reads no other


class GeneralSection(Section):
    """The section General."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("General"), self.tr("What is chosen here counts at once."))
        self._desk = desk
        now = desk.state.now
        self.language = Choice(_LANGUAGES, desk.language, "language")
        self.language.group.idClicked.connect(self._choose_language)
        themes = {"system": self.tr("System"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        self.theme = Choice(themes, now.theme, "theme")
        self.theme.group.idClicked.connect(self._choose_theme)
        looks = Card(self.tr("Appearance"))
        looks.add(Row(self.tr("Language"), self.tr("Of this window; a model profile has its own."), self.language))
        looks.add(
            Row(self.tr("Theme"), self.tr("System follows the desktop, where it says what it prefers."), self.theme)
        )
        self.add(looks, self._background())

    def _background(self) -> Card:
        now = self._desk.state.now
        self.notify = QCheckBox(self.tr("Notify me"))
        self.notify.setObjectName("notify")
        self.notify.setChecked(now.notify)
        self.notify.toggled.connect(self._choose_notify)
        hint = self.tr("When a task has ended or needs a person, and the window is not in front.")
        if not QSystemTrayIcon.isSystemTrayAvailable():
            hint += " " + self.tr("This desktop has no tray: it is said in the window.")
        card = Card(self.tr("In the background"))
        card.add(Row(self.tr("Notifications"), hint, self.notify))
        card.add(Row(self.tr("Closing with tasks running"), self._closing_hint(), self._closing()))
        return card

    def _closing(self) -> QComboBox:
        self.on_close = QComboBox()
        self.on_close.setObjectName("on_close")
        self.on_close.addItem(self.tr("Ask me"), "ask")
        self.on_close.addItem(self.tr("Keep them running"), "keep")
        self.on_close.addItem(self.tr("Stop them"), "stop")
        self.on_close.setCurrentIndex(self.on_close.findData(self._desk.state.now.on_close))
        self.on_close.currentIndexChanged.connect(self._choose_on_close)
        self.on_close.setEnabled(not self._desk.ends_with_window)
        return self.on_close

    def _closing_hint(self) -> str:
        if self._desk.ends_with_window:
            return self.tr("This demo ends with its window, so it always asks.")
        return self.tr("Stepwell itself goes on; `stepwell gui` opens the window again, `stepwell down` ends it all.")

    def _choose_language(self, index: int) -> None:
        language = cast("Language", list(_LANGUAGES)[index])
        wanted = msgspec.structs.replace(self._desk.keeper.settings, language=language)
        self._desk.keeper.change(wanted, self._desk.language_chosen, self._not_chosen)

    def _not_chosen(self, _why: str) -> None:
        self.language.choose(self._desk.language)

    def _choose_theme(self, index: int) -> None:
        self._desk.state.now.theme = _THEMES[index]
        self._desk.state.save()
        self._desk.theme_changed.emit()

    def _choose_notify(self, on: bool) -> None:
        self._desk.state.now.notify = on
        self._desk.state.save()

    def _choose_on_close(self, _index: int) -> None:
        self._desk.state.now.on_close = cast("OnClose", self.on_close.currentData())
        self._desk.state.save()


class Choice(QWidget):
    """A few buttons of which one is chosen; the arrow keys walk them."""

    def __init__(self, choices: dict[str, str], chosen: str, name: str) -> None:
        super().__init__()
        self.group = QButtonGroup(self)
        self.buttons = {}
        layout = row(self, space=4)
        for number, (value, told) in enumerate(choices.items()):
            one = button(told)
            one.setCheckable(True)
            one.setObjectName(f"{name}-{value}")
            self.buttons[value] = one
            self.group.addButton(one, number)
            layout.addWidget(one, 1)
        self.setFixedWidth(EDITOR)
        self.choose(chosen)

    def choose(self, value: str) -> None:
        """Mark what is in force."""
        self.buttons[value].setChecked(True)
