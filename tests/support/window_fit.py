"""Whether the real window fits: each page filled, at 1200×700, in a language. Run as a program, since Qt takes its
scale when it starts:

    QT_SCALE_FACTOR=2 QT_QPA_PLATFORM=offscreen python tests/support/window_fit.py zh FOLDER

prints what it looked at as JSON: by view, what does not fit, and how many pixels of the picture are one of the window.
Views that are named after that are given too much first, and only they are looked at: for the test that it is noticed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from core_desk import CoreDesk, phone, process, running, waiting
from fake_desk_phones import PhonesStore
from fake_desk_run import step_row, task_row
from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QStackedWidget, QWidget
from shiboken6 import delete

from gui import theme
from gui.app import make_application
from gui.languages import Languages
from gui.main_window import MainWindow
from gui.widgets.elided import ElidedLabel
from gui.widgets.looks import label
from shared.messages import (
    GetStatistics,
    GetTask,
    ListDevices,
    ListSteps,
    ListTasks,
    Outcome,
    Statistics,
    StatisticsRow,
    StepRow,
    TransitionRow,
)
from shared.settings import ModelProfile, Settings
from shared.task_state import TaskState

SIZE: Final = (1200, 700)
LONG: Final = "Write to 王小明 that the meeting of the day after tomorrow begins at half past nine, and " * 6
UNBROKEN: Final = "https://example.com/" + "a-path-without-an-end" * 20
SHOWN: Final = "c" * 32
LAST: Final = 40  # of its steps
READ: Final = (GetStatistics, GetTask, ListDevices, ListSteps, ListTasks)
PATIENCE_MS: Final = 5000
REST_MS: Final = 200  # what waits for a moment of rest has asked by then
# View → what the window remembers when it shows it.
VIEWS: Final[dict[str, dict[str, Any]]] = {
    "phones": {"page": "phones"},
    "phones, options": {"page": "phones", "phones.options_open": True},
    "phones, guide": {"page": "phones", "phones.guide_open": True},
    **{f"run, {tab}": {"page": "run", "run_tab": tab} for tab in ("thinking", "action", "timing", "raw", "log")},
    "run, none chosen": {"page": "run", "session_id": None},
    **{f"history, {tab}": {"page": "history", "history.tab": tab} for tab in ("history", "statistics", "logs")},
    **{
        f"settings, {section}": {"page": "settings", "settings.section": section}
        for section in ("general", "models", "tasks", "about")
    },
}


class FullStore(PhonesStore):
    """Many tasks and phones, with the longest texts that people and models write."""

    def __init__(self) -> None:
        super().__init__()
        hostile = {"task_description": LONG, "error_message": UNBROKEN, "device_id": "d0", "model_name": "m" * 60}
        for number in range(60):
            state = list(TaskState)[number % len(TaskState)]
            self.add(task_row(f"{number:032x}", created_seq=number, final_status=state, **hostile), [])
        steps = [_step(number) for number in range(1, LAST + 1)]
        self.add(task_row(SHOWN, created_seq=99, final_status=TaskState.FAILED, user_label="wrong", **hostile), steps)
        self.views[SHOWN] = {"transitions": tuple(_transition(state) for state in TaskState)}
        waits = {"waiting": 12, "held": LONG, "last_task": SHOWN}
        self.devices = {
            f"d{number}": phone(device_id=f"d{number}", alias=LONG[number:], **waits) for number in range(12)
        }

    def answer(self, message: Any) -> Any:
        if isinstance(message, GetStatistics):
            names = [name for name in StatisticsRow.__struct_fields__ if name not in ("key", "total_time_s")]
            counts = dict.fromkeys(names, 123_456)
            day = (StatisticsRow(key="2026-01-05", total_time_s=9e6, **counts),)
            name = (StatisticsRow(key=UNBROKEN, total_time_s=9e6, **counts),)
            at = {"commit_ms_p50": 1234.5, "commit_ms_p99": 98765.4, "timeline": "t", "seq": 1}
            return Statistics(by_day=day, by_device=name, by_model=name, **at)
        return super().answer(message)


class FullWindow:
    """The real window on a desk whose store is full; `shows` goes to a view and says what does not fit."""

    def __init__(self, folder: Path) -> None:
        profile = ModelProfile(base_url=UNBROKEN, model="m" * 80)
        self.core = CoreDesk(folder, Settings(models={"default": profile, "n" * 40: profile}), demo=True)
        self.core.desk.state.now.draft.text = LONG
        self.core.desk.state.now.session_id = SHOWN
        self._store = FullStore()
        self.core.show_processes(*(process(f"worker-{number}", detail=LONG) for number in range(1, 9)))
        self.core.show_store(here=False, alerts=(LONG, LONG))
        self.core.desk.fleet.read()
        self._answer()
        rows = [running(f"{number:x}" * 32, task_description=LONG, device_id=f"d{number}") for number in range(6)]
        queue = [waiting(f"{number:031x}f", task_description=LONG, created_seq=number) for number in range(30)]
        self.core.show_tasks(*rows, *queue, devices=tuple(self._store.devices.values()))

    def shows(self, view: str, *, too_wide: bool = False) -> dict[str, Any]:
        """Show a view; return what does not fit there, and the picture's pixels for one of the window's."""
        window = self._window(view)
        if too_wide:
            _widen(window)
        self._settle(window)
        wrong = [f"it wants {size}" for size in _too_large(window)]
        found = {"wrong": wrong + clipped(window), "ratio": window.grab().devicePixelRatio()}
        window.hide()
        delete(window)
        return found

    def _window(self, view: str) -> MainWindow:
        now = self.core.desk.state.now
        now.session_id = SHOWN
        now.phones.guide_open = now.phones.options_open = False
        for name, value in VIEWS[view].items():
            owner, _, field = name.rpartition(".")
            setattr(getattr(now, owner) if owner else now, field, value)
        window = MainWindow(self.core.desk)
        window.resize(*SIZE)
        window.show()
        return window

    def _settle(self, window: MainWindow) -> None:
        """Answer what is asked, until all pages are built and for a while nothing is asked any more."""
        clock, quiet = QElapsedTimer(), QElapsedTimer()
        clock.start()
        quiet.start()
        while quiet.elapsed() < REST_MS:
            QApplication.processEvents()
            if self._answer() or not window.is_whole:
                quiet.restart()
            if clock.elapsed() > PATIENCE_MS:
                raise AssertionError("the window does not stop asking")

    def _answer(self) -> bool:
        asked = [ask for ask in self.core.asked() if isinstance(ask.message, READ)]
        for ask in asked:
            self.core.answer(ask, self._store.answer(ask.message))
        return bool(asked)


def clipped(window: QWidget) -> list[str]:
    """Return what is cut off: texts that have less room than they need, and areas that are wider than is shown."""
    texts = [one for kind in (QLabel, QPushButton) for one in window.findChildren(kind)]
    wrong = [_named(one) for one in texts if one.isVisible() and one.text() and _has_too_little_room(one)]
    areas = [one for one in window.findChildren(QScrollArea) if one.isVisible() and one.widget() is not None]
    never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    wide = [one for one in areas if one.horizontalScrollBarPolicy() == never and _is_wider_than_shown(one)]
    return wrong + [f"{_named(one)}: {one.widget().width()} wide, {one.viewport().width()} shown" for one in wide]


def _has_too_little_room(text: QLabel | QPushButton) -> bool:
    if isinstance(text, ElidedLabel):
        return False
    if isinstance(text, QLabel) and text.wordWrap():
        return text.heightForWidth(text.width()) > text.height()
    return text.sizeHint().width() > text.width() or text.fontMetrics().height() > text.height()


def _is_wider_than_shown(area: QScrollArea) -> bool:
    return area.widget().width() > area.viewport().width()


def _too_large(window: MainWindow) -> list[str]:
    wanted, given = window.minimumSizeHint(), window.size()
    sizes = [(wanted.width(), wanted.height()), (given.width(), given.height())]
    return [f"{width}x{height}" for width, height in sizes if width > SIZE[0] or height > SIZE[1]]


def _named(one: QWidget) -> str:
    chain, owner = [], one
    while owner is not None:
        chain.append(type(owner).__name__)
        owner = owner.parentWidget()
    text = one.text() if isinstance(one, QLabel | QPushButton) else ""
    return f"{' < '.join(chain[:4])} {text[:60]!r} {one.width()}x{one.height()}, wants {one.sizeHint().width()}"


def _widen(window: MainWindow) -> None:
    """Give the page that is shown more than it has room for: a text that does not wrap."""
    page = window.centralWidget().findChild(QStackedWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    page.currentWidget().layout().addWidget(label(LONG))


def _step(number: int) -> StepRow:
    texts = {"thinking": LONG * 5, "reply": UNBROKEN * 5, "message": LONG, "current_app": UNBROKEN}
    return step_row(number, outcome=Outcome.FAILED if number == LAST else Outcome.DONE, **texts)


def _transition(state: TaskState) -> TransitionRow:
    texts = {"event": "ended", "at": "2026-01-01T00:00:00Z", "reason": LONG, "by": "worker-1"}
    return TransitionRow(seq=1, session_id=SHOWN, from_state=None, to_state=state, **texts)


def main(language: str, folder: str, *too_wide: str) -> int:
    """Print what each view of the window shows in a language."""
    app = make_application()
    languages = Languages(app)  # kept: its catalogues are read where they lie
    languages.speak("zh" if language == "zh" else "en")
    theme.apply(app, "light")
    with tempfile.TemporaryDirectory(prefix="sw", dir=folder) as home:
        full = FullWindow(Path(home))
        try:
            shown = {view: full.shows(view, too_wide=bool(too_wide)) for view in too_wide or VIEWS}
            print(json.dumps(shown, ensure_ascii=False))
        finally:
            full.core.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
