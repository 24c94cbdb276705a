"""How HISTORY bears a long history: time to the first page, stalls while scrolling and searching, memory.

    python bench/make_history.py --home DIR --tasks 1000000 --steps 1000
    python bench/window_history.py --home DIR [--rows 50000] [--json FILE]

The page is the real one, over the real link, with a real daemon on DIR; Qt draws into memory. While it works, each turn
of the event loop is timed, by the clock and by this thread's CPU. MEASURED goals: the first page within 100 ms, no
stall over 50 ms, memory that does not grow with what was scrolled through. See bench/README.md for what a row means.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest

from gui import theme
from gui.app import make_application
from gui.desk import Desk
from gui.pages.history.page import HistoryPage
from gui.pages.history.task_filter import TaskFilter
from gui.pages.history.task_tab import TaskTab
from shared.child_config import ChildConfig
from shared.identity import Identity, new_incarnation
from shared.paths import Home
from shared.spawn import SpawnedChild, spawn_child

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.child import Child

WAIT_S = 60.0


class Lag:
    """How late the event loop is, sampled by `turn`, which lets it work once."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.cpu_ms: list[float] = []

    def turn(self) -> None:
        """Let the event loop do what it has to do; how long that takes is how long a click would wait."""
        began, cpu = time.perf_counter(), time.thread_time()
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # only an event loop does so by itself
        self.late_ms.append((time.perf_counter() - began) * 1000)
        self.cpu_ms.append((time.thread_time() - cpu) * 1000)
        time.sleep(0.001)

    def until(self, done: Callable[[], bool], what: str) -> float:
        """Turn until `done`; return the milliseconds that took."""
        began = time.perf_counter()
        while not done():
            if time.perf_counter() - began > WAIT_S:
                raise SystemExit(f"waited {WAIT_S:.0f} s for {what}")
            self.turn()
        return (time.perf_counter() - began) * 1000

    def taken(self) -> dict[str, float]:
        """Return p99 and the longest since the last call, and the most that one turn cost this thread."""
        late, cpu = sorted(self.late_ms), max(self.cpu_ms)
        self.late_ms.clear()
        self.cpu_ms.clear()
        return {
            "p99_ms": round(late[len(late) * 99 // 100], 1),
            "max_ms": round(late[-1], 1),
            "cpu_max_ms": round(cpu, 1),
        }


def rss_mb() -> float:
    """Return this process's resident memory."""
    return round(psutil.Process().memory_info().rss / 1e6, 1)


def start_daemon(home: Home) -> SpawnedChild:
    """Start a daemon on the home."""
    config = ChildConfig(name="daemon", incarnation=new_incarnation(), home=str(home.root), start_id="bench")
    return spawn_child("persistence_daemon", config)


def make_desk(home: Home) -> Desk:
    """Return the desk of a window on the home, linked."""
    config = ChildConfig(name="gui-bench", incarnation=new_incarnation(), home=str(home.root), start_id="bench")
    child = SimpleNamespace(home=home, config=config, identity=Identity("gui-bench", new_incarnation()))
    desk = Desk(cast("Child", child))
    desk.link.start()
    return desk


def open_page(desk: Desk, lag: Lag) -> tuple[HistoryPage, dict[str, float]]:
    """Return the page and the milliseconds until its first rows are drawn, by the clock and of this thread's CPU."""
    began, cpu = time.perf_counter(), time.thread_time()
    page = HistoryPage(desk)
    page.resize(1280, 760)
    page.show()
    tab = tab_of(page)
    lag.until(lambda: tab.model.rowCount() > 0, "the first page")
    tab.table.viewport().repaint()
    spent, cpu = time.perf_counter() - began, time.thread_time() - cpu
    return page, {"ms": round(spent * 1000, 1), "cpu_ms": round(cpu * 1000, 1)}


def tab_of(page: HistoryPage) -> TaskTab:
    """Return the page's list of tasks."""
    found = page.storage.tab("history")
    assert isinstance(found, TaskTab)
    return found


def scroll_down(tab: TaskTab, rows: int, lag: Lag) -> float:
    """Press Page Down until so many rows were read; return the rows a second."""
    began = time.perf_counter()
    while tab.model.rowCount() < rows and not tab.model.is_complete:
        QTest.keyClick(tab.table, Qt.Key.Key_PageDown)
        lag.turn()
    return tab.model.rowCount() / (time.perf_counter() - began)


def scroll_back(tab: TaskTab, lag: Lag) -> None:
    """Drag the scroll bar to the beginning in 200 jumps, and wait until what is there has been read again."""
    bar = tab.table.verticalScrollBar()
    for jump in range(200, -1, -1):
        bar.setValue(bar.maximum() * jump // 200)
        lag.turn()
    lag.until(lambda: tab.model.pages.at(0) is not None, "the emptied first page")


def search(tab: TaskTab, lag: Lag) -> float:
    """Search the whole history for what is not in it; return the seconds."""
    tab.model.show_tasks(TaskFilter(text="there is no such text in any task"))
    return lag.until(lambda: tab.model.is_complete and not tab.model.searching, "the end of the search") / 1000


def measure(home: Home, rows: int) -> dict[str, object]:
    """Return the figures."""
    app = make_application()
    theme.apply(app, "light")
    daemon, desk, lag = start_daemon(home), make_desk(home), Lag()
    try:
        lag.until(lambda: desk.link.store_here is True, "the daemon")
        first, cold = open_page(desk, lag)
        first.deleteLater()
        lag.turn()
        page, warm = open_page(desk, lag)
        lag.taken()
        tab = tab_of(page)
        figures: dict[str, object] = {"first_page_cold": cold, "first_page": warm}
        figures["rss_first_page_mb"] = rss_mb()
        scroll_down(tab, 5000, lag)
        lag.taken()
        figures["rss_5000_rows_mb"] = rss_mb()
        figures["rows_a_second"] = round(scroll_down(tab, rows, lag))
        figures["scroll_down"] = lag.taken()
        figures[f"rss_{tab.model.rowCount()}_rows_mb"] = rss_mb()
        figures["rows_in_memory"] = tab.model.pages.in_memory
        scroll_back(tab, lag)
        figures["scroll_back"] = lag.taken()
        figures["search_everything_s"] = round(search(tab, lag), 1)
        figures["search"] = lag.taken()
        figures["rss_end_mb"] = rss_mb()
    finally:
        desk.close()
        daemon.close()
        daemon.process.wait(10)
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = measure(Home(given.home.absolute()), given.rows)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    if given.json:
        given.json.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
