"""How a phone is added: what to do on it, and the doctor's checks with the remedy of each that fails.

In the demo it looks at the home that a real Stepwell uses, not at the demo's. The checks run in a process of their own.
Called by page.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui.child_verb import ChildVerb
from gui.pages.phones.doctor import read_report
from gui.widgets.badge import Badge
from gui.widgets.looks import MARGIN, SPACE, button, column, frame, label, row
from shared.paths import default_home

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from gui.desk import Desk
    from gui.pages.phones.doctor import Check

_BADGE_WIDTH: Final = 64


class PhoneGuide(QScrollArea):
    """`left` asks for the tiles again."""

    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._demo = desk.demo
        self._home = default_home() if desk.demo else desk.home.root
        self._verb = ChildVerb("supervisor", ["doctor", "--json", "--home", str(self._home)], self)
        self._verb.ended.connect(self._ended)
        self._make()

    def check(self) -> None:
        """Run the checks again, a moment later; nothing waits for them."""
        self.again.setText(self.tr("Checking…"))
        self._verb.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Check when it is opened."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.check)

    def _make(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.back = button(self.tr("← Back"), "quiet", tip=self.tr("Back to the phones"))
        self.back.clicked.connect(self.left)
        self.again = button(self.tr("Check again"), tip=self.tr("Look again at what is there"))
        self.again.clicked.connect(self.check)
        self.checks = QVBoxLayout()
        self.checks.setSpacing(SPACE)
        self.told = label(self.tr("Looking at what is there…"), "muted", wrap=True)
        card = frame("card")
        head = row(None, label(self.tr("What this computer sees"), "heading"), None, self.again)
        column(card, head, self.told, self.checks, margin=MARGIN)
        inner = QWidget()
        title = row(None, label(self.tr("Add a phone"), "title"), None, self.back)
        column(inner, title, self._steps(), card, None, space=MARGIN)
        self.setWidget(inner)

    def _steps(self) -> QFrame:
        sentences = [
            self.tr("On the phone: Settings → About phone, tap “Build number” seven times."),
            self.tr("In Settings → System → Developer options, switch “USB debugging” on."),
            self.tr("Connect it by a cable that carries data, and allow this computer on the phone's screen."),
            self.tr("In Settings here, name the model's endpoint: screenshots of the phone are sent to it."),
        ]
        if self._demo:
            sentences[3] = self.tr("Close this demo and run `stepwell up`: a real window opens, with its own records.")
        card = frame("card")
        lines = [label(f"{number}.  {sentence}", wrap=True) for number, sentence in enumerate(sentences, 1)]
        where = self.tr("Stepwell's home: %1").replace("%1", str(self._home))
        column(card, *lines, label(where, "muted", wrap=True), margin=MARGIN)
        return card

    def _ended(self, _code: int, output: bytes) -> None:
        self.again.setText(self.tr("Check again"))
        while (item := self.checks.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.deleteLater()
        report = read_report(output)
        if report is None:
            self.told.setText(self.tr("The checks could not be made. Run `stepwell doctor` in a terminal."))
            return
        wrong = sum(check.ok is False for check in report.checks)
        self.told.setText(
            self.tr("%n thing(s) must be mended.", "", wrong) if wrong else self.tr("Nothing must be mended.")
        )
        for check in sorted(report.checks, key=_rank):
            self.checks.addWidget(self._line(check))

    def _line(self, check: Check) -> QWidget:
        words = {True: self.tr("ok"), False: self.tr("wrong"), None: self.tr("note")}
        kinds = {True: "ok", False: "bad", None: "warn"}
        badge = Badge(words[check.ok], kinds[check.ok])
        holder = QWidget()
        holder.setFixedWidth(_BADGE_WIDTH)
        column(holder, badge, None)
        found = label(f"{check.name}: {check.found}", wrap=True)
        lines = [found]
        if check.remedy and check.ok is not True:
            lines.append(label(f"→ {check.remedy}", "muted", wrap=True))
            lines[-1].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        made = QWidget()
        made.setAccessibleName(", ".join((words[check.ok], *(line.text() for line in lines))))
        row(made, holder, column(None, *lines, space=2)).setStretch(1, 1)
        return made


def _rank(check: Check) -> int:
    """Put what must be mended first, then what is worth knowing."""
    return {False: 0, None: 1, True: 2}[check.ok]
