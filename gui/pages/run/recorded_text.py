"""A long text that was recorded: read only, plain, bounded, to be copied whole.

A line of a megabyte takes Qt seconds to lay out, so no more than `SHOWN` characters are shown, and it is said when
there are more. Used by the tabs of RUN.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from gui import theme
from gui.widgets.looks import button, column, label, row

SHOWN: Final = 40_000


class RecordedText(QWidget):
    """`title` names it to the eye and to a screen reader; `code` shows it in a font of one width.

    Of a text that is too long its beginning is shown, with `keep_end` its end.
    """

    def __init__(self, title: str, *, code: bool = False, keep_end: bool = False) -> None:
        super().__init__()
        self._keep_end = keep_end
        self._text = ""
        self.edit = QPlainTextEdit()
        self.edit.setReadOnly(True)
        self.edit.setTabChangesFocus(True)
        self.edit.setAccessibleName(title)
        if code:
            self.edit.setFont(theme.code_font())
        self._cut = label("", "muted", wrap=True)
        self._cut.hide()
        self._copy = button(self.tr("Copy"), "quiet", name=self.tr("Copy: %1").replace("%1", title))
        self._copy.clicked.connect(self._copy_all)
        column(self, row(None, label(title, "heading"), None, self._copy), self.edit, self._cut, space=4).setStretch(
            1, 1
        )

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    def show_text(self, text: str, placeholder: str = "") -> None:
        """Show another text; `placeholder` says why it is empty."""
        self.edit.setPlaceholderText(placeholder)
        self._copy.setEnabled(bool(text))
        if text != self._text:
            self._text = text
            self.edit.setPlainText(text[-SHOWN:] if self._keep_end else text[:SHOWN])
        left = len(text) - SHOWN
        self._cut.setVisible(left > 0)
        self._cut.setText(self.tr("%n more character(s) are not shown; Copy takes them all", "", max(left, 0)))

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
