"""Durable records a second and the time to their acknowledgement, beside the older design and a raw fdatasync.

    python bench/store.py [--seconds 3] [--rounds 3] [--json FILE]

One record is one acknowledged message of about 1.2 KB, the event log's line included; a step is two of them. N writer
processes keep W records unacknowledged each, 16 records a message where W is 64. With a picture: each intent carries
300 KB; a message then holds one record, and W is bounded by the protocol's one unacknowledged picture a writer.
See bench/README.md for what a row means; the peers are in peers.py.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import zmq
from peers import PICTURE_BYTES, TEXT, WARM_UP_S, Measured, make_older_store, older_writer, raw_writer

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
from shared.transport import Dealer, Reply, Requester

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

RECORDS_A_MESSAGE = 16


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
    measured = Stream(dealer, session_id, window, pictures).run(seconds)
    dealer.close()
    context.term()
    lock.release()
    return measured


class Stream:
    """A writer's records, with up to `window` of them unacknowledged, but never more than one picture."""

    def __init__(self, dealer: Dealer, session_id: str, window: int, pictures: bool) -> None:
        self._dealer = dealer
        self._session_id = session_id
        self._window = window
        self._image = os.urandom(PICTURE_BYTES) if pictures else b""
        self._a_message = 1 if pictures else min(RECORDS_A_MESSAGE, window)
        self._sent: dict[int, tuple[float, int, bool]] = {}  # when, how many records, with a picture
        self._in_flight = 0
        self._written = 0  # the even ones are intents, the odd ones outcomes

    def run(self, seconds: float) -> Measured:
        """Keep the window full for `seconds`; time from a message's sending to its acknowledgement."""
        begin = time.perf_counter() + WARM_UP_S
        times: list[float] = []
        while (now := time.perf_counter()) < begin + seconds:
            while self._may_send():
                self._send()
            self._dealer.socket.poll(1000)
            while (reply := self._dealer.receive()) is not None:
                sent_at, count, _ = self._acknowledged(reply)
                now = time.perf_counter()
                if now >= begin:
                    times.extend([(now - sent_at) * 1000] * count)
        return Measured(len(times), times)

    def _may_send(self) -> bool:
        brings_picture = self._image and self._written % 2 == 0
        picture_is_out = any(picture for _, _, picture in self._sent.values())
        return self._in_flight + self._a_message <= self._window and not (brings_picture and picture_is_out)

    def _send(self) -> None:
        raw = b""
        batch: list[BeginStep | FinishStep] = []
        for _ in range(self._a_message):
            step, is_outcome = self._written // 2 + 1, self._written % 2
            self._written += 1
            picture = None
            if self._image and not is_outcome:
                raw = step.to_bytes(8, "big") + self._image[8:]
                digest = hashlib.sha256(raw).hexdigest()
                picture = Picture(digest=digest, size_bytes=len(raw), width=1080, height=2400)
            batch.append(outcome(self._session_id, step) if is_outcome else intent(self._session_id, step, picture))
        number = self._dealer.send(WriteRecords(records=tuple(batch)), raw)
        self._sent[number] = (time.perf_counter(), len(batch), bool(raw))
        self._in_flight += len(batch)

    def _acknowledged(self, reply: Reply) -> tuple[float, int, bool]:
        if not isinstance(reply.message, RecordsWritten):
            raise RuntimeError(f"refused: {reply.message}")  # noqa: TRY004 - what came is a refusal
        found = self._sent.pop(reply.id)
        self._in_flight -= found[1]
        return found


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
        make_older_store(folder)
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
    for window in (1, 64):
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
