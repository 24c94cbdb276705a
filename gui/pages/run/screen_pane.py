"""The left part of RUN: the screen before or after a step, its action marked, in words below, and how large.

`show_step` takes a step and what follows it; which of the two pictures is shown is the person's choice (B), kept in the
desk's state. Used by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QScrollArea, QWidget

from gui.action_words import said
from gui.marks import mark_of
from gui.pages.run import says
from gui.pages.run.screen_view import ScreenView
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import SPACE, button, column, row

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.marks import Mark
    from shared.messages import StepRow, TaskRow


class ScreenPane(QWidget):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._state = desk.state
        self._before: tuple[str | None, str] = (None, "")
        self._after: tuple[str | None, str] = (None, "")
        self._mark: Mark | None = None
        self.view = ScreenView(desk.pictures)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.view)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.caption = ElidedLabel("", "heading")
        self.before_button, self.after_button = self._choice(
            (self.tr("Before"), self.tr("The screen that the agent saw (B)")),
            (self.tr("After"), self.tr("The screen after the action (B)")),
        )
        self.fit_button, self.full_button = self._choice(
            (self.tr("Fit"), self.tr("The whole screen")),
            (self.tr("100 %"), self.tr("One pixel for each of the phone's")),
        )
        self.after_button.setChecked(desk.state.now.run.after)
        self.full_button.setChecked(desk.state.now.run.full_size)
        self.view.show_full_size(desk.state.now.run.full_size)
        self.after_button.toggled.connect(self._after_toggled)
        self.full_button.toggled.connect(self._full_toggled)
        tools = row(None, self.before_button, self.after_button, None, self.fit_button, self.full_button, space=4)
        column(self, tools, self._scroll, self.caption, space=SPACE).setStretch(1, 1)
        self.setMinimumWidth(240)

    def show_nothing(self, why: str) -> None:
        """Show no step, and say why."""
        self._before = self._after = (None, "")
        self._mark = None
        self.caption.setText("")
        self.view.show_picture(None, why, None)

    def show_step(self, step: StepRow, following: StepRow | None, task: TaskRow | None) -> None:
        """Show a step; `following` is the next one, when there is one."""
        self._before = (step.screenshot_path, step.screenshot_missing)
        if following is not None:
            self._after = (following.screenshot_path, following.screenshot_missing)
        elif task is not None and task.ended_at:
            self._after = (task.closing_screenshot_path, task.closing_missing)
        else:
            self._after = (None, self.tr("the next picture has not been taken yet"))
        self._mark = mark_of(step.action, step.action_params)
        self.caption.setText(f"{step.step_num}  ·  {said(step)}")
        self.view.setAccessibleName(says.spoken(step))
        self._show()

    def toggle(self) -> None:
        """Change between before and after."""
        (self.before_button if self.after_button.isChecked() else self.after_button).setChecked(True)

    def _choice(self, *options: tuple[str, str]) -> tuple[QPushButton, ...]:
        group = QButtonGroup(self)
        made = tuple(button(text, "quiet", tip=tip) for text, tip in options)
        for one in made:
            one.setCheckable(True)
            group.addButton(one)
        made[0].setChecked(True)
        return made

    def _after_toggled(self, after: bool) -> None:
        self._state.now.run.after = after
        self._state.save()
        self._show()

    def _full_toggled(self, full_size: bool) -> None:
        self._state.now.run.full_size = full_size
        self._state.save()
        self.view.show_full_size(full_size)

    def _show(self) -> None:
        after = self.after_button.isChecked()
        path, missing = self._after if after else self._before
        self.view.show_picture(path, says.no_picture(missing), None if after else self._mark)
