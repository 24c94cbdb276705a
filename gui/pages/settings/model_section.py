"""The model profiles: which endpoints there are, which is the default, and where screenshots go.

What is said of a key is only where it comes from; no key is ever read here. Dialogs are model_dialog.py's.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from gui.pages.settings.hosts import where_screenshots_go
from gui.pages.settings.layout import Card, Section, banner
from gui.pages.settings.model_check import ModelCheck
from gui.pages.settings.model_dialog import ModelDialog
from gui.settings_keeper import KeyChange
from gui.widgets.badge import Badge
from gui.widgets.elided import ElidedLabel
from gui.widgets.empty import EmptyState
from gui.widgets.looks import MARGIN, SPACE, button, column, label, restyle, row
from shared.errors import StepwellError
from shared.settings_file import without_model

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton, QLayout

    from gui.desk import Desk
    from shared.settings import ModelProfile, Settings

translate = QCoreApplication.translate  # by this name lupdate finds the texts


class ModelSection(Section):
    """The section Models."""

    def __init__(self, desk: Desk) -> None:
        sentence = self.tr(
            "Endpoints that speak the OpenAI API. A task names a profile; without one the default profile is used."
        )
        super().__init__(self.tr("Models"), sentence)
        self._desk = desk
        self.profiles: dict[str, ProfileCard] = {}
        self.dialog: ModelDialog | None = None
        if desk.demo:
            demo = self.tr(
                "In the demo a scripted model on this machine is the default profile, whatever is set up here. Other"
                " profiles are real: a task that names one sends its screenshots there."
            )
            self.add(banner(demo))
        self._list = column(None, space=MARGIN)
        self.cards.addLayout(self._list)
        self.new = button(self.tr("Add a model…"), "primary")
        self.new.setObjectName("add-model")
        self.new.clicked.connect(partial(self.edit, ""))
        self.cards.addLayout(row(None, self.new, None))
        desk.keeper.changed.connect(self._show)
        self._show()
        if desk.state.now.settings.model_edited is not None:
            QTimer.singleShot(0, self, partial(self.edit, desk.state.now.settings.model_edited))

    def edit(self, name: str, _checked: bool = False) -> None:
        """Open the dialog of a profile; '' for a new one."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        self.dialog = ModelDialog(self._desk, name, self)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _show(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        settings = self._desk.keeper.settings
        default = "" if self._desk.demo else default_name(settings)
        self.profiles = {
            name: ProfileCard(self, self._desk, name, is_default=name == default) for name in sorted(settings.models)
        }
        for card in self.profiles.values():
            self._list.addWidget(card)
        if not self.profiles:
            self._list.addWidget(self._empty())

    def _empty(self) -> QWidget:
        card = Card()
        text = self.tr("The agent “phone” needs one: the address of an endpoint, a model, perhaps a key.")
        card.rows.addWidget(EmptyState(self.tr("No model is set up yet"), text))
        return card


class ProfileCard(Card):
    """One profile: what it is, and what can be done with it."""

    def __init__(self, section: ModelSection, desk: Desk, name: str, *, is_default: bool) -> None:
        super().__init__()
        self._desk = desk
        self._name = name
        self._profile: ModelProfile = desk.keeper.settings.models[name]
        self._box: QMessageBox | None = None
        self._section = section
        self._check = ModelCheck(desk.home.root, self)
        self._check.told.connect(self._checked)
        title = ElidedLabel(name, "heading")
        badges = [Badge(self.tr("default"), "live")] if is_default else []
        badges.append(Badge({"en": "English", "zh": "中文"}[self._profile.language], "idle"))
        head = row(None, title, *badges)
        head.setStretch(0, 1)
        about = ElidedLabel(f"{self._profile.model} · {self._profile.base_url}")
        self.where = label(where_screenshots_go(self._profile.base_url), "muted", wrap=True)
        self.key = label(key_state(name, self._profile, desk.keeper.keys, is_default=is_default), "muted", wrap=True)
        self.answer = label("", "muted", wrap=True)
        self.answer.hide()
        texts = column(None, about, self.where, self.key, self.answer, space=SPACE // 2)
        self.rows.addLayout(head)
        self.rows.addLayout(texts)
        self.rows.addLayout(self._buttons(is_default=is_default))

    def _buttons(self, *, is_default: bool) -> QLayout:
        told = {"edit": self.tr("Edit…"), "check": self.tr("Check"), "default": self.tr("Make default")}
        told["remove"] = self.tr("Remove…")
        if is_default or self._desk.demo:
            del told["default"]
        doing = {"edit": self._edit, "check": self._ask, "default": self._make_default, "remove": self._remove}
        self.buttons = {}
        for what, text in told.items():
            one = button(text, "quiet" if what == "remove" else "", name=f"{text} {self._name}")
            one.setObjectName(f"{what}-{self._name}")
            one.clicked.connect(doing[what])
            self.buttons[what] = one
        *others, last = self.buttons.values()
        return row(None, *others, None, last)

    def _edit(self) -> None:
        self._section.edit(self._name)

    def _ask(self) -> None:
        self._tell(self.tr("Asking the endpoint…"), "muted")
        self.buttons["check"].setEnabled(False)
        self._check.ask(self._name, self._profile, "")

    def _checked(self, sentence: str, ok: bool) -> None:
        if not ok and self._profile.api_key_env:
            sentence += " " + self.tr("(Asked without a key: the window does not know the variable.)")
        self.buttons["check"].setEnabled(True)
        self._tell(sentence, "ok" if ok else "error")

    def _tell(self, sentence: str, look: str) -> None:
        restyle(self.answer, "look", look)
        self.answer.setText(sentence)
        self.answer.show()

    def _make_default(self) -> None:
        settings = self._desk.keeper.settings
        task = msgspec.structs.replace(settings.task, model=self._name)
        self._change(msgspec.structs.replace(settings, task=task))

    def _remove(self) -> None:
        box = QMessageBox(self)
        self._box = box
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Remove a model"))
        box.setText(self.tr("Remove the profile “%1”?").replace("%1", self._name))
        box.setInformativeText(
            self.tr("Tasks that wait for it will fail; what is recorded stays. A key that was typed in is removed too.")
        )
        self._confirm = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.buttonClicked.connect(self._removal_answered)
        box.open()

    def _removal_answered(self, clicked: QAbstractButton) -> None:
        if clicked is self._confirm:
            key = KeyChange(self._name) if self._name in self._desk.keeper.keys else None
            self._change(without_model(self._desk.keeper.settings, self._name), key)

    def _change(self, wanted: Settings, key: KeyChange | None = None) -> None:
        self._desk.keeper.change(wanted, self._nothing, self._refused, key)

    def _nothing(self) -> None:
        """Do nothing: the window is built anew."""

    def _refused(self, why: str) -> None:
        self._tell(why, "error")


def default_name(settings: Settings) -> str:
    """Return the name of the profile that is used when none is named; '' when there is none."""
    try:
        return settings.profile()[0]
    except StepwellError:
        return ""


def key_state(name: str, profile: ModelProfile, keys: frozenset[str], *, is_default: bool) -> str:
    """Say where a profile's key comes from."""
    if profile.api_key_env:
        return translate("key", "Key: from the variable %1.").replace("%1", f"${profile.api_key_env}")
    if profile.api_key_file == f"keys/{name}":
        return (
            translate("key", "Key: a key is set.")
            if name in keys
            else translate("key", "Key: its file is missing; type it again.")
        )
    if profile.api_key_file:
        return translate("key", "Key: from the file %1.").replace("%1", profile.api_key_file)
    return (
        translate("key", "Key: from $STEPWELL_API_KEY, when that is set.")
        if is_default
        else translate("key", "Key: none is sent.")
    )
