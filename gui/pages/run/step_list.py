"""The list of a run's steps: any length, with the rows around the eye filled in. It follows the end when told to.

A QTableView with one column: it opens 100,000 rows of one height in a few milliseconds and takes one more in none,
where a QListView lays all of them out again (120 ms). Thumbnails are asked for when scrolling rests. Used by page.py.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from gui.pages.run.step_delegate import ROW_HEIGHT, StepDelegate
from gui.pages.run.step_model import StepModel

if TYPE_CHECKING:
    from gui.pages.run.reader import RunReader
    from gui.pictures import Pictures
    from shared.messages import StepRow

_REST_MS: Final = 60  # scrolling rests when nothing moved for so long
_THUMBNAILS: Final = 300  # kept; each has some 10 KB
_AROUND: Final = 5  # rows beyond the edges that are read too
_THUMB_HEIGHT: Final = ROW_HEIGHT - 10
_OURS: Final = (Qt.Key.Key_Space, Qt.Key.Key_F, Qt.Key.Key_L, Qt.Key.Key_B)  # the page's, not a search for a row


class StepList(QTableView):
    """`chosen` names the step that the person selects; `scrolled_back` that they look away from the end."""

    chosen = Signal(int)
    scrolled_back = Signal()
    looked = Signal()  # other rows are in view

    def __init__(self, reader: RunReader, pictures: Pictures) -> None:
        super().__init__()
        self._reader = reader
        self._pictures = pictures
        self._thumbnails: OrderedDict[tuple[str, int], QPixmap] = OrderedDict()  # by session_id and step_num
        self._by_code = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask_thumbnails)
        self._dress()
        self._steps = StepModel(reader)
        self._drawn = StepDelegate(self._thumbnail)
        self.setItemDelegate(self._drawn)
        self.verticalScrollBar().valueChanged.connect(self._moved)
        self.setModel(self._steps)
        reader.rows_read.connect(self._rows_read)

    def show_run(self, reader: RunReader) -> None:
        """Show the steps of another run."""
        old, old_selection = self._steps, self.selectionModel()
        self._reader, self._steps = reader, StepModel(reader)
        self._by_code = True
        self.setModel(self._steps)
        self._by_code = False
        old_selection.deleteLater()
        old.deleteLater()
        reader.rows_read.connect(self._rows_read)

    def visible_numbers(self) -> list[int]:
        """Return the numbers of the steps in view, and a few beyond."""
        first = self.verticalScrollBar().value() // ROW_HEIGHT
        last = first + self.viewport().height() // ROW_HEIGHT + 1
        count = self._steps.rowCount()
        inside = range(first + 1, min(last + 1, count) + 1)
        beyond = [*range(inside.stop, inside.stop + _AROUND), *range(inside.start - _AROUND, inside.start)]
        return [*inside, *(number for number in beyond if 1 <= number <= count)]

    def select(self, step_num: int) -> None:
        """Select a step and bring it into view; nothing is emitted."""
        index = self._steps.index(step_num - 1)
        if not index.isValid():
            return
        self._by_code = True
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        self._by_code = False

    def currentChanged(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Tell which step a person has selected."""
        super().currentChanged(current, previous)
        if current.isValid() and not self._by_code:
            self.chosen.emit(current.row() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the steps; leave the page's keys to the page."""
        key, count = Qt.Key(event.key()), self._steps.rowCount()
        if key in _OURS:
            event.ignore()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and count:
            self.setCurrentIndex(self._steps.index(0 if key == Qt.Key.Key_Home else count - 1))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the selected step in view if it was, read what comes into view."""
        top = self.rowViewportPosition(self.currentIndex().row())
        was_in_view = -ROW_HEIGHT < top < max(event.oldSize().height(), ROW_HEIGHT)
        super().resizeEvent(event)
        if was_in_view and self.currentIndex().isValid():
            self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)
        self._moved()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; away from the end is a wish to stop following it."""
        super().wheelEvent(event)
        self._look_back()

    def _dress(self) -> None:
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setShowGrid(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT)
        self.verticalScrollBar().actionTriggered.connect(self._look_back)  # by a person, in whatever way
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(self.tr("Steps"))
        self.setMinimumWidth(220)

    def _look_back(self) -> None:
        bar = self.verticalScrollBar()
        if bar.value() < bar.maximum():
            self.scrolled_back.emit()

    def _moved(self) -> None:
        self._rest.start()
        self.looked.emit()

    def _rows_read(self) -> None:
        if not self._rest.isActive():
            self._rest.start()

    def _thumbnail(self, step_num: int) -> QPixmap:
        return self._thumbnails.get((self._reader.session_id, step_num), QPixmap())

    def _ask_thumbnails(self) -> None:
        height = int(_THUMB_HEIGHT * self.devicePixelRatioF())
        for number in self.visible_numbers():
            row: StepRow | None = self._reader.row(number)
            key = (self._reader.session_id, number)
            if row is not None and row.screenshot_path and key not in self._thumbnails:
                self._pictures.step_thumbnail(row, height, partial(self._take_thumbnail, key))

    def _take_thumbnail(self, key: tuple[str, int], pixmap: QPixmap) -> None:
        self._thumbnails[key] = pixmap
        while len(self._thumbnails) > _THUMBNAILS:
            self._thumbnails.popitem(last=False)
        self.update(self._steps.index(key[1] - 1))
