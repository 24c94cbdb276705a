"""Where a task is written: it grows with its text, and Up in the first line brings the texts of earlier tasks.

Down in the last line goes forward again, at last to what was being written. Called by task_input.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_LINES: Final = 3
_MOST_LINES: Final = 9
_PADDING: Final = 18  # of the style sheet's frame and the document's margin


class TaskText(QPlainTextEdit):
    """`past` are the earlier texts, the newest first."""

    def __init__(self, past: Sequence[str]) -> None:
        super().__init__()
        self._past = past
        self._back = 0  # 0: what is being written; n: the n-th of the past texts
        self._written = ""
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it wraps, wherever it must
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def use_past(self, past: Sequence[str]) -> None:
        """Let Up bring other texts."""
        self._past = past
        self._back = 0

    def put(self, text: str) -> None:
        """Replace the text, in a way that can be undone."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Up and Down for the past texts where there is no line to go to."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() == Qt.Key.Key_Up and self._cannot_move(QTextCursor.MoveOperation.Up):
            self._go(self._back + 1)
        elif (
            plain
            and event.key() == Qt.Key.Key_Down
            and self._back
            and self._cannot_move(QTextCursor.MoveOperation.Down)
        ):
            self._go(self._back - 1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the height to the lines at another width."""
        super().resizeEvent(event)
        self._grow()

    def _cannot_move(self, way: QTextCursor.MoveOperation) -> bool:
        return not QTextCursor(self.textCursor()).movePosition(way)

    def _go(self, back: int) -> None:
        if self.isReadOnly() or not 0 <= back <= len(self._past):
            return
        if self._back == 0:
            self._written = self.toPlainText()
        self._back = back
        self.put(self._past[back - 1] if back else self._written)
        if back:
            self.moveCursor(QTextCursor.MoveOperation.Start)

    def _grow(self) -> None:
        lines = round(self.document().size().height())  # a plain text's height is counted in lines
        shown = min(_MOST_LINES, max(_LEAST_LINES, lines))
        self.setFixedHeight(shown * self.fontMetrics().lineSpacing() + _PADDING)
