"""`TaskInputWidget`: what is to be done, by which agent, for which phones; Ctrl+Enter queues it.

What is typed stands in the desk's draft at each change, so that nothing is lost with the window; it is cleared only
when the store has confirmed the task. Called by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from gui.pages.phones import task_sentences as sentences
from gui.pages.phones.draft_check import Fault, agent_of, faults, field_of
from gui.pages.phones.form_field import FormField
from gui.pages.phones.past import PastTexts, Templates
from gui.pages.phones.sender import Sender
from gui.pages.phones.task_options import TaskOptions
from gui.pages.phones.task_text import TaskText
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import MARGIN, button, column, label, row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gui.desk import Desk
    from gui.state import Draft
    from shared.messages import ErrorInfo, Submitted

_KEYS: Final = ("Ctrl+Return", "Ctrl+Enter")


class TaskInputWidget(QFrame):
    """See the head of this file. `any_phone` asks the tiles to choose none."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._sender = Sender(desk, self)
        self._sender.answered.connect(self._answered)
        self._sender.found.connect(self._found)
        self.setProperty("look", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._make()
        self._put(desk.state.now.draft)
        self.text.textChanged.connect(self._typed)
        self.options.typed.connect(self._typed)
        for keys in _KEYS:
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.submit)
        desk.fleet.changed.connect(self.show_target)
        self._tell_unconfirmed()
        self._sender.look_up()

    def submit(self) -> None:
        """Queue the task, or say beside the first wrong field why not."""
        if self._sender.is_sending:
            return
        found = faults(self._desk.state.now.draft, self._desk.settings, demo=self._desk.demo)
        self._show_faults(found)
        if found:
            return
        if not self._desk.link.ready_workers():
            self._tell_fault(self.tr("No worker is ready to take a task: see the lights at the top right."))
            return
        self._tell_fault("")
        self._sender.send()
        self._show_sending()

    def show_target(self) -> None:
        """Say for which phones the task is."""
        chosen = self._desk.state.now.draft.device_ids
        names = ", ".join(self._desk.fleet.name_of(device_id) for device_id in chosen)
        if len(chosen) > 1:
            self.target.setText(self.tr("For %n phone(s), a task each: ", "", len(chosen)) + names)
        else:
            self.target.setText(self.tr("For %1").replace("%1", names) if chosen else self.tr("For any phone"))
        self.any_phone.setVisible(bool(chosen))

    def _make(self) -> None:
        self.text = TaskText(self._desk.state.now.past_texts)
        self.text.setAccessibleName(self.tr("What is to be done"))
        self.text.setPlaceholderText(self.tr("What is to be done? For example: Open Settings and turn on dark mode"))
        self.text_field = FormField("", self.text, self.tr("Ctrl+Enter queues the task; Up brings earlier ones"))
        self.past = PastTexts(self._desk.state, self)
        self.past.wanted.connect(self.text.put)
        self.templates = Templates(self._desk.state, self)
        self.templates.wanted.connect(self._use_template)
        self.options = TaskOptions(self._desk)
        self.more = button(self.tr("Options"), "quiet", tip=self.tr("Agent, model, limits, check"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self._open_options)
        self.target = ElidedLabel("", "muted")
        self.any_phone = button(self.tr("Any phone"), "quiet", tip=self.tr("Choose no phone: any free one takes it"))
        keeps_room = self.any_phone.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self.any_phone.setSizePolicy(keeps_room)
        self.send = button(self.tr("Queue task"), "primary", tip=self.tr("Queue the task (Ctrl+Enter)"))
        self.send.clicked.connect(self.submit)
        self.fault = label("", "error", wrap=True)
        self.fault.hide()
        self._fields: dict[str, FormField] = {"text": self.text_field, **self.options.fields}
        head = row(None, label(self.tr("New task"), "heading"), None, self.past.button, self.templates.button, space=4)
        target = row(None, self.target, self.any_phone)
        target.setStretch(0, 1)
        foot = row(None, self.more, None, self.send)
        column(self, head, self.text_field, target, self.options, foot, self.fault, margin=MARGIN)

    def _put(self, draft: Draft) -> None:
        self.options.put(draft)  # before the text, whose change writes the options into the draft
        self.text.setPlainText(draft.text)
        is_open = self._desk.state.now.phones.options_open or self.options.differ_from_defaults(draft)
        self.more.setChecked(is_open)
        self._open_options(is_open)
        self.show_target()

    def _open_options(self, is_open: bool) -> None:
        self.more.setText(self.tr("Options ▴") if is_open else self.tr("Options ▾"))
        self.options.setVisible(is_open)
        self._desk.state.now.phones.options_open = is_open
        self._desk.state.save()

    def _typed(self) -> None:
        draft = self._desk.state.now.draft
        draft.text = self.text.toPlainText()
        self.options.take(draft)
        draft.session_ids = {}  # other contents are another task
        self._desk.state.save()
        self._tell_fault("")
        if any(field.is_faulty for field in self._fields.values()):
            still = {str(one.field): one.sentence for one in faults(draft, self._desk.settings, demo=self._desk.demo)}
            for name, field in self._fields.items():
                if field.is_faulty:
                    field.show_fault(still.get(name, ""))

    def _use_template(self, draft: Draft) -> None:
        draft.device_ids = self._desk.state.now.draft.device_ids
        self._desk.state.now.draft = draft
        self._put(draft)
        self._typed()
        self.text.setFocus()

    def _show_faults(self, found: list[Fault]) -> None:
        """Mark what is wrong, and give the first of it the focus."""
        by_field = {str(fault.field): fault.sentence for fault in reversed(found)}
        for name, field in self._fields.items():
            field.show_fault(by_field.get(name, ""))
        first = next((fault.field for fault in found if fault.field in self._fields), None)
        if first is not None:
            if first != "text":
                self.more.setChecked(True)
            self._fields[first].control.setFocus()

    def _show_sending(self) -> None:
        sending = self._sender.is_sending
        self.send.setText(self.tr("Queuing…") if sending else self.tr("Queue task"))
        for widget in cast("tuple[QWidget, ...]", (self.send, self.options, self.past.button, self.templates.button)):
            widget.setEnabled(not sending)
        self.text.setReadOnly(sending)

    def _answered(self, confirmed: Mapping[str, Submitted], error: ErrorInfo | None) -> None:
        self._show_sending()
        if confirmed:
            self._desk.tell.emit(sentences.queued(confirmed, self._desk.fleet), False)
        if error is None:
            self._clear()
            return
        self.show_target()
        field = field_of(error, agent_of(self._desk.state.now.draft, self._desk.settings))
        if field:
            self._show_faults([Fault(field, sentences.not_queued(error, {}))])
        else:
            self._tell_fault(sentences.not_queued(error, self._desk.state.now.draft.session_ids))
            self.send.setFocus()

    def _found(self, session_id: str) -> None:
        """Take it that a task whose answer was lost is queued: the store's view names it."""
        shown = session_id[: sentences.ID_SHOWN]
        self._desk.tell.emit(self.tr("Confirmed by now: %1 was queued.").replace("%1", shown), False)
        if self._desk.state.now.draft.session_ids:
            self._tell_unconfirmed()
        else:
            self._clear()
        self.show_target()

    def _tell_unconfirmed(self) -> None:
        ids = self._desk.state.now.draft.session_ids
        if ids:
            shown = ", ".join(one[: sentences.ID_SHOWN] for one in ids.values())
            told = self.tr("Not confirmed: %1. Queue it again: it will not be queued twice.")
            self._tell_fault(told.replace("%1", shown))

    def _clear(self) -> None:
        """Begin the next task; the options stay, a script and what is expected at the end do not."""
        self._desk.state.remember_text(self._desk.state.now.draft.text.strip())
        self.text.use_past(self._desk.state.now.past_texts)
        self.options.expect_text.clear()
        self.options.script.editor.clear()
        self.text.clear()
        self._typed()
        self._show_faults([])
        self.text.setFocus()

    def _tell_fault(self, sentence: str) -> None:
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
