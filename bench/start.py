"""Time from `stepwell demo` to the first committed step, time to all ready, and the memory of each process.

    python bench/start.py [--rounds 3] [--json FILE]

Beside them, from the same run, what a bare Python costs, as the measure of this machine; and, where there is Xvfb, the
time until the window's first frame is drawn and until everything is ready beside it. MEASURED goals: the window in at
most 1 s, everything ready in at most 2.5 s, a worker without a model loaded at most 40 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import psutil
from window_lab import Screen

SHOWN_GOAL_S = 1.0
READY_GOAL_S = 2.5
WORKER_GOAL_MB = 40.0


def command(*arguments: str) -> list[str]:
    """Return the argv of `stepwell …` in this environment."""
    return [sys.executable, "-P", "-m", "supervisor", *arguments]


def bare_python() -> float:
    """Return the seconds that an empty Python takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", "pass"], check=True)
    return time.perf_counter() - began


def first_step(home: Path) -> float:
    """Return the seconds from `stepwell demo --fast` to its first committed step, as its JSON Lines tell it."""
    began = time.perf_counter()
    found = 0.0
    with subprocess.Popen(
        command("demo", "--headless", "--fast", "--json", "--home", str(home)), stdout=subprocess.PIPE, text=True
    ) as demo:
        for line in demo.stdout or ():
            if not found and json.loads(line).get("step_num") == 1:
                found = time.perf_counter() - began
    return found


def ready_and_memory(home: Path) -> tuple[float, dict[str, float]]:
    """Return the seconds until everything is ready, and each process's resident memory in MB."""
    began = time.perf_counter()
    up_command = command("up", "--demo", "--headless", "--fast", "--json", "--home", str(home))
    with subprocess.Popen(up_command, stdout=subprocess.PIPE, text=True) as up:
        try:
            rows = next(
                (said["processes"] for line in up.stdout or () if (said := json.loads(line)).get("running")), []
            )
            took = time.perf_counter() - began
            memory = {row["name"]: megabytes(row["pid"]) for row in rows if row["state"] == "ready"}
            memory["supervisor"] = megabytes(up.pid)
        finally:
            subprocess.run(command("down", "--home", str(home)), check=True, stdout=subprocess.DEVNULL)
    missing = {"daemon", "worker-1", "phone", "model", "adb"} - set(memory)
    if missing:
        raise SystemExit(f"not ready, so nothing was measured: {', '.join(sorted(missing))}")
    return took, memory


def window_and_ready(home: Path, screen: Screen) -> tuple[float, float]:
    """Return the seconds until the window has drawn its first frame, which it then says, and until all is ready."""
    began = time.perf_counter()
    shown = 0.0
    up_command = command("up", "--demo", "--fast", "--json", "--home", str(home))
    environment = os.environ | screen.environment
    with subprocess.Popen(up_command, stdout=subprocess.PIPE, text=True, env=environment) as up:
        try:
            for line in up.stdout or ():
                said = json.loads(line)
                row = said.get("process", {})
                if (row.get("name"), row.get("state")) == ("gui", "ready"):
                    shown = time.perf_counter() - began
                if said.get("running"):
                    return shown, time.perf_counter() - began
        finally:
            subprocess.run(command("down", "--home", str(home)), check=True, stdout=subprocess.DEVNULL)
    raise SystemExit("Stepwell ended while it was starting")


def megabytes(pid: int) -> float:
    """Return a process's resident memory in MB."""
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def measure_window(rounds: int) -> list[tuple[float, float]]:
    """Return `window_and_ready` of each round, on a screen of its own."""
    with Screen() as screen, tempfile.TemporaryDirectory() as folder:
        return [window_and_ready(Path(folder) / f"window{number}", screen) for number in range(rounds)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ.pop("STEPWELL_HOME", None)
    firsts, readies, memory = [], [], {}
    windows = measure_window(options.rounds) if shutil.which("Xvfb") else []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            firsts.append(first_step(Path(folder) / "demo"))
            took, memory = ready_and_memory(Path(folder) / "up")
            readies.append(took)
    bare = statistics.median(bare_python() for _ in range(5))
    first, ready = statistics.median(firsts), statistics.median(readies)
    print(f"bare Python                       {bare * 1000:7.0f} ms")
    print(f"demo to the first committed step  {first:7.2f} s   {first / bare:6.0f} × bare Python")
    print(f"everything ready                  {ready:7.2f} s   goal {READY_GOAL_S} s")
    shown, beside = (statistics.median(column) for column in zip(*windows, strict=True)) if windows else (None, None)
    if windows:
        print(f"the window is drawn               {shown:7.2f} s   goal {SHOWN_GOAL_S} s")
        print(f"everything ready beside it        {beside:7.2f} s   goal {READY_GOAL_S} s")
    for name, megabytes in memory.items():
        goal = f"   goal {WORKER_GOAL_MB:.0f} MB" if name.startswith("worker") else ""
        print(f"memory of {name:<12}            {megabytes:7.1f} MB{goal}")
    if options.json:
        report = {"bare_python_s": bare, "first_step_s": first, "ready_s": ready, "memory_mb": memory}
        report |= {"window_drawn_s": shown, "ready_beside_window_s": beside}
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
