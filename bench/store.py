"""Durable records a second and the time to their acknowledgement, beside the older design and a raw fdatasync.

    python bench/store.py [--seconds 3] [--rounds 3] [--json FILE]

One record is one acknowledged message of about 1.2 KB, the event log's line included; a step is two of them. N writer
processes keep W records unacknowledged each, 16 records a message where W is 64. With a picture: each intent carries
300 KB, one unacknowledged picture a writer, as the protocol wants it. See bench/README.md for what a row means.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import zmq
from msgspec import Struct

from shared.child_config import ChildConfig
from shared.errors import StepwellError
from shared.identity import Identity, new_incarnation, new_session_id
from shared.messages import (
    BeginStep,
    Claimed,
    ClaimTask,
    CreateTask,
    DeviceInfo,
    FinishStep,
    GetStatus,
    Hello,
    NewTask,
    Outcome,
    Picture,
    RecordsWritten,
    StoreStatus,
    Submitted,
    Welcome,
    WriteRecords,
)
from shared.paths import Home
from shared.posix import FileLock
from shared.spawn import SpawnedChild, spawn_child
from shared.transport import Dealer, Requester

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

TEXT = "The screen shows the settings page; dark mode is off, so the switch is what has to be tapped next. " * 9
PICTURE_BYTES = 300_000
RECORDS_A_MESSAGE = 16
WARM_UP_S = 0.5


class Measured(Struct):
    """What one writer saw: how many records were acknowledged in the measured time, and how long each took, in ms."""

    records: int
    ack_ms: list[float]


def intent(session_id: str, number: int, picture: Picture | None = None) -> BeginStep:
    """Return a step's intent of about 1.2 KB."""
    action = '{"action":"Tap","element":[512,233]}'
    return BeginStep(session_id=session_id, step_num=number, thinking=TEXT, action=action, picture=picture)


def outcome(session_id: str, number: int) -> FinishStep:
    """Return a step's outcome of about 1.2 KB."""
    return FinishStep(session_id=session_id, step_num=number, outcome=Outcome.DONE, message=TEXT, execution_time=0.1)


def stepwell_writer(
    home_path: str, number: int, window: int, pictures: bool, seconds: float, barrier: Barrier
) -> Measured:
    """Be a worker: say Hello, claim a task, and stream its steps with `window` records unacknowledged."""
    home, me = Home(Path(home_path)), Identity(f"worker-{number}", new_incarnation())
    lock = FileLock.take(home.outbox_lock(me))
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    requester = Requester(context, home.endpoint("daemon"), me)
    device = f"bench-{number}"
    hello = Hello(program_version="bench", pid=os.getpid(), device=DeviceInfo(device_id=device))
    requester.ask(hello, Welcome, 10)
    session_id = new_session_id()
    task = NewTask(session_id=session_id, task_description="bench", device_id=device, max_steps=100_000)
    requester.ask(CreateTask(task=task, submitted_by="cli-bench"), Submitted, 10)
    claimed = requester.ask(ClaimTask(claim=1, device_id=device, agents=("phone",)), Claimed, 10)
    if claimed.task is None:
        raise RuntimeError(f"nothing to claim: {claimed.why}")
    requester.close()
    dealer = Dealer(context, home.endpoint("daemon"), me)
    dealer.socket.poll(5000, zmq.POLLOUT)
    barrier.wait()
    measured = stream(dealer, session_id, window, pictures, seconds)
    dealer.close()
    context.term()
    lock.release()
    return measured


def stream(dealer: Dealer, session_id: str, window: int, pictures: bool, seconds: float) -> Measured:
    """Keep the window full for `seconds`; time from a message's sending to its acknowledgement."""
    a_message = min(RECORDS_A_MESSAGE, window)
    sent: dict[int, tuple[float, int]] = {}
    times: list[float] = []
    records, in_flight, step, half = 0, 0, 1, False
    waiting: deque[BeginStep | FinishStep] = deque()
    begin = time.perf_counter() + WARM_UP_S
    end = begin + seconds
    image = os.urandom(PICTURE_BYTES)
    while (now := time.perf_counter()) < end:
        while in_flight + a_message <= window:
            raw = b""
            while len(waiting) < a_message:
                picture = None
                if not half and pictures:
                    raw = step.to_bytes(8, "big") + image[8:]
                    digest = hashlib.sha256(raw).hexdigest()
                    picture = Picture(digest=digest, size_bytes=len(raw), width=1080, height=2400)
                waiting.append(outcome(session_id, step) if half else intent(session_id, step, picture))
                step, half = (step + 1, False) if half else (step, True)
            batch = tuple(waiting.popleft() for _ in range(a_message))
            sent[dealer.send(WriteRecords(records=batch), raw)] = (time.perf_counter(), a_message)
            in_flight += a_message
        dealer.socket.poll(1000)
        while (reply := dealer.receive()) is not None:
            if not isinstance(reply.message, RecordsWritten):
                raise RuntimeError(f"refused: {reply.message}")  # noqa: TRY004 - what came is a refusal
            sent_at, count = sent.pop(reply.id)
            in_flight -= count
            now = time.perf_counter()
            if now >= begin:
                records += count
                times.extend([(now - sent_at) * 1000] * count)
    return Measured(records, times)


def older_writer(folder: str, _number: int, _window: int, pictures: bool, seconds: float, barrier: Barrier) -> Measured:
    """Commit each step itself, to the same file as the others, as the older design did."""
    connection = sqlite3.connect(f"{folder}/older.db", timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    session_id, step, times = new_session_id(), 0, []
    image = os.urandom(PICTURE_BYTES)
    barrier.wait()
    begin = time.perf_counter() + WARM_UP_S
    while (start := time.perf_counter()) < begin + seconds:
        step += 1
        path = ""
        if pictures and step % 2:
            path = f"{folder}/{session_id}-{step}.png"
            write_and_sync(path, image)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO steps (session_id, step_num, screenshot_path, action, thinking, success) VALUES (?,?,?,?,?,1)",
            (session_id, step, path, '{"action":"Tap","element":[512,233]}', TEXT),
        )
        connection.execute("COMMIT")
        if start >= begin:
            times.append((time.perf_counter() - start) * 1000)
    connection.close()
    return Measured(len(times), times)


def raw_writer(folder: str, number: int, _window: int, pictures: bool, seconds: float, barrier: Barrier) -> Measured:
    """Append and fdatasync, one record at a time, each writer its own file."""
    descriptor = os.open(f"{folder}/raw-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    record, times, step = TEXT.encode() + b"x" * 300, [], 0
    image = os.urandom(PICTURE_BYTES)
    barrier.wait()
    begin = time.perf_counter() + WARM_UP_S
    while (start := time.perf_counter()) < begin + seconds:
        step += 1
        if pictures and step % 2:
            write_and_sync(f"{folder}/raw-{number}-{step}.png", image)
        os.write(descriptor, record)
        os.fdatasync(descriptor)
        if start >= begin:
            times.append((time.perf_counter() - start) * 1000)
    os.close(descriptor)
    return Measured(len(times), times)


def write_and_sync(path: str, data: bytes) -> None:
    """Write a picture and fsync it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)


def in_processes(
    writer: Callable[..., Measured], folder: str, count: int, window: int, pictures: bool, seconds: float
) -> Measured:
    """Run `count` writers at once and add up what they saw."""
    method = multiprocessing.get_context("spawn")
    with method.Manager() as manager, method.Pool(count) as pool:
        barrier = manager.Barrier(count)
        jobs = [pool.apply_async(writer, (folder, n, window, pictures, seconds, barrier)) for n in range(1, count + 1)]
        parts = [job.get(timeout=seconds + 60) for job in jobs]
    return Measured(sum(part.records for part in parts), [ms for part in parts for ms in part.ack_ms])


@contextlib.contextmanager
def running_daemon(folder: Path):  # noqa: ANN201 - a context manager of SpawnedChild
    """Start the real daemon in a fresh home, and end it by its life-line."""
    home = Home(folder / "home")
    home.prepare()
    config = ChildConfig(name="daemon", incarnation=new_incarnation(), home=str(home.root), start_id="bench")
    child = spawn_child("persistence_daemon", config)
    try:
        wait_for_daemon(home, child)
        yield home
    finally:
        child.process.terminate()
        child.process.wait(timeout=30)
        child.close()


def wait_for_daemon(home: Home, child: SpawnedChild) -> None:
    """Return when the daemon answers; RuntimeError when it ended."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    requester = Requester(context, home.endpoint("daemon"), Identity("cli-bench", new_incarnation()))
    answered = False
    while not answered:
        if child.process.poll() is not None:
            raise RuntimeError(f"the daemon ended: see {home.logs}")
        with contextlib.suppress(StepwellError):
            requester.ask(GetStatus(), StoreStatus, 1)
            answered = True
    requester.close()
    context.term()


def measure_stepwell(count: int, window: int, pictures: bool, seconds: float) -> Measured:
    """Measure the real daemon over its real socket."""
    with tempfile.TemporaryDirectory() as folder, running_daemon(Path(folder)) as home:
        return in_processes(stepwell_writer, str(home.root), count, window, pictures, seconds)


def measure_older(count: int, pictures: bool, seconds: float) -> Measured:
    """Measure the older design."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/older.db")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, step_num INTEGER,"
            " screenshot_path TEXT, action TEXT, thinking TEXT, success INTEGER)"
        )
        connection.execute("CREATE INDEX idx_steps_session ON steps (session_id, step_num)")
        connection.close()
        return in_processes(older_writer, folder, count, 1, pictures, seconds)


def measure_raw(count: int, pictures: bool, seconds: float) -> Measured:
    """Measure append and fdatasync."""
    with tempfile.TemporaryDirectory() as folder:
        return in_processes(raw_writer, folder, count, 1, pictures, seconds)


def summary(parts: list[Measured], seconds: float) -> dict[str, float]:
    """Return the medians over the rounds: records a second and the quantiles of the time to an acknowledgement."""
    rows = []
    for part in parts:
        times = sorted(part.ack_ms)
        quantiles = [times[min(len(times) - 1, int(len(times) * q))] for q in (0.5, 0.99, 0.999)]
        rows.append([part.records / seconds, *quantiles])
    names = ("per_s", "p50_ms", "p99_ms", "p999_ms")
    return {name: statistics.median(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


GOALS = {  # MEASURED.md: (writers, window, pictures) → least ratio to the older design
    (1, 1, False): 0.6,
    (8, 1, False): 2.5,
    (1, 64, False): 14.0,
    (8, 64, False): 20.0,
}


def cases(count: int, pictures: bool, seconds: float, rounds: int) -> list[tuple[str, int, dict[str, float]]]:
    """Return (who, window, figures) for one number of writers, all measured in this run."""
    older = [measure_older(count, pictures, seconds) for _ in range(rounds)]
    raw = [measure_raw(count, pictures, seconds) for _ in range(rounds)]
    found = [("older design", 1, summary(older, seconds)), ("raw fdatasync", 1, summary(raw, seconds))]
    for window in (1,) if pictures else (1, 64):
        measured = [measure_stepwell(count, window, pictures, seconds) for _ in range(rounds)]
        found.append(("stepwell", window, summary(measured, seconds)))
    return found


def print_row(count: int, pictures: bool, who: str, window: int, found: dict[str, float], ratio: float) -> None:
    """Print one row, with its goal when it has one."""
    goal = GOALS.get((count, window, pictures)) if who == "stepwell" else None
    verdict = "" if goal is None else f"  goal {goal:g}: {'reached' if ratio >= goal else 'missed'}"
    times = f"{found['p50_ms']:>8.2f} {found['p99_ms']:>8.2f} {found['p999_ms']:>8.2f}"
    what = "300 KB" if pictures else "-"
    print(f"{count:>2} {window:>3} {what:>7} | {who:<14} {found['per_s']:>10,.0f} {times}  {ratio:>6.2f}{verdict}")


def main() -> None:
    """Measure all rows and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    print(" N   W picture | who             records/s   p50 ms   p99 ms p99.9 ms  × older")
    for pictures in (False, True):
        for count in (1, 8):
            found_cases = cases(count, pictures, options.seconds, options.rounds)
            for who, window, found in found_cases:
                print_row(count, pictures, who, window, found, found["per_s"] / found_cases[0][2]["per_s"])
                rows.append({"writers": count, "window": window, "picture": pictures, "who": who, **found})
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
