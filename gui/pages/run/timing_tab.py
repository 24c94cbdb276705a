"""The tab Timing & tokens: where a step's time went, drawn, and what the model was given and gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from gui import theme, words
from gui.pages.run.tab import Shown, Tab
from gui.widgets.facts import Facts
from gui.widgets.looks import SPACE, column, label

if TYPE_CHECKING:
    from shared.messages import StepRow, TaskRow

_ROW: Final = 40
_BAR: Final = 10


class Bar(Struct, frozen=True):
    """A duration beside others; `kind` is a colour of the palette."""

    name: str
    seconds: float
    kind: str


class Bars(QWidget):
    """Durations as bars, the longest as wide as the room."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: list[Bar] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: list[Bar]) -> None:
        """Show other durations."""
        self.bars = bars
        self.setAccessibleName(", ".join(f"{bar.name}: {words.short_seconds(bar.seconds)}" for bar in bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all bars."""
        return QSize(200, max(1, len(self.bars)) * _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw each bar below its name and its figure."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        longest = max((bar.seconds for bar in self.bars), default=0.0)
        for number, bar in enumerate(self.bars):
            line = QRectF(0, number * _ROW, self.width(), _ROW - _BAR - 8)
            painter.setPen(theme.colour("muted"))
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), bar.name)
            painter.setPen(theme.colour("text"))
            figure = words.short_seconds(bar.seconds)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), figure)
            self._draw(painter, QRectF(0, line.bottom() + 3, self.width(), _BAR), bar, longest)

    def _draw(self, painter: QPainter, room: QRectF, bar: Bar, longest: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("idle_soft"))
        painter.drawRoundedRect(room, _BAR / 2, _BAR / 2)
        if longest > 0 and bar.seconds > 0:
            painter.setBrush(theme.colour(bar.kind))
            room.setWidth(max(_BAR, room.width() * bar.seconds / longest))
            painter.drawRoundedRect(room, _BAR / 2, _BAR / 2)


class TimingTab(Tab):
    """See the head of this file."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars()
        self.tokens = Facts()
        self.of_task = Facts()
        self._nothing = label(self.tr("No times were recorded for this step."), "muted")
        body = QWidget()
        column(
            body,
            label(self.tr("Time of this step"), "heading"),
            self.bars,
            self._nothing,
            label(self.tr("Tokens of this step"), "heading"),
            self.tokens,
            label(self.tr("The whole task"), "heading"),
            self.of_task,
            None,
            margin=SPACE,
        )
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        column(self, scroll)

    def show_selected(self, shown: Shown) -> None:
        """Show a step's figures, and its task's."""
        bars = self._bars(shown.step) if shown.step else []
        self.bars.show_bars(bars)
        self.bars.setVisible(bool(bars))
        self._nothing.setVisible(not bars)
        self.tokens.show_facts(self._tokens(shown.step) if shown.step else [])
        self.of_task.show_facts(self._of_task(shown.view.task) if shown.view else [])

    def _bars(self, step: StepRow) -> list[Bar]:
        found = [
            (self.tr("Model, to the first token"), step.time_to_first_token_s, "live"),
            (self.tr("Model, whole reply"), step.model_time_s, "live"),
            (self.tr("Execution"), step.execution_time, "ok"),
            (self.tr("of it, on the device"), step.device_time_s, "ok"),
        ]
        return [Bar(name, float(value), kind) for name, value, kind in found if value is not None]

    def _tokens(self, step: StepRow) -> list[tuple[str, str]]:
        return [
            (self.tr("Prompt"), _number(step.prompt_tokens)),
            (self.tr("Reply"), _number(step.completion_tokens)),
            (self.tr("Reply, a second"), _rate(step)),
        ]

    def _of_task(self, task: TaskRow) -> list[tuple[str, str]]:
        return [
            (self.tr("Steps"), _number(task.total_steps)),
            (self.tr("Time"), words.seconds(task.total_time)),
            (self.tr("Prompt tokens"), _number(task.prompt_tokens)),
            (self.tr("Reply tokens"), _number(task.completion_tokens)),
        ]


def _number(value: int | None) -> str:
    return "–" if value is None else QLocale().toString(value)


def _rate(step: StepRow) -> str:
    """Return the tokens a second after the first one; '' when the parts are not known."""
    if not step.completion_tokens or step.model_time_s is None:
        return ""
    spent = step.model_time_s - (step.time_to_first_token_s or 0.0)
    return QLocale().toString(step.completion_tokens / spent, "f", 1) if spent > 0 else ""
