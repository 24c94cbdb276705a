"""The left part of RUN: the screen before and after a step, its action marked, in words below, and how large.

`show_step` takes a step and what follows it. Which of the two pictures is shown is the person's choice (B), kept in the
desk's state; where there is room for two phones, both can be seen beside each other, and are until a person chooses
one. Used by run_view.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QScrollArea, QWidget

from gui.action_words import said
from gui.marks import mark_of
from gui.pages.run import says
from gui.pages.run.screen_pair import ScreenPair, Shot, Which
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import SPACE, button, column, row

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from gui.desk import Desk
    from shared.messages import StepRow, TaskRow

_WIDE: Final = 900  # from here on two screens have room however high the window is


class ScreenPane(QWidget):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._state = desk.state
        self.pair = ScreenPair(desk.pictures)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.pair)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.caption = ElidedLabel("", "heading")
        self.buttons: dict[Which, QPushButton] = {
            "before": button(self.tr("Before"), "quiet", tip=self.tr("The screen that the agent saw (B)")),
            "after": button(self.tr("After"), "quiet", tip=self.tr("The screen after the action (B)")),
            "both": button(self.tr("Both"), "quiet", tip=self.tr("Both screens, beside each other (B)")),
        }
        self.fit_button = button(self.tr("Fit"), "quiet", tip=self.tr("The whole screen"))
        self.full_button = button(self.tr("100 %"), "quiet", tip=self.tr("One pixel for each of the phone's"))
        self._group(*self.buttons.values())
        self._group(self.fit_button, self.full_button)
        for which, one in self.buttons.items():
            one.clicked.connect(lambda _checked, which=which: self._choose(which))
        self.full_button.setChecked(desk.state.now.run.full_size)
        self.pair.show_full_size(desk.state.now.run.full_size)
        self.full_button.toggled.connect(self._full_toggled)
        tools = row(None, *self.buttons.values(), None, self.fit_button, self.full_button, space=4)
        column(self, tools, self._scroll, self.caption, space=SPACE).setStretch(1, 1)
        self.setMinimumWidth(240)
        self._arrange()

    @property
    def which(self) -> Which:
        """Which of the two screens is shown."""
        place = self._state.now.run
        if place.both and self._has_room():
            return "both"
        return "after" if place.after else "before"

    def show_nothing(self, why: str) -> None:
        """Show no step, and say why."""
        self.caption.setText("")
        self.pair.show_reason(why)

    def show_step(self, step: StepRow, following: StepRow | None, task: TaskRow | None) -> None:
        """Show a step; `following` is the next one, when there is one."""
        before = Shot(step.screenshot_path, step.screenshot_missing)
        if following is not None:
            after = Shot(following.screenshot_path, following.screenshot_missing)
        elif task is not None and task.ended_at:
            after = Shot(task.closing_screenshot_path, task.closing_missing)
        else:
            after = Shot(None, self.tr("the next picture has not been taken yet"))
        self.caption.setText(f"{step.step_num}  ·  {said(step)}")
        spoken = says.spoken(step)
        self.pair.view.setAccessibleName(spoken)
        self.pair.after_view.setAccessibleName(self.tr("The screen after: %1").replace("%1", spoken))
        self.pair.show_shots(before, after, mark_of(step.action, step.action_params))

    def toggle(self) -> None:
        """Go on to the next choice: before, after, and both where there is room."""
        offered = [which for which in self.buttons if which != "both" or self._has_room()]
        following = offered[(offered.index(self.which) + 1) % len(offered)]
        self._choose(following)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer both screens where there is room for them."""
        super().resizeEvent(event)
        self._arrange()

    def _has_room(self) -> bool:
        """Tell whether two phones have room: where the pane is as wide as it is high, and in any wide one."""
        return self.width() >= min(_WIDE, self.height())

    def _choose(self, which: Which) -> None:
        place = self._state.now.run
        place.both = which == "both" or (place.both and not self._has_room())  # it was not offered: not chosen away
        place.after = which == "after" or (which == "both" and place.after)
        self._state.save()
        self._arrange()

    def _arrange(self) -> None:
        self.buttons["both"].setVisible(self._has_room())
        self.buttons[self.which].setChecked(True)
        self.pair.show_which(self.which)

    def _group(self, *made: QPushButton) -> None:
        group = QButtonGroup(self)
        for one in made:
            one.setCheckable(True)
            group.addButton(one)
        made[0].setChecked(True)

    def _full_toggled(self, full_size: bool) -> None:
        self._state.now.run.full_size = full_size
        self._state.save()
        self.pair.show_full_size(full_size)
