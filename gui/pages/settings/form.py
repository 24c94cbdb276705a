"""A card that edits one table of `stepwell.toml` (`task` or `limits`): rows, and Save and Discard below them.

What is typed and not saved is in the desk's state, so it outlives the window. An invalid field says why beside itself,
and nothing is saved then. Used by task_section.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gui.pages.settings.fields import allowed, numbers_of, read_number, shown
from gui.pages.settings.layout import Card, Row
from gui.widgets.looks import button, label, row

if TYPE_CHECKING:
    from gui.desk import Desk

Part = Literal["task", "limits"]


class Form(Card):
    """See the head of this file. Rows are added by `number`, `text` and `choice`; then `finish`."""

    def __init__(self, desk: Desk, part: Part, heading: str) -> None:
        super().__init__(heading)
        self._desk = desk
        self._part = part
        self._numbers = numbers_of(type(self._saved))
        self.rows_by_name: dict[str, Row] = {}
        self.save = button(self.tr("Save"), "primary", tip=self.tr("Save these settings (Enter in a field)"))
        self.discard = button(self.tr("Discard changes"), "quiet")
        self._told = label("", "muted", wrap=True)

    def number(self, name: str, title: str, hint: str, unit: str) -> None:
        """Add a field for a number, with its range."""
        about = self._numbers[name]
        empty = self.tr("; empty: none") if about.optional else ""
        edit = QLineEdit()
        self._add(name, Row(title, f"{hint} ({allowed(about)}{empty})", edit, unit), edit)

    def text(self, name: str, title: str, hint: str) -> None:
        """Add a field for a text."""
        edit = QLineEdit()
        self._add(name, Row(title, hint, edit), edit)

    def choice(self, name: str, title: str, hint: str, choices: dict[str, str]) -> None:
        """Add a choice: value → what is shown. What is set and no longer there is among them all the same."""
        now = self._typed(name)
        box = QComboBox()
        for value, told in {**choices, **({} if now in choices else {now: now})}.items():
            box.addItem(told, value)
        box.setCurrentIndex(box.findData(now))
        box.currentIndexChanged.connect(partial(self._edited, name))
        self._place(name, Row(title, hint, box))

    def finish(self) -> None:
        """Add Save and Discard, and show what is typed."""
        buttons = row(None, self._told, self.discard, self.save)
        buttons.setStretch(0, 1)
        holder = QWidget()
        holder.setLayout(buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        self.add(holder)
        self.save.setObjectName(f"save-{self._part}")
        self.save.clicked.connect(self.try_to_save)
        self.discard.clicked.connect(self._discard)
        self._show()

    def try_to_save(self) -> None:
        """Save, when everything is valid and something has changed."""
        wanted = self._wanted()
        if wanted is None or wanted == self._saved:
            return
        self.save.setEnabled(False)
        self._told.setText(self.tr("Saving…"))
        settings = msgspec.structs.replace(self._desk.keeper.settings, **{self._part: wanted})
        self._desk.keeper.change(settings, self._was_saved, self._failed)

    @property
    def _saved(self) -> msgspec.Struct:
        saved: msgspec.Struct = getattr(self._desk.keeper.settings, self._part)
        return saved

    def _add(self, name: str, one: Row, edit: QLineEdit) -> None:
        edit.setText(self._typed(name))
        edit.textEdited.connect(partial(self._edited, name))
        edit.returnPressed.connect(self.try_to_save)
        self._place(name, one)

    def _place(self, name: str, one: Row) -> None:
        one.editor.setObjectName(f"{self._part}.{name}")
        self.rows_by_name[name] = one
        self.add(one)

    def _typed(self, name: str) -> str:
        saved = shown(getattr(self._saved, name))
        return self._desk.state.now.settings.drafts.get(f"{self._part}.{name}", saved)

    def _edited(self, name: str, _value: object) -> None:
        drafts, key = self._desk.state.now.settings.drafts, f"{self._part}.{name}"
        typed = _content(self.rows_by_name[name].editor)
        if typed == shown(getattr(self._saved, name)):
            drafts.pop(key, None)
        else:
            drafts[key] = typed
        self._desk.state.save()
        self._show()

    def _show(self) -> None:
        wanted = self._wanted()
        changed = any(key.startswith(f"{self._part}.") for key in self._desk.state.now.settings.drafts)
        self._told.setText(self.tr("Not saved yet.") if changed else "")
        self.save.setEnabled(wanted is not None and wanted != self._saved)
        self.discard.setVisible(changed)

    def _wanted(self) -> msgspec.Struct | None:
        """Return what the fields mean; None, and said beside the field, when one of them cannot be used."""
        values: dict[str, Any] = {}
        valid = True
        for name, one in self.rows_by_name.items():
            try:
                values[name] = self._value(name, _content(one.editor))
                one.complain("")
            except ValueError as error:
                one.complain(str(error))
                valid = False
        return msgspec.structs.replace(self._saved, **values) if valid else None

    def _value(self, name: str, typed: str) -> object:
        if name in self._numbers:
            return read_number(typed, self._numbers[name])
        try:
            msgspec.convert({**msgspec.to_builtins(self._saved), name: typed.strip()}, type(self._saved))
        except msgspec.ValidationError:
            raise ValueError(self.tr("1 to 64 letters, digits, “_” or “-”.")) from None
        return typed.strip()

    def _was_saved(self) -> None:
        self._forget()

    def _failed(self, why: str) -> None:
        self._show()
        self._told.setText(why)

    def _discard(self) -> None:
        self._forget()
        for name, one in self.rows_by_name.items():
            if isinstance(one.editor, QComboBox):
                one.editor.setCurrentIndex(one.editor.findData(self._typed(name)))
            elif isinstance(one.editor, QLineEdit):
                one.editor.setText(self._typed(name))
        self._show()

    def _forget(self) -> None:
        drafts = self._desk.state.now.settings.drafts
        for key in [key for key in drafts if key.startswith(f"{self._part}.")]:
            del drafts[key]
        self._desk.state.save()


def _content(editor: QWidget) -> str:
    return str(editor.currentData()) if isinstance(editor, QComboBox) else editor.text()  # type: ignore[attr-defined]
