"""One run on the screen: its head, the screen, the steps, the details, the bar; and which step is selected.

While a running task is followed, the newest step is selected as it comes. To select an older one or to scroll back ends
that; `Follow` resumes it. Whatever is shown comes from the reader. Built once, since that takes longer than to open a
run; `open` shows another one. Used by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from gui.pages.run.details import Details
from gui.pages.run.failures import FailureSearch
from gui.pages.run.header import RunHeader
from gui.pages.run.panes import Panes
from gui.pages.run.playback import Player, pause_s
from gui.pages.run.playback_bar import PlaybackBar
from gui.pages.run.reader import RunReader
from gui.pages.run.screen_pane import ScreenPane
from gui.pages.run.step_list import StepList
from gui.pages.run.step_pages import PAGE
from gui.pages.run.tab import Shown
from gui.widgets.looks import SPACE, column, frame
from shared.task_state import is_final

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.desk import Desk

_WITH: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class RunView(QWidget):
    """`left` says that the person wants another task; `gone` that there is no such task any more, in a sentence."""

    left = Signal()
    gone = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.selected = 0  # no step yet
        self.follows = True
        self._wanted: int | None = None
        self.reader = RunReader(desk.link, "")
        self.reader.setParent(self)
        self.player = Player()
        self.player.setParent(self)
        self._search = FailureSearch(desk.link)
        self._search.setParent(self)
        self.header = RunHeader(desk)
        self.screen_pane = ScreenPane(desk)
        self.steps = StepList(self.reader, desk.pictures)
        self.details = Details(desk)
        self.bar = PlaybackBar(desk.state, self.player)
        card = frame("card")
        column(card, self.details, margin=1)
        panes = Panes(desk.state, self.screen_pane, self.steps, card)
        column(self, self.header, panes, self.bar, margin=SPACE).setStretch(1, 1)
        self._connect()
        self._connect_reader()
        self.setFocusProxy(self.steps)

    @property
    def session_id(self) -> str:
        """The task that is shown, '' for none."""
        return self.reader.session_id

    def open(self, session_id: str, step_num: int | None) -> None:
        """Show a task, at a step or (None) at its newest one; '' shows none and reads nothing."""
        self.player.pause()
        old, self.reader = self.reader, RunReader(self._desk.link, session_id)
        self.reader.setParent(self)
        self.selected, self.follows, self._wanted = 0, step_num is None, step_num
        self.header.clear()
        self.steps.show_run(self.reader)
        self._search.begin(session_id)
        old.blockSignals(True)
        old.deleteLater()
        self._connect_reader()
        self._show_selected()

    def select(self, step_num: int) -> None:
        """Select a step as a person does: an older one ends following."""
        count = self.reader.pages.count
        step_num = min(max(1, step_num), count)
        self.follows = step_num == count
        if count:
            self._select(step_num)

    def want(self, step_num: int | None) -> None:
        """Select a step as soon as it is known of; None: follow the newest."""
        self._wanted = step_num
        self.follows = step_num is None
        self._grown(self.reader.pages.count)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the keys of this page are for, wherever the focus is."""
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_F: self._next_failure,
            Qt.Key.Key_Space: self._toggle_playing,
            Qt.Key.Key_L: self._follow,
            Qt.Key.Key_B: self.screen_pane.toggle,
            Qt.Key.Key_Home: self._first,
            Qt.Key.Key_End: self._follow,
            Qt.Key.Key_Escape: self.left.emit,
        }
        do = None if event.modifiers() & _WITH else keys.get(event.key())
        if do is None:
            super().keyPressEvent(event)
        else:
            do()

    def _connect(self) -> None:
        self.header.left.connect(self.left)
        self.steps.chosen.connect(self._chosen)
        self.steps.scrolled_back.connect(self._looked_back)
        self.steps.looked.connect(self._look)
        self.bar.toggled.connect(self._toggle_playing)
        self.bar.asked.connect(self._chosen)
        self.bar.follow.connect(self._follow)
        self.bar.failure.connect(self._next_failure)
        self.player.due.connect(self._play_on)
        self._search.found.connect(self._chosen)
        self._search.ended.connect(self._tell)
        for keys, do in (("Ctrl+.", self.header.stop_task), ("Ctrl+E", self.header.export_run)):
            QShortcut(QKeySequence(keys), self).activated.connect(do)

    def _connect_reader(self) -> None:
        self.reader.task_read.connect(self._task_read)
        self.reader.grown.connect(self._grown)
        self.reader.rows_read.connect(self._rows_read)
        self.reader.gone.connect(self.gone)

    def _is_running(self) -> bool:
        return self.reader.task is not None and not is_final(self.reader.task.task.final_status)

    def _task_read(self) -> None:
        if self.reader.task is not None:
            self.header.show_view(self.reader.task)
        self._show_selected()

    def _grown(self, count: int) -> None:
        if self._wanted is not None and self._wanted <= count:
            wanted, self._wanted = self._wanted, None
            self._select(wanted)
        elif count and (self.follows or not self.selected):  # a step beyond the last one is waited for at the last one
            self._select(count)
        else:
            self._show_place()

    def _rows_read(self, first: int, last: int) -> None:
        if first <= self.selected + 1 and self.selected <= last:
            self._show_selected()

    def _chosen(self, step_num: int) -> None:
        self.player.pause()
        self.select(step_num)

    def _looked_back(self) -> None:
        if self.follows and self._is_running():
            self.follows = False
            self._remember()
            self._show_selected()

    def _first(self) -> None:
        self._chosen(1)

    def _follow(self) -> None:
        self._chosen(self.reader.pages.count)

    def _select(self, step_num: int) -> None:
        self.selected = step_num
        self.steps.select(step_num)
        self._remember()
        self._look()
        self._show_selected()

    def _remember(self) -> None:
        self._desk.state.now.session_id = self.session_id
        self._desk.state.now.step_num = None if self.follows else self.selected
        self._desk.state.save()

    def _look(self) -> None:
        """Let be read what is looked at: the selected step, what is in view, what is played next."""
        ahead = [self.selected + PAGE // 2] if self.player.is_playing else []
        first = [number for number in (self.selected, self.selected + 1) if number]
        self.reader.look_at([*first, *self.steps.visible_numbers(), *ahead])

    def _show_selected(self) -> None:
        row, view = self.reader.row(self.selected), self.reader.task
        if row is not None:
            self.screen_pane.show_step(row, self.reader.row(self.selected + 1), view.task if view else None)
        else:
            self.screen_pane.show_nothing(self._why_nothing())
        self.details.show_selected(Shown(view, row, self.follows and self._is_running()))
        self._show_place()

    def _why_nothing(self) -> str:
        if not self.selected:
            return self.tr("No step has begun yet.")
        is_gap = self.reader.pages.is_gap(self.selected)
        said = self.tr("Step %1 is not in the store.") if is_gap else self.tr("Step %1 is being read …")
        return said.replace("%1", str(self.selected))

    def _show_place(self) -> None:
        can_follow = self._is_running() and not self.follows
        self.bar.show_place(self.selected, self.reader.pages.count, can_follow=can_follow)

    def _next_failure(self) -> None:
        self.player.pause()
        self._search.look(self.selected)

    def _tell(self, sentence: str) -> None:
        self._desk.tell.emit(sentence, False)

    def _toggle_playing(self) -> None:
        if self.player.is_playing:
            self.player.pause()
            return
        if self.selected == self.reader.pages.count and not self._is_running():
            self.select(1)
        self.player.play()
        self._look()

    def _play_on(self) -> None:
        pages = self.reader.pages
        following = self.selected + 1
        if following > pages.count:
            self.player.pause()
        elif pages.row(following) is None and not pages.is_gap(following):
            self._look()
            self.player.wait()
        else:
            self.select(following)
            self._stay(following)

    def _stay(self, step_num: int) -> None:
        row, following = self.reader.row(step_num), self.reader.row(step_num + 1)
        begun, next_begun = (row.started_at if row else ""), (following.started_at if following else "")
        self.player.stay(pause_s(begun, next_begun, self.bar.speed))
