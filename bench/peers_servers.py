"""The peers of store.py that are servers: Redis that syncs each append, and PostgreSQL as it is shipped.

Each is started in a folder of its own on a Unix socket, and ended by its process. The programs come from the system
(Debian: redis-server, postgresql), the clients from `pip install -e '.[bench]'`; what is not there is named.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from writers import ACTION, RECORD, TEXT, Measured, Pictures, closed_loop

from shared.identity import new_session_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.synchronize import Barrier

_STARTED_S = 20.0
_LOOK_S = 0.05
_NOBODY = "nobody"
_TABLE = (
    "CREATE TABLE steps (id bigserial PRIMARY KEY, session_id text, step_num integer, screenshot_path text,"
    " action text, thinking text, success integer)"
)
_INDEX = "CREATE INDEX idx_steps_session ON steps (session_id, step_num)"
_INSERT = (
    "INSERT INTO steps (session_id, step_num, screenshot_path, action, thinking, success) VALUES (%s,%s,%s,%s,%s,1)"
)


def missing_redis() -> str:
    """Return what Redis lacks here, '' when it can be measured."""
    if shutil.which("redis-server") is None:
        return "redis-server is not installed"
    return _missing_client("redis")


@contextlib.contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run a Redis that answers when its append-only file is synced."""
    command = ("redis-server", "--port", "0", "--unixsocket", str(folder / "redis.sock"), "--dir", str(folder))
    with _running((*command, "--appendonly", "yes", "--appendfsync", "always", "--save", ""), signal.SIGTERM):
        _until_it_answers(lambda: _redis(str(folder)).ping())
        yield str(folder)


def redis_writer(folder: str, number: int, window: int, pictures: bool, seconds: float, barrier: Barrier) -> Measured:
    """Append records to a list, `window` of them in a pipeline."""
    client, key = _redis(folder), new_session_id()
    kept = Pictures(folder, number, wanted=pictures)

    def write(steps: range) -> None:
        for step in steps:
            kept.store(step)
        if len(steps) == 1:
            client.rpush(key, RECORD)
            return
        pipeline = client.pipeline(transaction=False)
        for _ in steps:
            pipeline.rpush(key, RECORD)
        pipeline.execute()

    return closed_loop(seconds, barrier, window, write)


def missing_postgres() -> str:
    """Return what PostgreSQL lacks here, '' when it can be measured."""
    if _postgres_programs() is None:
        return "PostgreSQL's server is not installed"
    return _missing_client("psycopg")


@contextlib.contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL with the older design's table. It refuses to be root, so then it is nobody."""
    programs, data = _postgres_programs(), folder / "data"
    if programs is None:
        raise RuntimeError(missing_postgres())
    user = {"user": _NOBODY, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        folder.chmod(0o755)
        shutil.chown(folder, _NOBODY, "nogroup")
    make = (programs / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
    serve = (programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=")
    with _running(serve, signal.SIGINT, cwd=folder, **user):
        _until_it_answers(lambda: _postgres(str(folder)).close())
        with _postgres(str(folder)) as connection:
            connection.execute(_TABLE)
            connection.execute(_INDEX)
        yield str(folder)


def postgres_writer(
    folder: str, number: int, window: int, pictures: bool, seconds: float, barrier: Barrier
) -> Measured:
    """Commit `window` steps at a time."""
    connection, session_id = _postgres(folder), new_session_id()
    kept = Pictures(folder, number, wanted=pictures)

    def write(steps: range) -> None:
        rows = [(session_id, step, kept.store(step), ACTION, TEXT) for step in steps]
        if len(rows) == 1:
            connection.execute(_INSERT, rows[0], prepare=True)
            return
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(_INSERT, rows)

    measured = closed_loop(seconds, barrier, window, write)
    connection.close()
    return measured


def _missing_client(name: str) -> str:
    if importlib.util.find_spec(name) is not None:
        return ""
    return f"the Python package {name} is not installed: pip install -e '.[bench]'"


def _redis(folder: str) -> Any:
    return importlib.import_module("redis").Redis(unix_socket_path=f"{folder}/redis.sock")


def _postgres(folder: str) -> Any:
    return importlib.import_module("psycopg").connect(host=folder, user="bench", dbname="postgres", autocommit=True)


def _postgres_programs() -> Path | None:
    """Return the folder of the newest server that is installed: Debian keeps it out of PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if (program := shutil.which("initdb")) is not None:
        found.append(Path(program).resolve().parent)
    return max(found, key=lambda folder: folder.parts[-2].zfill(3), default=None)


@contextlib.contextmanager
def _running(command: tuple[str | Path, ...], farewell: signal.Signals, **options: Any) -> Iterator[None]:
    """Run a server, and end it, whatever happens, by the signal that makes it end at once."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, **options) as process:
        try:
            yield
        finally:
            process.send_signal(farewell)
            process.wait(timeout=30)


def _until_it_answers(ask: Callable[[], object]) -> None:
    end = time.monotonic() + _STARTED_S
    while True:
        try:
            ask()
        except Exception:  # each client has errors of its own; the last one is raised
            if time.monotonic() > end:
                raise
            time.sleep(_LOOK_S)
        else:
            return
