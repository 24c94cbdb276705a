"""The peers of store.py on the same work: the older design, and nothing but append and fdatasync."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from shared.identity import new_session_id

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

TEXT = "The screen shows the settings page; dark mode is off, so the switch is what has to be tapped next. " * 9
PICTURE_BYTES = 300_000
WARM_UP_S = 0.5


class Measured(Struct):
    """What one writer saw: how many records were acknowledged in the measured time, and how long each took, in ms."""

    records: int
    ack_ms: list[float]


def make_older_store(folder: str) -> None:
    """Make the older design's table and index."""
    connection = sqlite3.connect(f"{folder}/older.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        "CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, step_num INTEGER,"
        " screenshot_path TEXT, action TEXT, thinking TEXT, success INTEGER)"
    )
    connection.execute("CREATE INDEX idx_steps_session ON steps (session_id, step_num)")
    connection.close()


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
