"""The bar below RUN: play and pause, how fast, where in the run, and back to the newest step. Used by page.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QSlider

from gui.pages.run.playback import SPEEDS, Player
from gui.widgets.looks import SPACE, button, label, row

if TYPE_CHECKING:
    from gui.state import WindowState


class PlaybackBar(QFrame):
    """`asked` names the step that the slider was moved to; `follow` that the newest shall be followed again."""

    toggled = Signal()
    asked = Signal(int)
    follow = Signal()
    failure = Signal()

    def __init__(self, state: WindowState, player: Player) -> None:
        super().__init__()
        self._state = state
        self._player = player
        self.setProperty("look", "card")
        self.play = button("▶", tip=self.tr("Play the run back (Space)"), name=self.tr("Play"))
        self.play.clicked.connect(self.toggled)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Position in the run"))
        self.slider.setRange(1, 1)
        self.slider.valueChanged.connect(self._slid)
        self.place = label("", "muted")
        self.next_failure = button(
            self.tr("Next failure"), "quiet", tip=self.tr("Jump to the next step that failed (F)")
        )
        self.next_failure.clicked.connect(self.failure)
        self.follow_button = button(self.tr("Follow"), "primary", tip=self.tr("Show the newest step again, live (L)"))
        self.follow_button.clicked.connect(self.follow)
        self._group = QButtonGroup(self)
        speeds = [self._speed(speed) for speed in SPEEDS]
        parts = (self.play, *speeds, self.slider, self.place, self.next_failure, self.follow_button)
        layout = row(self, *parts, margin=SPACE)
        layout.setStretch(1 + len(speeds), 1)
        player.changed.connect(self._show_playing)

    @property
    def speed(self) -> int:
        """How many times as fast as it was."""
        return self._state.now.run.speed if self._state.now.run.speed in SPEEDS else 1

    def show_place(self, step_num: int, count: int, *, can_follow: bool) -> None:
        """Show where in the run the person is."""
        self.slider.blockSignals(True)
        self.slider.setRange(1, max(1, count))
        self.slider.setPageStep(max(1, count // 20))
        self.slider.setValue(step_num)
        self.slider.blockSignals(False)
        self.slider.setEnabled(count > 1)
        self.play.setEnabled(count > 1)
        self.next_failure.setEnabled(count > 0)
        self.place.setText(f"{step_num} / {count}" if count else self.tr("no step yet"))
        self.follow_button.setVisible(can_follow)

    def _speed(self, speed: int) -> QPushButton:
        made = button(f"{speed}×", "quiet", tip=self.tr("Play %1 times as fast").replace("%1", str(speed)))
        made.setCheckable(True)
        made.setChecked(speed == self.speed)
        made.clicked.connect(lambda: self._choose(speed))
        self._group.addButton(made)
        return made

    def _choose(self, speed: int) -> None:
        self._state.now.run.speed = speed
        self._state.save()

    def _slid(self, step_num: int) -> None:
        self.asked.emit(step_num)

    def _show_playing(self) -> None:
        playing = self._player.is_playing
        self.play.setText("⏸" if playing else "▶")
        self.play.setAccessibleName(self.tr("Pause") if playing else self.tr("Play"))
