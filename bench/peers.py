"""The peers of store.py that need no server: the older design, SQLite alone, and nothing but append and fdatasync."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from writers import ACTION, RECORD, TEXT, Measured, Pictures, closed_loop

from shared.identity import new_session_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

_TABLE = (
    "CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, step_num INTEGER,"
    " screenshot_path TEXT, action TEXT, thinking TEXT, success INTEGER)"
)
_INDEX = "CREATE INDEX idx_steps_session ON steps (session_id, step_num)"
_INSERT = "INSERT INTO steps (session_id, step_num, screenshot_path, action, thinking, success) VALUES (?,?,?,?,?,1)"


@contextlib.contextmanager
def only_a_folder(folder: Path) -> Iterator[str]:
    """Start nothing."""
    yield str(folder)


@contextlib.contextmanager
def older_store(folder: Path) -> Iterator[str]:
    """Make the older design's table and index."""
    connection = _opened(str(folder))
    connection.execute(_TABLE)
    connection.execute(_INDEX)
    connection.close()
    yield str(folder)


def older_writer(folder: str, number: int, _window: int, pictures: bool, seconds: float, barrier: Barrier) -> Measured:
    """Commit each step itself, to the same file as the others, as the older design did."""
    return sqlite_writer(folder, number, 1, pictures, seconds, barrier)


def sqlite_writer(folder: str, number: int, window: int, pictures: bool, seconds: float, barrier: Barrier) -> Measured:
    """Commit `window` steps at a time."""
    connection, session_id = _opened(folder), new_session_id()
    kept = Pictures(folder, number, wanted=pictures)

    def write(steps: range) -> None:
        rows = [(session_id, step, kept.store(step), ACTION, TEXT) for step in steps]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, rows)
        connection.execute("COMMIT")

    measured = closed_loop(seconds, barrier, window, write)
    connection.close()
    return measured


def raw_writer(folder: str, number: int, _window: int, pictures: bool, seconds: float, barrier: Barrier) -> Measured:
    """Append and fdatasync, one record at a time, each writer its own file."""
    descriptor = os.open(f"{folder}/raw-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    kept = Pictures(folder, number, wanted=pictures)

    def write(steps: range) -> None:
        for step in steps:
            kept.store(step)
            os.write(descriptor, RECORD)
            os.fdatasync(descriptor)

    measured = closed_loop(seconds, barrier, 1, write)
    os.close(descriptor)
    return measured


def _opened(folder: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{folder}/older.db", timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
