"""The demo's first minute: what this is, a kill -9 to try, the samples, and whether the store is still whole.

Only in the demo. Everything that it tells comes from the store's events and views, or from the verb that checks it.
Called by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from gui.child_verb import ChildVerb
from gui.pages.phones import task_sentences as sentences
from gui.pages.phones.kill_story import KillStory
from gui.widgets.looks import SPACE, button, column, label, row
from shared.identity import new_session_id
from shared.logs import get_logger
from shared.messages import NewTask, Submitted

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import ErrorInfo


class DemoStrip(QFrame):
    """`own_phone` asks for the guide."""

    own_phone = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setProperty("look", "banner-info")
        self.story = KillStory(desk, self)
        self._verify = ChildVerb("persistence_daemon", ["verify", "--home", str(desk.home.root)], self)
        self._verify.ended.connect(self._verified)
        self._verdict = ""  # with its mark
        self._make()
        self.story.changed.connect(self._show)
        for signal in (desk.fleet.changed, desk.link.changed):
            signal.connect(self._show)
        self._show()

    def _make(self) -> None:
        told = self.tr(
            "DEMO: a simulated phone and a scripted model; the processes, the store and adb are the real ones."
        )
        tip = self.tr("What a crash does: the task's worker process is killed in the middle of its work")
        self.kill = button(self.tr("Kill the worker (kill -9)"), "danger", tip=tip)
        self.kill.clicked.connect(self.story.kill)
        self.sample = button(
            self.tr("Run the sample again"), tip=self.tr("Queue “Open Settings and turn on dark mode”")
        )
        self.sample.clicked.connect(self._run_sample)
        self.contact = button(self.tr("Add a contact (张三)"), tip=self.tr("Queue a task that types Chinese"))
        self.contact.clicked.connect(self._add_contact)
        self.verify = button(
            "", tip=self.tr("Check the store against its log and its pictures, beside everything else")
        )
        self.verify.clicked.connect(self._start_verify)
        self.own = button(self.tr("Use my own phone…"), "quiet")
        self.own.clicked.connect(self.own_phone)
        self.facts = label("", wrap=True)
        buttons = row(None, self.kill, self.sample, self.contact, self.verify, None, self.own)
        column(self, label(told, wrap=True), buttons, self.facts, margin=SPACE + 4)

    def _show(self) -> None:
        self.kill.setEnabled(self.story.running_worker() is not None)
        self.verify.setText(self.tr("Verifying…") if self._verify.is_running else self.tr("Verify the store"))
        facts = [f"✓ {fact}" for fact in self.story.facts] + ([self._verdict] if self._verdict else [])
        self.facts.setText("\n".join(facts))
        self.facts.setVisible(bool(facts))

    def _run_sample(self) -> None:
        self._submit(self.tr("Open Settings and turn on dark mode"))

    def _add_contact(self) -> None:
        self._submit(self.tr("Add a contact 张三 with number 13800138000"))

    def _submit(self, text: str) -> None:
        task = NewTask(session_id=new_session_id(), task_description=text)
        self._desk.commands.submit(task, self._queued, self._not_queued)

    def _queued(self, answer: Submitted) -> None:
        self._desk.tell.emit(sentences.queued({"": answer}, self._desk.fleet), False)

    def _not_queued(self, error: ErrorInfo) -> None:
        self._desk.tell.emit(sentences.not_queued(error, {}), True)

    def _start_verify(self) -> None:
        self._verdict = ""
        self._verify.start()
        self._show()

    def _verified(self, code: int, output: bytes) -> None:
        count = len(output.strip().splitlines())
        if code == 0:
            self._verdict = "✓ " + self.tr("Verified: nothing is missing, and the store says the same as its log.")
        elif code == 1 and count:
            get_logger().error("the store is not as it should be", violations=output.decode("utf-8", "replace"))
            self._verdict = "✕ " + self.tr("%n thing(s) are wrong: see `stepwell logs gui`.", "", count)
        else:
            self._verdict = "✕ " + self.tr("The store could not be verified (code %1).").replace("%1", str(code))
        self._show()
