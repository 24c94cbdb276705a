"""The page PHONES: tiles, the task input, the queue; the guide to a new phone; the demo's first minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from gui.pages.phones.demo_strip import DemoStrip
from gui.pages.phones.first_follow import FirstFollow
from gui.pages.phones.guide import PhoneGuide
from gui.pages.phones.queue_panel import QueuePanel
from gui.pages.phones.starting import Starting
from gui.pages.phones.task_input import TaskInputWidget
from gui.pages.phones.tiles import Tiles
from gui.widgets.empty import EmptyState
from gui.widgets.looks import MARGIN, button, column, label, row

if TYPE_CHECKING:
    from gui.desk import Desk

_SIDE_LEAST: Final = 380
_SIDE_MOST: Final = 520


class PhonesPage(QWidget):
    """The page PHONES."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.tiles = Tiles(desk)
        self.task_input = TaskInputWidget(desk)
        self.queue = QueuePanel(desk)
        self.guide = PhoneGuide(desk)
        self.starting = Starting(desk)
        self.empty = self._empty_state()
        self.tiles.chosen.connect(self.task_input.show_target)
        self.task_input.any_phone.clicked.connect(self._choose_none)
        self.guide.left.connect(self._close_guide)
        self._lay_out()
        self.setFocusProxy(self.task_input.text)
        QShortcut(QKeySequence("Ctrl+."), self).activated.connect(self.stop_selected)
        desk.fleet.changed.connect(self._show)
        desk.link.changed.connect(self._show)
        if desk.demo:
            FirstFollow(desk, self)
        self._show()

    def open_guide(self) -> None:
        """Show how a phone is added."""
        self._set_guide(is_open=True)

    def stop_selected(self) -> None:
        """Stop the task of the selected phone; where the queue has the keyboard, the waiting task selected there."""
        if self.queue.list.hasFocus():
            self.queue.cancel_selected()
            return
        tile = self.tiles.selected()
        if tile is not None and tile.task is not None:
            tile.stop()
        else:
            self._desk.tell.emit(self.tr("Nothing to stop here: select a phone that works, or a waiting task."), False)

    def _lay_out(self) -> None:
        self.add = button(self.tr("+ Add a phone"), tip=self.tr("What is needed, step by step"))
        self.add.clicked.connect(self.open_guide)
        phones = QWidget()
        head = row(None, label(self.tr("Phones"), "title"), None, self.add)
        self._ground = QStackedWidget()
        self._ground.addWidget(self.tiles)
        self._ground.addWidget(self.starting)
        self._ground.addWidget(self.empty)
        column(phones, head, self._ground, space=12).setStretch(1, 1)
        self._left = QStackedWidget()
        self._left.addWidget(phones)
        self._left.addWidget(self.guide)
        body = row(None, self._left, self._side(), space=MARGIN)
        body.setStretch(0, 3)
        body.setStretch(1, 2)
        strip = []
        if self._desk.demo:
            self.demo = DemoStrip(self._desk)
            self.demo.own_phone.connect(self.open_guide)
            strip.append(self.demo)
        layout = column(self, *strip, body, margin=MARGIN, space=MARGIN)
        layout.setStretch(len(strip), 1)

    def _side(self) -> QScrollArea:
        """Return the column at the right; it scrolls where the window is low or the text is large."""
        inner = QWidget()
        layout = column(inner, self.task_input, self.queue, space=MARGIN)
        layout.setStretch(1, 1)  # the queue takes what is left, as far as it has rows
        layout.addStretch(0)
        side = QScrollArea()
        side.setWidget(inner)
        side.setWidgetResizable(True)
        side.setFrameShape(QFrame.Shape.NoFrame)
        side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setMinimumWidth(_SIDE_LEAST)
        side.setMaximumWidth(_SIDE_MOST)
        return side

    def _empty_state(self) -> EmptyState:
        sentence = self.tr(
            "Connect an Android phone with USB debugging on: it appears here as soon as a worker sees it."
        )
        where = self.tr("Its records lie in %1.").replace("%1", str(self._desk.home.root))
        found = EmptyState(self.tr("No phone yet"), f"{sentence}\n{where}", self.tr("Add a phone"))
        if found.action is not None:
            found.action.clicked.connect(self.open_guide)
        return found

    def _show(self) -> None:
        fleet = self._desk.fleet
        if fleet.devices:
            ground: QWidget = self.tiles
        elif self._desk.link.is_starting:
            ground = self.starting
        else:
            ground = self.empty if fleet.is_known else self.tiles
        self._ground.setCurrentWidget(ground)
        self._left.setCurrentIndex(1 if self._desk.state.now.phones.guide_open else 0)

    def _set_guide(self, *, is_open: bool) -> None:
        self._desk.state.now.phones.guide_open = is_open
        self._desk.state.save()
        self._show()

    def _close_guide(self) -> None:
        self._set_guide(is_open=False)
        self.add.setFocus()

    def _choose_none(self) -> None:
        self.tiles.choose_only([])
