"""What every writer of store.py shares, ours and the peers': its bytes, its loop, its processes.

A writer is a function that a process of its own runs: `writer(place, number, window, pictures, seconds, barrier)`; it
makes ready, waits at the barrier for the others, and returns what it saw. Must not know whom it measures.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

    Writer: TypeAlias = "Callable[[str, int, int, bool, float, Barrier], Measured]"

TEXT = "The screen shows the settings page; dark mode is off, so the switch is what has to be tapped next. " * 9
ACTION = '{"action":"Tap","element":[512,233]}'
RECORD = TEXT.encode() + b"x" * 300  # what has no columns writes as many bytes as our message has
PICTURE_BYTES = 300_000
WARM_UP_S = 0.5


class Measured(Struct):
    """What writers saw: how many records were acknowledged in the measured time, and how long each took, in ms."""

    records: int
    ack_ms: list[float]


class Pictures:
    """The pictures of one writer: every second record brings one, fsynced before its record is written."""

    def __init__(self, folder: str, number: int, *, wanted: bool) -> None:
        self._stem = f"{folder}/{number}"
        self._image = os.urandom(PICTURE_BYTES) if wanted else b""

    def store(self, step: int) -> str:
        """Make the picture of a step durable and return its path, '' when that step has none."""
        if not self._image or step % 2 == 0:
            return ""
        path = f"{self._stem}-{step}.png"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, self._image)
        os.fsync(descriptor)
        os.close(descriptor)
        return path


def closed_loop(seconds: float, barrier: Barrier, a_call: int, call: Callable[[range], None]) -> Measured:
    """Make `a_call` records durable by each call, one call after the other, for `seconds` after the warm-up."""
    barrier.wait()
    begin = time.perf_counter() + WARM_UP_S
    times: list[float] = []
    step = 1
    while (start := time.perf_counter()) < begin + seconds:
        call(range(step, step + a_call))
        step += a_call
        if start >= begin:
            times.extend([(time.perf_counter() - start) * 1000] * a_call)
    return Measured(len(times), times)


def in_processes(writer: Writer, place: str, count: int, window: int, pictures: bool, seconds: float) -> Measured:
    """Run `count` writers at once and add up what they saw."""
    method = multiprocessing.get_context("spawn")
    with method.Manager() as manager, method.Pool(count) as pool:
        barrier = manager.Barrier(count)
        jobs = [pool.apply_async(writer, (place, n, window, pictures, seconds, barrier)) for n in range(1, count + 1)]
        parts = [job.get(timeout=seconds + 60) for job in jobs]
    return Measured(sum(part.records for part in parts), [ms for part in parts for ms in part.ack_ms])
