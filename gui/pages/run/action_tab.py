"""The tab Action: what was done at a step, in the agent's words and the device's, what came of it, how it is judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QScrollArea, QWidget

from gui import words
from gui.action_words import said
from gui.pages.run import says
from gui.pages.run.judgement import Judgement
from gui.pages.run.tab import Shown, Tab
from gui.widgets.badge import Badge
from gui.widgets.facts import Facts
from gui.widgets.looks import MARGIN, SPACE, column, label, row

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import StepRow


class ActionTab(Tab):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._name = label("", "title", wrap=True)
        self.outcome = Badge()
        self._message = label("", wrap=True)
        self.facts = Facts()
        self.parameters = Facts()
        self.in_device = Facts()
        self._parameters_head = label(self.tr("Parameters"), "heading")
        self._device_head = label(self.tr("On the device"), "heading")
        self.judgement = Judgement(desk, self.tr("This step"))
        self._body = QWidget()
        layout = column(
            self._body,
            row(None, self._name, self.outcome),
            self._message,
            self.facts,
            self._parameters_head,
            self.parameters,
            self._device_head,
            self.in_device,
            self.judgement,
            None,
            margin=SPACE,
        )
        layout.setSpacing(MARGIN // 2)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._body)
        column(self, scroll)

    def show_selected(self, shown: Shown) -> None:
        """Show a step's action."""
        self._body.setVisible(shown.step is not None)
        if shown.step is None:
            return
        step = shown.step
        self._name.setText(said(step))
        self.outcome.say(words.outcome_word(step.outcome), words.outcome_kind(step.outcome))
        self._message.setText(words.one_line(step.message, 4000))
        self._message.setVisible(bool(step.message))
        self.facts.show_facts(self._about(step))
        own, device = _pairs(step.action), _pairs(step.action_params)
        self.parameters.show_facts(own)
        self.in_device.show_facts(device)
        self._parameters_head.setVisible(bool(own))
        self._device_head.setVisible(bool(device))
        self.judgement.show_label(step.session_id, step.step_num, step.user_label, step.user_correction or "")

    def _about(self, step: StepRow) -> list[tuple[str, str]]:
        return [
            (self.tr("Decided by"), says.actor_word(step.actor)),
            (self.tr("App in front"), step.current_app),
            (self.tr("Begun"), words.clock(step.started_at)),
            (self.tr("Took"), words.short_seconds(step.execution_time)),
            (self.tr("Arrived"), self.tr("late: its task had ended") if step.late else ""),
        ]


def _pairs(text: str) -> list[tuple[str, str]]:
    value: Any = words.decoded(text)
    if not isinstance(value, dict):
        return []
    return [(words.one_line(str(key), 60), _as_text(item)) for key, item in value.items()]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
