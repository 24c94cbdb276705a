"""How the three parts of RUN share the window: beside each other, or the details below the steps where it is narrow.

In a broad window the screen gets the room of two phones, so that the one before and the one after an action are seen.
Where a person has moved the edges to is kept in the desk's state, for each arrangement. Used by run_view.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from gui.state import WindowState

_WIDE: Final = 1080  # from here on three columns have room
_BROAD: Final = 1600  # from here on two screens beside each other do, too
_Kind = Literal["narrow", "wide", "broad"]
_SIZES: Final[dict[_Kind, tuple[int, ...]]] = {
    "narrow": (320, 600),
    "wide": (360, 380, 460),
    "broad": (760, 360, 480),
}
_STACKED_SIZES: Final = (260, 340)


class Panes(QSplitter):
    """See the head of this file."""

    def __init__(self, state: WindowState, screen: QWidget, steps: QWidget, details: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._state = state
        self._details = details
        self._kind: _Kind | None = None
        self._stacked = QSplitter(Qt.Orientation.Vertical)
        self._stacked.addWidget(steps)
        self.addWidget(screen)
        self.addWidget(self._stacked)
        for splitter in (self, self._stacked):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(10)
            splitter.splitterMoved.connect(self._remember)
        self._arrange("wide")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the parts for the new width."""
        super().resizeEvent(event)
        self._arrange("broad" if self.width() >= _BROAD else "wide" if self.width() >= _WIDE else "narrow")

    def _arrange(self, kind: _Kind) -> None:
        if kind == self._kind:
            return
        self._kind = kind
        (self._stacked if kind == "narrow" else self).addWidget(self._details)
        for number in range(self.count()):
            self.setStretchFactor(number, 1 if number else 0)
        self._restore(self, self._name("across"), _SIZES[kind])
        if kind == "narrow":
            self._restore(self._stacked, self._name("down"), _STACKED_SIZES)

    def _restore(self, splitter: QSplitter, name: str, sizes: tuple[int, ...]) -> None:
        kept = self._state.now.splitters.get(name, "")
        if not kept or not splitter.restoreState(QByteArray.fromBase64(kept.encode())):
            splitter.setSizes(list(sizes))

    def _remember(self) -> None:
        kept = self._state.now.splitters
        kept[self._name("across")] = _saved(self)
        if self._kind == "narrow":
            kept[self._name("down")] = _saved(self._stacked)
        self._state.save()

    def _name(self, direction: str) -> str:
        return f"run-{self._kind}-{direction}"


def _saved(splitter: QSplitter) -> str:
    return bytes(splitter.saveState().toBase64().data()).decode()
