"""How late the window's event loop is while things go wrong, how soon it is there, and what memory it takes.

    python bench/window_faults.py [--rounds 3] [--json FILE]

A real window on a screen of its own (Xvfb), with the real demo. Its event loop's lag is what it measures itself, ten
seconds a row; beside it stands the 99th percentile of a process that only sleeps, which is this machine's doing. See
bench/README.md. Needs Xvfb, xdotool and strace.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import psutil
from fault_checks import taps
from stepwell_harness import Stepwell, wait_for
from window_lab import Person, Screen
from window_lag import Idler, lag_lines, slow_disk, whole_measurement

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_GOAL_S: Final = 1.0
READY_GOAL_S: Final = 2.5
LAG_GOAL_MS: Final = 50.0
DISK_S: Final = 2.0


def start(stepwell: Stepwell, person: Person) -> dict[str, float]:
    """Bring the demo up; return the seconds until its window is on the screen, and until everything is ready."""
    began = time.perf_counter()
    stepwell.start("up", "--demo", "--fast", env=person.screen.environment)
    wait_for("the window is on the screen", lambda: person.count_windows("Stepwell"))
    shown = time.perf_counter() - began
    wait_for("everything is ready", stepwell.all_ready)
    return {"shown_s": shown, "ready_s": time.perf_counter() - began}


def lag(stepwell: Stepwell, measurement: Callable[[Stepwell], dict[str, Any]] = whole_measurement) -> dict[str, float]:
    """Return the window's lag in ten seconds (p50, p99, worst), its most CPU, and what a sleeping process is late."""
    idler = Idler()
    line = measurement(stepwell)
    told = {name: line[name] for name in ("p50_ms", "p99_ms", "max_ms", "cpu_max_ms")}
    return told | {"alone_p99_ms": round(idler.p99_ms(), 2)}


def short_runs(stepwell: Stepwell) -> dict[str, Any]:
    """Return a whole measurement in which one short run after the other began and ended."""
    known, first = len(lag_lines(stepwell)), 0
    while len(lag_lines(stepwell)) < known + 2:
        stepwell.wait_state(stepwell.script(taps(5, first=first)), "SUCCESS")
        first += 5
    return lag_lines(stepwell)[known + 1]


def running(stepwell: Stepwell, person: Person, first: int) -> str:
    """Queue a task of a hundred steps, watch it in RUN, and return its id."""
    task = stepwell.script(taps(100, first=first), "--max-steps", "100")
    person.press("ctrl+2")
    opened: Callable[[], bool] = lambda: person.remembered().get("session_id") == task  # noqa: E731 - one use
    person.press_until("the run is open", opened, "Escape", "1")
    return task


def measure(stepwell: Stepwell, person: Person) -> dict[str, Any]:
    """Return the lag of each situation."""
    person.turn_to()
    found: dict[str, Any] = {"idle": lag(stepwell)}
    found["runs begin and end"] = lag(stepwell, short_runs)
    task = running(stepwell, person, 0)
    found["a task runs"] = lag(stepwell)
    daemon = stepwell.pid("daemon")
    os.kill(daemon, signal.SIGSTOP)
    found["store away"] = lag(stepwell)
    os.kill(daemon, signal.SIGCONT)
    stepwell.wait_state(task, "SUCCESS")
    running(stepwell, person, 100)
    with slow_disk(daemon, DISK_S):
        found["fdatasync + 2 s"] = lag(stepwell)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="starts")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    starts: list[dict[str, float]] = []
    lags: dict[str, Any] = {}
    megabytes = 0.0
    with tempfile.TemporaryDirectory() as folder, Screen() as screen:
        for number in range(options.rounds):
            stepwell = Stepwell(Path(folder) / f"home{number}")
            person = Person(stepwell, screen, Path(folder) / "pictures")
            try:
                starts.append(start(stepwell, person))
                if number == options.rounds - 1:
                    lags = measure(stepwell, person)
                    megabytes = psutil.Process(person.pid).memory_info().rss / 1e6
            finally:
                stepwell.end()
    shown = statistics.median(one["shown_s"] for one in starts)
    ready = statistics.median(one["ready_s"] for one in starts)
    print(f"window on the screen   {shown:6.2f} s    goal {SHOWN_GOAL_S} s")
    print(f"everything ready       {ready:6.2f} s    goal {READY_GOAL_S} s")
    print(f"memory of the window   {megabytes:6.1f} MB")
    print(f"load of the machine    {os.getloadavg()[0]:6.2f}")
    for name, row in lags.items():
        figures = "  ".join(f"{key} {value:7.2f}" for key, value in row.items())
        print(f"{name:<22} {figures}   goal p99 {LAG_GOAL_MS:.0f} ms")
    if options.json:
        report = {"shown_s": shown, "ready_s": ready, "memory_mb": megabytes, "load": os.getloadavg()[0], "lag": lags}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
