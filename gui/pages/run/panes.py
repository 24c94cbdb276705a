"""How the three parts of RUN share the window: beside each other, or the details below the steps where it is narrow.

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
_WIDE_SIZES: Final = (360, 380, 460)
_NARROW_SIZES: Final = (320, 600)
_STACKED_SIZES: Final = (260, 340)


class Panes(QSplitter):
    """See the head of this file."""

    def __init__(self, state: WindowState, screen: QWidget, steps: QWidget, details: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._state = state
        self._details = details
        self._is_wide: bool | None = None
        self._stacked = QSplitter(Qt.Orientation.Vertical)
        self._stacked.addWidget(steps)
        self.addWidget(screen)
        self.addWidget(self._stacked)
        for splitter in (self, self._stacked):
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
        (self if is_wide else self._stacked).addWidget(self._details)
        for number in range(self.count()):
            self.setStretchFactor(number, 1 if number else 0)
        self._restore(self, self._name("across"), _WIDE_SIZES if is_wide else _NARROW_SIZES)
        if not is_wide:
            self._restore(self._stacked, self._name("down"), _STACKED_SIZES)

    def _restore(self, splitter: QSplitter, name: str, sizes: tuple[int, ...]) -> None:
        kept = self._state.now.splitters.get(name, "")
        if not kept or not splitter.restoreState(QByteArray.fromBase64(kept.encode())):
            splitter.setSizes(list(sizes))

    def _remember(self) -> None:
        kept = self._state.now.splitters
        kept[self._name("across")] = _saved(self)
        if not self._is_wide:
            kept[self._name("down")] = _saved(self._stacked)
        self._state.save()

    def _name(self, direction: str) -> str:
        return f"run-{'wide' if self._is_wide else 'narrow'}-{direction}"


def _saved(splitter: QSplitter) -> str:
    return bytes(splitter.saveState().toBase64().data()).decode()
