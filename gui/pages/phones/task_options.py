"""How a task is to be done: agent, model, limits, the text that proves it, and a script's flow.

Each field shows what applies when it is left empty. `typed` comes at each change; `put` fills the fields from a draft,
`take` writes them into one. Called by task_input.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from gui.pages.phones.draft_check import SCRIPT_AGENT, agent_of, needs_model
from gui.pages.phones.form_field import FormField
from gui.pages.phones.script_field import ScriptField
from gui.widgets.looks import SPACE
from shared.errors import BadInputError

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.state import Draft

_AGENTS: Final = ("phone", SCRIPT_AGENT)


class TaskOptions(QWidget):
    """See the head of this file."""

    typed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.agent = QComboBox()
        self.model = QComboBox()
        for box in (self.agent, self.model):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.max_steps = QLineEdit()
        self.time_limit_s = QLineEdit()
        self.expect_text = QLineEdit()
        self.script = ScriptField()
        self.fields = self._fields()
        self._fill_choices()
        self._lay_out()
        for box in (self.agent, self.model):
            box.currentIndexChanged.connect(self._changed)
        for line in (self.max_steps, self.time_limit_s, self.expect_text):
            line.textEdited.connect(self._changed)
        self.script.typed.connect(self._changed)

    def put(self, draft: Draft) -> None:
        """Show a draft."""
        self.blockSignals(True)
        self._choose(self.agent, agent_of(draft, self._desk.settings))
        self._choose(self.model, draft.model)
        self.max_steps.setText(draft.max_steps)
        self.time_limit_s.setText(draft.time_limit_s)
        self.expect_text.setText(draft.expect_text)
        if draft.script != self.script.editor.toPlainText():
            self.script.editor.setPlainText(draft.script)
        self.blockSignals(False)
        self._show_for_agent()

    def take(self, draft: Draft) -> None:
        """Write what is chosen and typed into a draft."""
        draft.agent = self.agent.currentData() or ""
        draft.model = self.model.currentData() or ""
        draft.max_steps = self.max_steps.text()
        draft.time_limit_s = self.time_limit_s.text()
        draft.expect_text = self.expect_text.text()
        draft.script = self.script.editor.toPlainText()

    def differ_from_defaults(self, draft: Draft) -> bool:
        """Tell whether a draft says more than its text, so that the options must not stay hidden."""
        is_default = agent_of(draft, self._desk.settings) == self._desk.settings.task.agent
        return not is_default or any((draft.model, draft.max_steps, draft.time_limit_s, draft.expect_text))

    def _fields(self) -> dict[str, FormField]:
        expect = self.tr("Success is checked: this text must stand on the screen at the end")
        steps = self.tr("The task ends as failed when it has taken so many steps, 1 to 100,000")
        return {
            "model": FormField(self.tr("Model"), self.model, self.tr("The model profile that is asked; see Settings")),
            "max_steps": FormField(self.tr("Steps at most"), self.max_steps, steps),
            "time_limit_s": FormField(
                self.tr("Time limit in seconds"), self.time_limit_s, self.tr("The task ends as failed after that time")
            ),
            "expect_text": FormField(self.tr("Text expected at the end"), self.expect_text, expect),
            "script": self.script.field,
        }

    def _fill_choices(self) -> None:
        settings = self._desk.settings
        names = {"phone": self.tr("Phone: asks a model"), SCRIPT_AGENT: self.tr("Script: no model")}
        for agent in dict.fromkeys((*_AGENTS, settings.task.agent)):
            self.agent.addItem(names.get(agent, agent), agent)
        self.model.addItem(self._default_model(), "")
        for name, profile in sorted(settings.models.items()):
            self.model.addItem(f"{name} ({profile.model})", name)
        self.max_steps.setPlaceholderText(str(settings.task.max_steps))
        limit = settings.task.time_limit_s
        self.time_limit_s.setPlaceholderText(self.tr("none") if limit is None else f"{limit:g}")
        self.expect_text.setPlaceholderText(self.tr("not checked"))

    def _default_model(self) -> str:
        if self._desk.demo:
            return self.tr("The demo's scripted model")
        try:
            name, profile = self._desk.settings.profile()
        except BadInputError:
            return self.tr("None is set up") if not self._desk.settings.models else self.tr("Choose one")
        return self.tr("Default: %1").replace("%1", f"{name} ({profile.model})")

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE)
        grid.addWidget(FormField(self.tr("Agent"), self.agent), 0, 0)
        grid.addWidget(self.fields["model"], 0, 1)
        grid.addWidget(self.fields["max_steps"], 1, 0)
        grid.addWidget(self.fields["time_limit_s"], 1, 1)
        grid.addWidget(self.fields["expect_text"], 2, 0, 1, 2)
        grid.addWidget(self.script, 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def _choose(self, box: QComboBox, value: str) -> None:
        if box.findData(value) < 0:
            box.addItem(value, value)  # a profile that has gone: shown, so that it can be told what is wrong
        box.setCurrentIndex(box.findData(value))

    def _changed(self) -> None:
        self._show_for_agent()
        self.typed.emit()

    def _show_for_agent(self) -> None:
        is_script = self.agent.currentData() == SCRIPT_AGENT
        self.script.setVisible(is_script)
        self.fields["model"].setEnabled(needs_model(self.agent.currentData() or ""))
