"""How the page RUN bears a long run: time to open it, frames while it is scrolled through, memory.

    python bench/window_run.py --home DIR [--frames 600] [--json FILE]

DIR is a home made by `bench/make_history.py --home DIR --steps 100000 --pictures 400`; its newest task is the run. The
real daemon serves it over its real socket; the window's page is the real one, drawn by Qt's offscreen platform (set
QT_QPA_PLATFORM=xcb for a display). See bench/README.md for what a row means.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEventLoop, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.app import make_application
from gui.desk import Desk
from gui.pages.run.page import RunPage
from shared.child_config import ChildConfig
from shared.identity import Identity, new_incarnation
from shared.messages import ListTasks, Role, TaskPage, TaskRow
from shared.paths import Home
from shared.spawn import spawn_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gui.pages.run.run_view import RunView
    from shared.child import Child

FRAME_MS: Final = 16
LONGEST_S: Final = 60.0
OPENINGS: Final = 10


class Newest(QObject):
    """Asks for the newest task."""

    found = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.task: TaskRow | None = None
        desk.link.ask(Role.DAEMON, ListTasks(limit=1), TaskPage, self._take, timeout_s=LONGEST_S)

    def _take(self, page: TaskPage) -> None:
        self.task = page.items[0]
        self.found.emit()


class Frames(QObject):
    """Does something each frame; measures how late each frame comes, and what it costs the window's thread."""

    ended = Signal()

    def __init__(self, count: int, act: Callable[[int], None]) -> None:
        super().__init__()
        self._left = count
        self._count = count
        self._act = act
        self._due = 0.0
        self._spent = 0.0
        self.late_ms: list[float] = []
        self.cpu_ms: list[float] = []
        self._timer = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)

    def run(self) -> dict[str, float]:
        """Run all frames and return their figures."""
        loop = QEventLoop()
        self.ended.connect(loop.quit)
        self._due = time.perf_counter() + FRAME_MS / 1000
        self._spent = time.thread_time()
        self._timer.start()
        loop.exec()
        return figures(self.late_ms) | {"cpu_max_ms": round(max(self.cpu_ms), 1)}

    def _frame(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, (now - self._due) * 1000))
        self._due = now + FRAME_MS / 1000
        spent = time.thread_time()
        self.cpu_ms.append((spent - self._spent) * 1000)
        self._spent = spent
        self._act(self._count - self._left)
        self._left -= 1
        if not self._left:
            self._timer.stop()
            self.ended.emit()


@contextlib.contextmanager
def daemon(home: Home) -> Iterator[None]:
    """Run the real daemon on `home`."""
    config = ChildConfig(name="daemon", incarnation=new_incarnation(), home=str(home.root), start_id="bench")
    child = spawn_child("persistence_daemon", config)
    try:
        yield
    finally:
        child.process.terminate()
        child.process.wait(timeout=30)
        child.close()


def until(condition: Callable[[], bool]) -> None:
    """Turn the event loop until `condition` holds."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        if time.monotonic() > end:
            raise SystemExit("it did not come about within a minute")


def open_run(page: RunPage, session_id: str, step_num: int | None) -> float:
    """Open a run at a step; return the milliseconds until every row in view was there and drawn."""
    page.choose()
    QApplication.processEvents()
    begin = time.perf_counter()
    page.show_task(session_id, step_num)
    view = cast("RunView", page.view)

    def is_there() -> bool:
        rows = [view.reader.row(number) for number in view.steps.visible_numbers()]
        return view.selected > 0 and bool(rows) and all(rows) and view.reader.task is not None

    until(is_there)
    page.grab()
    return (time.perf_counter() - begin) * 1000


def drag(view: RunView, frames: int) -> Callable[[int], None]:
    """Return an act that drags the scroll bar from one end to the other."""
    bar = view.steps.verticalScrollBar()
    return lambda frame: bar.setValue(bar.maximum() * frame // max(1, frames - 1))


def wheel(view: RunView) -> Callable[[int], None]:
    """Return an act that turns the wheel by one notch each frame."""
    target = view.steps.viewport()
    where = QPointF(20, 20)

    def turn(_frame: int) -> None:
        event = QWheelEvent(
            where,
            target.mapToGlobal(where),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)

    return turn


def walk(view: RunView) -> Callable[[int], None]:
    """Return an act that presses the cursor key each frame: screen, details and list change each time."""
    return lambda _frame: QTest.keyClick(view.steps, Qt.Key.Key_Down)


def figures(late_ms: list[float]) -> dict[str, float]:
    """Return p50, p99 and the worst of what frames came late by."""
    late = sorted(late_ms)
    return {
        "p50_ms": round(late[len(late) // 2], 1),
        "p99_ms": round(late[len(late) * 99 // 100], 1),
        "max_ms": round(late[-1], 1),
    }


def rss_mb() -> float:
    """Return this process's resident memory."""
    return round(psutil.Process().memory_info().rss / 1e6, 1)


def measure(page: RunPage, task: TaskRow, frames: int) -> dict[str, object]:
    """Return every figure for one run."""
    middle = task.total_steps // 2
    found: dict[str, object] = {"steps": task.total_steps, "rss_before_mb": rss_mb()}
    found["first_open_ms"] = round(open_run(page, task.session_id, None), 1)
    opened = sorted(open_run(page, task.session_id, step) for step in [None, middle] * (OPENINGS // 2))
    found["open_ms"] = {"median": round(opened[len(opened) // 2], 1), "max": round(opened[-1], 1)}
    view = cast("RunView", page.view)
    found["drag"] = Frames(frames, drag(view, frames)).run()
    found["rss_after_drag_mb"] = rss_mb()
    Frames(frames, drag(view, frames)).run()
    found["rss_after_second_drag_mb"] = rss_mb()
    view.select(1)
    found["wheel"] = Frames(frames, wheel(view)).run()
    view.select(1)
    found["walk"] = Frames(frames, walk(view)).run()
    found["rss_after_mb"] = rss_mb()
    found["rows_held"] = view.reader.pages.held
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="How the page RUN bears a long run.")
    parser.add_argument("--home", type=Path, required=True, help="made by bench/make_history.py")
    parser.add_argument("--frames", type=int, default=600, help="of each way of scrolling")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    home = Home(arguments.home)
    app = make_application()
    theme.apply(app, "light")
    config = ChildConfig(name="gui-bench", incarnation=new_incarnation(), home=str(home.root), start_id="bench")
    child = SimpleNamespace(home=home, config=config, identity=Identity("gui-bench", new_incarnation()))
    with daemon(home):
        desk = Desk(cast("Child", child))
        desk.link.start()
        newest = Newest(desk)
        until(lambda: newest.task is not None)
        page = RunPage(desk)
        page.resize(1280, 740)
        page.show()
        found = measure(page, cast("TaskRow", newest.task), arguments.frames)
        page.choose()
        desk.close()
    for name, value in found.items():
        print(f"{name:<26} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
