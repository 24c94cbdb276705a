"""The tab Thinking: what the agent thought before a step, notes at the step, and its reply while it streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from gui import words
from gui.pages.run.live import LiveWatch
from gui.pages.run.recorded_text import RecordedText
from gui.pages.run.says import actor_word
from gui.pages.run.tab import Shown, Tab
from gui.widgets.badge import Badge
from gui.widgets.looks import SPACE, column, frame, label, row

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent

    from gui.link.link import Link
    from shared.messages import Live

_STREAMED = 20_000  # characters of a reply under way that are shown: its end


class ThinkingTab(Tab):
    """See the head of this file."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.recorded = RecordedText(self.tr("Thinking"))
        self._notes = label("", wrap=True)
        self._notes_card = frame("banner-info")
        column(self._notes_card, label(self.tr("Notes at this step"), "heading"), self._notes, margin=SPACE, space=4)
        self.live_card = frame("banner-info")
        self._phase = label("", "heading")
        self._not_recorded = Badge(self.tr("live — not recorded"), "warn")
        self.stream = QPlainTextEdit()
        self.stream.setReadOnly(True)
        self.stream.setTabChangesFocus(True)
        self.stream.setAccessibleName(self.tr("The reply as it streams; not recorded"))
        head = row(None, self._phase, None, self._not_recorded)
        column(self.live_card, head, self.stream, margin=SPACE).setStretch(1, 1)
        layout = column(self, self._notes_card, self.recorded, self.live_card, margin=SPACE)
        layout.setStretch(1, 3)
        layout.setStretch(2, 2)
        self.stream.hide()
        self._watch = LiveWatch(link)
        self._watch.heard.connect(self._heard)
        self._notes_card.hide()
        self.live_card.hide()

    def show_selected(self, shown: Shown) -> None:
        """Show a step's thinking, and what streams when the newest is followed."""
        step, view = shown.step, shown.view
        if step is not None:
            parts = [step.screenshot_analysis, step.thinking]
            self.recorded.show_text("\n\n".join(part for part in parts if part), self.tr("No thinking was recorded."))
            self._show_notes(shown)
        else:
            self.recorded.show_text("", self.tr("No step has begun."))
        is_live = shown.is_live and view is not None and self.isVisible()
        self._watch.watch(
            view.task.claimed_by or "" if view is not None and is_live else "", view.task.session_id if view else ""
        )

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nobody while nobody looks."""
        super().hideEvent(event)
        self._watch.watch("", "")

    def _show_notes(self, shown: Shown) -> None:
        number = shown.step.step_num if shown.step else None
        notes = [note for note in shown.view.notes if note.step_num == number] if shown.view else []
        self._notes.setText("\n".join(f"{actor_word(note.actor)}: {words.one_line(note.text, 2000)}" for note in notes))
        self._notes_card.setVisible(bool(notes))

    def _heard(self, live: Live | None) -> None:
        self.live_card.setVisible(live is not None)
        if live is None:
            return
        self._phase.setText(self._phase_word(live))
        text = live.thinking[-_STREAMED:]
        self.stream.setVisible(bool(text))
        if text != self.stream.toPlainText():
            self.stream.setPlainText(text)
            bar = self.stream.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _phase_word(self, live: Live) -> str:
        known = {
            "looking": self.tr("looking at the screen"),
            "thinking": self.tr("thinking"),
            "acting": self.tr("acting"),
            "resting": self.tr("between two steps"),
        }
        step = self.tr("Step %1: ").replace("%1", str(live.step_num)) if live.step_num is not None else ""
        return f"{step}{known.get(live.phase, live.phase)} · {words.seconds(live.since_s)}"
