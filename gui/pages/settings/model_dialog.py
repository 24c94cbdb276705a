"""A model profile: new, or edited. A key that is typed here is written once and never shown again.

What is typed (but a key) is in the desk's state, so a dialog that was open when the window died comes back. A field
that cannot be used says why beside itself. Opened by model_section.py.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QScrollArea, QWidget

from gui.pages.settings.fields import allowed, numbers_of, read_number, shown
from gui.pages.settings.hosts import host_of, is_open_wire, where_screenshots_go
from gui.pages.settings.key_editor import EDITOR_WIDE, KeyEditor
from gui.pages.settings.layout import Row
from gui.pages.settings.model_check import ModelCheck
from gui.widgets.looks import MARGIN, SPACE, button, column, label, restyle, row
from shared.settings import ModelProfile
from shared.settings_file import with_model

if TYPE_CHECKING:
    from gui.desk import Desk

_SIZE = (680, 640)
_NAME = re.compile(r"\A[A-Za-z0-9_-]{1,64}\Z")  # as in shared/settings.py
_NEW = ModelProfile(base_url="http://127.0.0.1:8000/v1")


class ModelDialog(QDialog):
    """See the head of this file. `name` '' means a new profile."""

    def __init__(self, desk: Desk, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._name = name
        self._was = desk.keeper.settings.models.get(name, _NEW)
        self._numbers = numbers_of(ModelProfile)
        self.rows: dict[str, Row] = {}
        self._begin_draft()
        self._check = ModelCheck(desk.home.root, self)
        self._check.told.connect(self._tell)
        self.setWindowTitle(self.tr("Model “%1”").replace("%1", name) if name else self.tr("Add a model"))
        self.resize(*_SIZE)
        self.where = label("", wrap=True)
        self.told = label("", "muted", wrap=True)
        self.key = KeyEditor(name, self._was, is_set=name in desk.keeper.keys)
        column(self, self._fields(), self.told, self._buttons(), margin=MARGIN, space=SPACE + SPACE // 2)
        self._show(complain=False)

    def reject(self) -> None:
        """Close without saving; what was typed is forgotten."""
        self._forget()
        super().reject()

    def try_to_save(self) -> None:
        """Save the profile, when everything in it can be used."""
        profile = self._show(complain=True)
        if profile is None:
            self._tell(self.tr("Something above cannot be used yet."), ok=False)
            return
        self.save.setEnabled(False)
        self._tell(self.tr("Saving…"), ok=True)
        name = self._text("name")
        wanted = with_model(self._desk.keeper.settings, name, profile)
        self._desk.keeper.change(wanted, self._saved, self._failed, self.key.change(name))

    def _fields(self) -> QScrollArea:
        self._add("name", self.tr("Name"), self.tr("Tasks name it so; it cannot be changed later."), QLineEdit())
        self.rows["name"].editor.setEnabled(not self._name)
        hint = self.tr("Up to the version, like http://127.0.0.1:8000/v1")
        self._add("base_url", self.tr("Address"), hint, QLineEdit())
        self._add("model", self.tr("Model"), self.tr("As the endpoint calls it."), QLineEdit())
        languages = QComboBox()
        languages.addItem("English", "en")
        languages.addItem("中文", "zh")
        self._add("language", self.tr("Language of the prompt"), self.tr("AutoGLM models know both."), languages)
        inside = QWidget()
        layout = column(inside, space=MARGIN)
        for one in (self.rows["name"], self.rows["base_url"], self.where, self.rows["model"], self.rows["language"]):
            layout.addWidget(one)
        layout.addWidget(self.key)
        layout.addWidget(label(self.tr("Sampling and patience"), "heading"))
        for name, title, unit in self._number_titles():
            edit = QLineEdit()
            self._add(name, title, allowed(self._numbers[name]), edit, unit)
            layout.addWidget(self.rows[name])
        layout.addStretch(1)
        layout.setContentsMargins(0, 0, SPACE, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        return scroll

    def _number_titles(self) -> list[tuple[str, str, str]]:
        return [
            ("max_tokens", self.tr("Longest reply"), self.tr("tokens")),
            ("temperature", self.tr("Temperature"), ""),
            ("top_p", self.tr("Top p"), ""),
            ("frequency_penalty", self.tr("Frequency penalty"), ""),
            ("timeout_s", self.tr("Patience for a reply"), self.tr("seconds")),
            ("retries", self.tr("Tries after a failure"), self.tr("times")),
        ]

    def _buttons(self) -> Any:
        self.check = button(self.tr("Check"), tip=self.tr("Ask the endpoint for its models; nothing else is sent"))
        self.save = button(self.tr("Save"), "primary")
        self.save.setDefault(True)
        cancel = button(self.tr("Cancel"))
        self.check.clicked.connect(self._ask)
        self.save.clicked.connect(self.try_to_save)
        cancel.clicked.connect(self.reject)
        return row(None, self.check, None, cancel, self.save)

    def _add(self, name: str, title: str, hint: str, editor: QLineEdit | QComboBox, unit: str | None = None) -> None:
        text = self._draft.get(name, self._name if name == "name" else shown(getattr(self._was, name, "")))
        if isinstance(editor, QLineEdit):
            editor.setText(text)
            editor.textEdited.connect(partial(self._edited, name))
        else:
            editor.setCurrentIndex(max(0, editor.findData(text)))
            editor.currentIndexChanged.connect(partial(self._edited, name))
        editor.setObjectName(f"model-{name}")
        self.rows[name] = Row(title, hint, editor, unit, EDITOR_WIDE)

    def _edited(self, name: str, _value: object) -> None:
        self._draft[name] = self._text(name)
        self._desk.state.save()
        self._show(complain=False, touched=name)

    def _text(self, name: str) -> str:
        editor = self.rows[name].editor
        if isinstance(editor, QComboBox):
            return str(editor.currentData())
        return editor.text().strip() if isinstance(editor, QLineEdit) else ""

    def _show(self, *, complain: bool, touched: str = "") -> ModelProfile | None:
        """Return what the fields mean, None when one cannot be used; complain of all, or of the touched ones only."""
        url = self._text("base_url")
        said = where_screenshots_go(url)
        open_wire = is_open_wire(url)
        if open_wire:
            said += " " + self.tr("Without encryption: anyone on the way can see them, and the key.")
        restyle(self.where, "look", "warn" if open_wire else "muted")
        self.where.setText(said)
        self.where.setVisible(bool(said))
        values, wrong = self._read()
        for name, one in self.rows.items():
            if complain or name == touched or not wrong.get(name):
                one.complain(wrong.get(name, ""))
        key_wrong = self.key.complaint()
        if complain:
            self.key.complain(key_wrong)
        if wrong or key_wrong:
            return None
        return msgspec.structs.replace(self._was, **values, **self.key.fields(self._text("name")))

    def _read(self) -> tuple[dict[str, Any], dict[str, str]]:
        values: dict[str, Any] = {name: self._text(name) for name in ("base_url", "model", "language")}
        wrong = {name: why for name, why in self._wrong_texts().items() if why}
        for name in self.rows:
            if name in self._numbers:
                try:
                    values[name] = read_number(self._text(name), self._numbers[name])
                except ValueError as error:
                    wrong[name] = str(error)
        return values, wrong

    def _wrong_texts(self) -> dict[str, str]:
        name, url, model = self._text("name"), self._text("base_url"), self._text("model")
        wrong = {"name": "", "base_url": "", "model": ""}
        if not _NAME.match(name):
            wrong["name"] = self.tr("1 to 64 letters, digits, “_” or “-”.")
        elif not self._name and name in self._desk.keeper.settings.models:
            wrong["name"] = self.tr("There is a profile of this name already.")
        if not host_of(url) or any(sign.isspace() for sign in url):
            wrong["base_url"] = self.tr("An address that begins with http:// or https://.")
        if not model:
            wrong["model"] = self.tr("The endpoint must be told a model.")
        return wrong

    def _ask(self) -> None:
        profile = self._show(complain=True)
        if profile is None:
            self._tell(self.tr("Something above cannot be used yet."), ok=False)
            return
        self.check.setEnabled(False)
        self._tell(self.tr("Asking the endpoint…"), ok=True)
        self._check.ask(self._text("name"), profile, self.key.typed())

    def _tell(self, sentence: str, ok: bool) -> None:
        self.check.setEnabled(not self._check.is_asking)
        restyle(self.told, "look", "muted" if ok else "error")
        self.told.setText(sentence)

    def _begin_draft(self) -> None:
        place = self._desk.state.now.settings
        if place.model_edited != self._name:
            place.model_edited, place.model_draft = self._name, {}
        self._draft = place.model_draft
        self._desk.state.save()

    def _forget(self) -> None:
        place = self._desk.state.now.settings
        place.model_edited, place.model_draft = None, {}
        self._desk.state.save()

    def _saved(self) -> None:
        self._forget()
        self.accept()

    def _failed(self, why: str) -> None:
        self.save.setEnabled(True)
        self._tell(why, ok=False)
