"""What a steady writer waits for while the store is looked after: a backup, a large task's rows going, a vacuum.

    python bench/upkeep.py [--steps 1000000] [--seconds 8] [--json FILE]

A home is made whose newest task has `--steps` steps (`--steps 100000` is the short form, two minutes). The real
daemon serves it; one writer keeps one record unacknowledged, alone and then beside each kind of upkeep, begun anew when
it is done before the writer is. See bench/README.md for what a row means.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zmq
from growth import backup, judged, made
from msgspec import Struct
from stepwell_writer import serving, stepwell_writer
from writers import in_processes

from shared.identity import Identity, new_incarnation
from shared.messages import DeleteTask, Done, Tidiness, TidyStore
from shared.transport import Requester

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.paths import Home

GOAL_MS = 50.0
LOOK_S = 0.05
ASK_S = 30.0


class Row(Struct):
    """What the writer waited for, and what was done beside it; `alone_s`: until the rest of it was done without it."""

    what: str
    ack_p50_ms: float
    ack_p99_ms: float
    ack_max_ms: float
    done: str = ""
    alone_s: float = 0.0


class Desk:
    """A person's connection to the daemon."""

    def __init__(self, home: Home) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._requester = Requester(self._context, home.endpoint("daemon"), Identity("cli-bench", new_incarnation()))

    def delete(self, session_id: str) -> None:
        """Delete a task."""
        self._requester.ask(DeleteTask(session_id=session_id), Done, ASK_S)

    def tidy(self, *, vacuum: bool) -> Tidiness:
        """Ask how tidy the store is, and for a vacuum."""
        return self._requester.ask(TidyStore(vacuum=vacuum), Tidiness, ASK_S)

    def close(self) -> None:
        """Hang up."""
        self._requester.close()
        self._context.term()


@contextlib.contextmanager
def again_and_again(act: Callable[[], None]) -> Iterator[list[float]]:
    """Do something beside the block until it ends, and yield how long each time took; the last one is waited for."""
    took: list[float] = []
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            began = time.perf_counter()
            act()
            took.append(time.perf_counter() - began)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield took
    finally:
        stop.set()
        thread.join()


def written(home: Home, seconds: float, what: str) -> Row:
    """Let the writer write, and return what it waited for."""
    acks = sorted(in_processes(stepwell_writer, str(home.root), 1, 1, False, seconds).ack_ms)
    p50, p99 = (acks[min(len(acks) - 1, int(len(acks) * q))] for q in (0.5, 0.99))
    return Row(what, p50, p99, acks[-1])


def beside_backup(home: Home, seconds: float) -> Row:
    """Let the writer write while backups are taken."""
    with again_and_again(lambda: _take(home)) as took:
        row = written(home, seconds, "a backup")
    row.done = f"{len(took)} backups of {min(took):.1f} s"
    return row


def _take(home: Home) -> None:
    if backup(home).wait() != 0:
        raise SystemExit("a backup failed, so nothing was measured")


def beside_deletion(home: Home, seconds: float, steps: int) -> Row:
    """Let the writer write while the long run's rows go; then wait for the rest of them."""
    desk = Desk(home)
    desk.delete("long-run")
    row = written(home, seconds, f"a deleted task of {steps:,} steps")
    left = desk.tidy(vacuum=False)
    row.done = "rows still going" if left.deleted_left else "all rows gone"
    row.alone_s = _waited(lambda: desk.tidy(vacuum=False).deleted_left)
    desk.close()
    return row


def beside_vacuum(home: Home, seconds: float) -> Row:
    """Let the writer write while free space is given back; then wait for the rest of it."""
    desk = Desk(home)
    before = desk.tidy(vacuum=False).size_bytes

    def ask() -> None:
        desk.tidy(vacuum=True)
        time.sleep(LOOK_S)

    with again_and_again(ask):
        row = written(home, seconds, "a vacuum")
    row.done = f"{(before - desk.tidy(vacuum=True).size_bytes) / 1e6:,.0f} MB given back"
    row.alone_s = _waited(lambda: desk.tidy(vacuum=True).free_bytes)
    desk.close()
    return row


def _waited(left: Callable[[], int]) -> float:
    began = time.perf_counter()
    while left():
        time.sleep(LOOK_S)
    return time.perf_counter() - began


def print_row(row: Row) -> None:
    """Print a row, with its goal."""
    goal = "" if row.what == "nothing" else judged(row.ack_p99_ms, GOAL_MS)
    rest = f"{row.done}; the rest alone {row.alone_s:.1f} s" if row.alone_s else row.done
    print(
        f"{row.what:<34} {row.ack_p50_ms:>8.2f} {row.ack_p99_ms:>8.2f} {row.ack_max_ms:>8.2f}{goal}  {rest}", flush=True
    )


def main() -> None:
    """Make the home, measure the rows, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = made(Path(folder), options.steps)
        print(f"{'an acknowledgement beside':<34} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
        for measure in (
            lambda: written(home, options.seconds, "nothing"),
            lambda: beside_backup(home, options.seconds),
            lambda: beside_deletion(home, options.seconds, options.steps),
            lambda: beside_vacuum(home, options.seconds),
        ):
            with serving(home):
                rows.append(measure())
            print_row(rows[-1])
    if options.json:
        options.json.write_text(json.dumps(msgspec.to_builtins(rows), indent=2) + "\n")


if __name__ == "__main__":
    main()
