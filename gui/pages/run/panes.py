"""How the three parts of RUN share the window: beside each other, or the details below where it is narrow.

Where a person has moved the edges to is kept in the desk's state, for both arrangements. Used by run_view.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from gui.state import WindowState

_WIDE: Final = 1080  # from here on three columns have room
_ACROSS: Final = (360, 380, 460)
_DOWN: Final = (420, 260)


class Panes(QSplitter):
    """See the head of this file."""

    def __init__(self, state: WindowState, screen: QWidget, steps: QWidget, details: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._state = state
        self._details = details
        self._is_wide: bool | None = None
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(screen)
        self._across.addWidget(steps)
        self.addWidget(self._across)
        for splitter in (self, self._across):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(10)
            splitter.splitterMoved.connect(self._remember)
        self._arrange(is_wide=True)

    @property
    def is_wide(self) -> bool:
        """Whether the details stand beside the steps."""
        return bool(self._is_wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the parts for the new width."""
        super().resizeEvent(event)
        self._arrange(is_wide=self.width() >= _WIDE)

    def _arrange(self, *, is_wide: bool) -> None:
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        (self._across if is_wide else self).addWidget(self._details)
        for number in range(self._across.count()):
            self._across.setStretchFactor(number, 1 if number else 0)
        self._restore(self._across, self._name("across"), _ACROSS[: self._across.count()])
        if not is_wide:
            self._restore(self, self._name("down"), _DOWN)

    def _restore(self, splitter: QSplitter, name: str, sizes: tuple[int, ...]) -> None:
        kept = self._state.now.splitters.get(name, "")
        if not kept or not splitter.restoreState(QByteArray.fromBase64(kept.encode())):
            splitter.setSizes(list(sizes))

    def _remember(self) -> None:
        kept = self._state.now.splitters
        kept[self._name("across")] = _saved(self._across)
        if not self._is_wide:
            kept[self._name("down")] = _saved(self)
        self._state.save()

    def _name(self, direction: str) -> str:
        return f"run-{'wide' if self._is_wide else 'narrow'}-{direction}"


def _saved(splitter: QSplitter) -> str:
    return bytes(splitter.saveState().toBase64().data()).decode()
