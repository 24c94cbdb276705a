"""Where a profile's key comes from: nowhere, typed here, a variable, a file. A typed key is never shown again.

A key that is set says only that; it can be replaced or removed. Part of model_dialog.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gui.pages.settings.layout import Row
from gui.settings_keeper import KeyChange
from gui.widgets.looks import MARGIN, button, column, label, row

if TYPE_CHECKING:
    from shared.settings import ModelProfile

EDITOR_WIDE = 320  # addresses and keys are long


class KeyEditor(QWidget):
    """See the head of this file. `is_set`: a key was typed in for this profile before."""

    def __init__(self, name: str, profile: ModelProfile, *, is_set: bool) -> None:
        super().__init__()
        self._own = bool(name) and profile.api_key_file == f"keys/{name}"
        self._is_set = is_set and self._own
        self._replaces = not self._is_set
        self.source = QComboBox()
        self.source.setObjectName("model-key-source")
        for kind, told in self._kinds().items():
            self.source.addItem(told, kind)
        self.secret = QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setObjectName("model-key")
        self.variable = QLineEdit(profile.api_key_env)
        self.file = QLineEdit("" if self._own else profile.api_key_file)
        self.rows = {
            "typed": Row(
                self.tr("Key"), self.tr("Kept in a file that only you can read."), self.secret, width=EDITOR_WIDE
            ),
            "variable": Row(
                self.tr("Variable"), self.tr("Read when Stepwell starts."), self.variable, width=EDITOR_WIDE
            ),
            "file": Row(self.tr("File"), self.tr("Readable by you alone (mode 0600)."), self.file, width=EDITOR_WIDE),
        }
        self._set = QWidget()
        self.replace = button(self.tr("Replace"))
        self.remove = button(self.tr("Remove"), "quiet")
        self.replace.clicked.connect(self._replace)
        self.remove.clicked.connect(self._remove)
        row(self._set, label(self.tr("A key is set. It is never shown.")), None, self.replace, self.remove)
        hint = self.tr("Local endpoints often need none.")
        column(
            self,
            Row(self.tr("API key"), hint, self.source, width=EDITOR_WIDE),
            self._set,
            *self.rows.values(),
            space=MARGIN,
        )
        self.source.setCurrentIndex(self.source.findData(self._kind_of(profile)))
        self.source.currentIndexChanged.connect(self._show)
        self._show()

    def typed(self) -> str:
        """Return the key that stands in the field; '' when none does."""
        return self.secret.text().strip() if self._kind == "typed" else ""

    def fields(self, name: str) -> dict[str, str]:
        """Return what the profile says of its key."""
        kind = self._kind
        file = f"keys/{name}" if kind == "typed" else self.file.text().strip() if kind == "file" else ""
        return {"api_key_env": self.variable.text().strip() if kind == "variable" else "", "api_key_file": file}

    def change(self, name: str) -> KeyChange | None:
        """Return what becomes of the profile's key file; None when it stays as it is."""
        if self.typed():
            return KeyChange(name, self.typed())
        return KeyChange(name) if self._own and self._kind != "typed" else None

    def complaint(self) -> str:
        """Return why what is chosen cannot be used; '' when it can."""
        if self._kind == "typed" and self._replaces and not self.typed():
            return self.tr("Type the key, or choose “No key”.")
        if self._kind == "typed" and not (self.typed().isascii() and self.typed().isprintable()):
            return self.tr("This holds characters that no key has.")
        if self._kind == "variable" and not self.variable.text().strip():
            return self.tr("Name the variable.")
        return self.tr("Name the file.") if self._kind == "file" and not self.file.text().strip() else ""

    def complain(self, why: str) -> None:
        """Say it beside the field."""
        for kind, one in self.rows.items():
            one.complain(why if kind == self._kind else "")

    @property
    def _kind(self) -> str:
        return str(self.source.currentData())

    def _kinds(self) -> dict[str, str]:
        return {
            "none": self.tr("No key"),
            "typed": self.tr("Typed here"),
            "variable": self.tr("Environment variable"),
            "file": self.tr("A file of mine"),
        }

    def _kind_of(self, profile: ModelProfile) -> str:
        if profile.api_key_env:
            return "variable"
        return ("typed" if self._own else "file") if profile.api_key_file else "none"

    def _replace(self) -> None:
        self._replaces = True
        self._show()
        self.secret.setFocus()

    def _remove(self) -> None:
        self.source.setCurrentIndex(self.source.findData("none"))

    def _show(self) -> None:
        kind = self._kind
        self._set.setVisible(kind == "typed" and not self._replaces)
        self.rows["typed"].setVisible(kind == "typed" and self._replaces)
        self.rows["variable"].setVisible(kind == "variable")
        self.rows["file"].setVisible(kind == "file")
        for one in self.rows.values():
            one.complain("")
