"""A sentence to the person, at the lower edge of the window for a while; errors stay until they are closed."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame

from gui.widgets.looks import SPACE, button, label, restyle, row

_STAYS_MS = 6000


class Notice(QFrame):
    """Hidden until something is said."""

    def __init__(self) -> None:
        super().__init__()
        self._text = label("", wrap=True)
        close = button("✕", "quiet", name=self.tr("Close this notice"))
        close.clicked.connect(self.hide)
        layout = row(self, self._text, close, margin=SPACE)
        layout.setStretch(0, 1)
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, sentence: str, is_error: bool) -> None:
        """Show a sentence."""
        restyle(self, "look", "banner-bad" if is_error else "banner-info")
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()
        if is_error:
            self._timer.stop()
        else:
            self._timer.start()
