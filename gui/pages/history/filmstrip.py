"""Small pictures of a task's first and last steps, in a row; one of them opens the task at that step.

Bounded: whatever a task has, so many steps are shown from its beginning and its end, with the closing picture behind.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QScrollArea, QWidget

from gui import theme, words
from gui.action_words import said
from gui.widgets.looks import SPACE, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gui.desk import Desk
    from shared.messages import StepRow, TaskRow

ENDS: Final = 5  # steps from the beginning, and as many from the end
_WIDTH: Final = 74
_HEIGHT: Final = 132


class Filmstrip(QScrollArea):
    """`step_wanted` names the step that a person chose; None: how it ended."""

    step_wanted = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_HEIGHT + self.fontMetrics().height() + 22)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.frames: list[Frame] = []
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._fill([])

    def show_steps(self, task: TaskRow, first: Sequence[StepRow], last: Sequence[StepRow]) -> None:
        """Show the steps of a task: its first ones, and its last ones where they are others."""
        known = {row.step_num for row in first}
        rest = [row for row in last if row.step_num not in known]
        gap = bool(rest and first and rest[0].step_num > first[-1].step_num + 1)
        items: list[QWidget] = [self._step(row) for row in first]
        if gap:
            left_out = label("⋯", "muted")
            left_out.setToolTip(self.tr("the steps between are shown in Run"))
            items.append(left_out)
        items += [self._step(row) for row in rest]
        if task.closing_screenshot_path:
            closing = Frame(self.tr("at the end"), self.tr("How the task left the screen"), "idle")
            closing.clicked.connect(partial(self.step_wanted.emit, None))
            self._desk.pictures.closing(task, _pixels(closing), closing.take)
            items.append(closing)
        self._fill(items)

    def _step(self, row: StepRow) -> Frame:
        name = self.tr("step %1").replace("%1", str(row.step_num))
        told = " · ".join(
            part for part in (name, words.outcome_word(row.outcome), said(row), row.screenshot_missing) if part
        )
        frame = Frame(str(row.step_num), told, words.outcome_kind(row.outcome))
        frame.clicked.connect(partial(self.step_wanted.emit, row.step_num))
        self._desk.pictures.step_thumbnail(row, _pixels(frame), frame.take)
        return frame

    def _fill(self, items: list[QWidget]) -> None:
        inner = QWidget()
        layout = QHBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for item in items:
            layout.addWidget(
                item, 0, Qt.AlignmentFlag.AlignTop if isinstance(item, Frame) else Qt.AlignmentFlag.AlignVCenter
            )
        layout.addStretch(1)
        self.setWidget(inner)
        self.frames = [item for item in items if isinstance(item, Frame)]


class Frame(QAbstractButton):
    """One small picture with its number and, below it, a line in the colour of what became of the step."""

    def __init__(self, name: str, told: str, kind: str) -> None:
        super().__init__()
        self.setText(name)
        self.setToolTip(told)
        self.setAccessibleName(told)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._kind = kind
        self._picture = QPixmap()
        self.setFixedSize(_WIDTH, _HEIGHT + self.fontMetrics().height() + 8)

    def take(self, picture: QPixmap) -> None:
        """Show its picture; a null one leaves the empty frame."""
        self._picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        """Return its fixed size."""
        return self.size()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture into a rounded frame, the line and the name below."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(1, 1, _WIDTH - 2, _HEIGHT - 2)
        outline = QPainterPath()
        outline.addRoundedRect(box, 5, 5)
        painter.fillPath(outline, theme.colour("raised"))
        if not self._picture.isNull():
            painter.setClipPath(outline)
            painter.drawPixmap(_fitted(box, self._picture), self._picture, QRectF(self._picture.rect()))
            painter.setClipping(False)
        pen = painter.pen()
        pen.setColor(theme.colour("accent" if self.hasFocus() or self.underMouse() else "line"))
        pen.setWidth(2 if self.hasFocus() else 1)
        painter.setPen(pen)
        painter.drawPath(outline)
        if self._kind != "idle":
            painter.fillRect(QRectF(8, _HEIGHT + 1, _WIDTH - 16, 3), theme.colour(self._kind))
        painter.setPen(theme.colour("muted"))
        painter.setFont(theme.text_font(theme.POINTS - 1))
        name = QRectF(0, _HEIGHT + 5, _WIDTH, self.height() - _HEIGHT - 5)
        painter.drawText(name, int(Qt.AlignmentFlag.AlignCenter), self.text())


def _pixels(widget: QWidget) -> int:
    return round(_HEIGHT * widget.devicePixelRatioF())


def _fitted(box: QRectF, picture: QPixmap) -> QRectF:
    """Return where a picture is drawn so that it lies whole in the box."""
    size = picture.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRectF(
        box.center().x() - size.width() / 2, box.center().y() - size.height() / 2, size.width(), size.height()
    )
