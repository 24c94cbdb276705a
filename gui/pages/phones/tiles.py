"""The tiles of all phones, and which of them the next task is for.

The choice is the draft's `device_ids`, so it outlives the window. Arrow keys go from tile to tile. Called by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.pages.phones.flow import FlowGrid
from gui.pages.phones.screens import Screens
from gui.pages.phones.tile import Tile

if TYPE_CHECKING:
    from gui.desk import Desk

_TICK_MS: Final = 1000
_LEAST: Final = 316
_MOST: Final = 440


class Tiles(QScrollArea):
    """`chosen` says that the next task is for other phones than before."""

    chosen = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.tiles: dict[str, Tile] = {}
        self.screens = Screens(desk.link, desk.fleet)
        self.screens.setParent(self)
        self._ground = QWidget()
        self._grid = FlowGrid(self._ground, _LEAST, _MOST)
        self.setWidget(self._ground)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        desk.fleet.changed.connect(self._show)
        desk.commands.stopping.connect(self._show)
        self.screens.changed.connect(self._show_one)
        self._show()

    def choose_only(self, device_ids: list[str]) -> None:
        """Let the next task be for these phones."""
        self._desk.state.now.draft.device_ids = device_ids
        self._desk.state.save()
        for device_id, tile in self.tiles.items():
            tile.choose(device_id in device_ids)
        self.chosen.emit()

    def selected(self) -> Tile | None:
        """Return the tile that has the keyboard, else the only one that is chosen."""
        chosen = self._desk.state.now.draft.device_ids
        focused = [tile for tile in self.tiles.values() if _holds(tile, tile.window().focusWidget())]
        only = [self.tiles[one] for one in chosen if one in self.tiles] if len(chosen) == 1 else []
        return next(iter(focused or only), None)

    def _show(self, _why: str = "") -> None:
        known = {device.device_id for device in self._desk.fleet.devices}
        for device_id in [one for one in self.tiles if one not in known]:
            gone = self.tiles.pop(device_id)
            self._grid.removeWidget(gone)
            gone.deleteLater()
        for device in self._desk.fleet.devices:
            if device.device_id not in self.tiles:
                self._add(Tile(self._desk, device))
            self._show_one(device.device_id)

    def _add(self, tile: Tile) -> None:
        tile.chosen.connect(self._choose)
        tile.moved.connect(self._move)
        tile.choose(tile.device.device_id in self._desk.state.now.draft.device_ids)
        self.tiles[tile.device.device_id] = tile
        self._grid.addWidget(tile)

    def _show_one(self, device_id: str) -> None:
        device = next((row for row in self._desk.fleet.devices if row.device_id == device_id), None)
        if device is not None and device_id in self.tiles:
            self.tiles[device_id].show_device(
                device, self._desk.fleet.running_on(device_id), self.screens.of(device_id)
            )

    def _choose(self, device_id: str, add: bool) -> None:
        chosen = list(self._desk.state.now.draft.device_ids)
        if not add:
            self.choose_only([] if chosen == [device_id] else [device_id])
        elif device_id in chosen:
            self.choose_only([one for one in chosen if one != device_id])
        else:
            self.choose_only([*chosen, device_id])

    def _move(self, device_id: str, key: int) -> None:
        order = list(self.tiles)
        here = order.index(device_id)
        columns = self._grid.columns
        there = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_Up: here - columns,
            Qt.Key.Key_Down: here + columns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(order) - 1,
        }[Qt.Key(key)]
        if 0 <= there < len(order):
            tile = self.tiles[order[there]]
            tile.setFocus(Qt.FocusReason.OtherFocusReason)
            self.ensureWidgetVisible(tile)

    def _tick(self) -> None:
        if self.isVisible():
            for tile in self.tiles.values():
                tile.tick()


def _holds(owner: QWidget, one: QWidget | None) -> bool:
    return one is not None and (one is owner or owner.isAncestorOf(one))
