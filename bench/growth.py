"""What a long history costs: inserting, the two pages that are read most, memory, and a backup beside a writer.

    python bench/growth.py [--steps 1000000] [--small 10000] [--rounds 3] [--json FILE]

Two homes are made, one with `--small` steps and one with `--steps` (a tenth as many tasks each; a million steps take
some minutes and 5 GB, in the folder for temporary files). The real daemon serves first one, then the other, in each
round. See bench/README.md for what a row means.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
from make_history import make
from msgspec import Struct
from stepwell_writer import serving, stepwell_writer
from writers import WARM_UP_S, in_processes

from persistence_daemon.connection import open_reader
from persistence_daemon.queries import list_steps
from persistence_daemon.task_pages import list_tasks
from shared.messages import ListSteps, ListTasks
from shared.paths import Home

if TYPE_CHECKING:
    from collections.abc import Callable

LAST_STEPS, PAGE = 50, 100
READS = 200
WRITING_S = 2.0
WINDOW = 64


class History(Struct):
    """What was measured with one history; lists hold one figure a round."""

    steps: int
    insert_us: list[float] = []  # CPU of the daemon, a record
    records_per_s: list[float] = []
    last_steps_ms: list[float] = []
    task_page_ms: list[float] = []
    memory_mb: list[float] = []


class BackupRun(Struct):
    """A backup beside a writer that keeps one record unacknowledged: how long it took, and the writer's waits."""

    alone_s: float
    writing_s: float
    still_running: bool  # at the end of the writing: then all of it was beside the backup
    ack_p50_ms: float
    ack_p99_ms: float


def made(folder: Path, steps: int) -> Home:
    """Make a home with so many steps."""
    began = time.perf_counter()
    home = Home(folder / f"steps-{steps}")
    make(home, steps // 10, steps, 0, seed=1)
    print(f"{steps:,} steps and {steps // 10:,} tasks made in {time.perf_counter() - began:.0f} s", flush=True)
    return home


def measure(home: Home, history: History) -> None:
    """Add one round to `history`."""
    with serving(home) as child:
        daemon = psutil.Process(child.process.pid)
        before, seq = cpu_of(daemon), seq_of(home)
        writers = in_processes(stepwell_writer, str(home.root), 1, WINDOW, False, WRITING_S)
        history.insert_us.append((cpu_of(daemon) - before) / (seq_of(home) - seq) * 1e6)
        history.records_per_s.append(writers.records / WRITING_S)
        history.memory_mb.append(daemon.memory_info().rss / 1e6)
    reader = open_reader(home.database)
    last = ListSteps(session_id="long-run", last=True, limit=LAST_STEPS)
    history.last_steps_ms.append(median_ms(lambda: list_steps(reader, last)))
    history.task_page_ms.append(median_ms(lambda: list_tasks(reader, ListTasks(limit=PAGE))))
    reader.close()


def cpu_of(process: psutil.Process) -> float:
    """Return the CPU seconds that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def seq_of(home: Home) -> int:
    """Return the store's newest event."""
    reader = open_reader(home.database)
    seq = int(reader.execute("SELECT seq FROM meta").get)
    reader.close()
    return seq


def median_ms(read: Callable[[], object]) -> float:
    """Return the median time of a read."""
    times = []
    for _ in range(READS):
        began = time.perf_counter()
        read()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def measure_backup(home: Home) -> BackupRun:
    """Take a backup to know its time, then another one with a writer beside it."""
    with serving(home):
        began = time.perf_counter()
        backup(home).wait()
        alone_s = time.perf_counter() - began
        running = backup(home)
        seconds = max(0.5, alone_s * 0.8 - WARM_UP_S)
        acks = sorted(in_processes(stepwell_writer, str(home.root), 1, 1, False, seconds).ack_ms)
        still_running = running.poll() is None
        if running.wait() != 0:
            raise SystemExit("the backup failed, so nothing was measured")
    p50, p99 = (acks[min(len(acks) - 1, int(len(acks) * q))] for q in (0.5, 0.99))
    return BackupRun(alone_s, seconds, still_running, p50, p99)


def backup(home: Home) -> subprocess.Popen[bytes]:
    """Begin a backup as `stepwell backup create` does."""
    command = [sys.executable, "-P", "-m", "persistence_daemon", "backup", "create", "--home", str(home.root)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def print_rows(small: History, large: History, backup_run: BackupRun) -> None:
    """Print the table, with the goals."""
    print(f"{'':<38} {small.steps:>12,} {large.steps:>12,}")
    for name, title in (
        ("insert_us", "insert, CPU µs a record"),
        ("records_per_s", "records a second"),
        ("last_steps_ms", f"last {LAST_STEPS} steps of the long run, ms"),
        ("task_page_ms", f"newest {PAGE} tasks, ms"),
        ("memory_mb", "memory of the daemon, MB"),
    ):
        few, many = (statistics.median(getattr(history, name)) for history in (small, large))
        print(f"{title:<38} {few:>12,.2f} {many:>12,.2f}{goal_of(name, few, many)}")
    b = backup_run
    print(f"{'a backup alone, s':<38} {'':>12} {b.alone_s:>12,.2f}")
    whole = "" if b.still_running else f" (the backup ended before the {b.writing_s:.1f} s of writing did)"
    print(f"{'ack beside a backup, p50 ms':<38} {'':>12} {b.ack_p50_ms:>12,.2f}{whole}")
    print(f"{'ack beside a backup, p99 ms':<38} {'':>12} {b.ack_p99_ms:>12,.2f}{judged(b.ack_p99_ms, 50.0)}")


def goal_of(name: str, few: float, many: float) -> str:
    """Return what is to be said of a row's goal."""
    if name == "insert_us":
        return judged(many / few, 1.2, "× ")
    limits = {"last_steps_ms": 0.3, "task_page_ms": 0.3, "memory_mb": 64.0}
    return judged(many, limits[name]) if name in limits else ""


def judged(found: float, most: float, unit: str = "") -> str:
    """Return whether `found` is within its goal."""
    shown = f"{unit}{found:.2f}: " if unit else ""
    return f"  goal ≤ {unit}{most:g}: {shown}{'reached' if found <= most else 'missed'}"


def main() -> None:
    """Make both histories, measure them in turn, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        homes = [(made(Path(folder), steps), History(steps)) for steps in (options.small, options.steps)]
        for _ in range(options.rounds):
            for home, history in homes:
                measure(home, history)
        backup_run = measure_backup(homes[1][0])
    small, large = (history for _, history in homes)
    print_rows(small, large, backup_run)
    if options.json:
        report = msgspec.to_builtins({"small": small, "large": large, "backup": backup_run})
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
