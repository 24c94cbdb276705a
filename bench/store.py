"""Durable records a second and the time to their acknowledgement, beside what else could have been used.

    python bench/store.py [--seconds 3] [--rounds 3] [--json FILE]

One record is one acknowledged message of about 1.2 KB, the event log's line included; a step is two of them. N writer
processes keep W records unacknowledged each, 16 records a message where W is 64. With a picture: each intent carries
300 KB; a message then holds one record, and W is bounded by the protocol's one unacknowledged picture a writer.
All of a row's peers are measured in turn within each round. See bench/README.md for what a row means, goals.py for
the goals; the peers are in peers*.py.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from goals import verdicts
from msgspec import Struct
from peers import older_store, older_writer, only_a_folder, raw_writer, sqlite_writer
from peers_servers import (
    missing_postgres,
    missing_redis,
    postgres_writer,
    redis_writer,
    running_postgres,
    running_redis,
)
from stepwell_writer import running_daemon, stepwell_writer
from writers import Measured, in_processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from writers import Writer

    Starter: TypeAlias = "Callable[[Path], AbstractContextManager[str]]"

WINDOW = 64
PICTURES_WINDOW = 2  # records: of two, one has the picture


@dataclass(frozen=True)
class Peer:
    """Somebody who can write records. `missing` says why not, here; `in_groups`: one process writes for all."""

    name: str
    start: Starter
    writer: Writer
    missing: str = ""
    in_groups: bool = False


class Row(Struct):
    """What one peer did with one load: figures, or why there are none."""

    who: str
    writers: int
    window: int
    picture: bool
    missing: str = ""
    per_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    p999_ms: float = 0.0


def peers_of(window: int) -> list[Peer]:
    """Return who is measured with this window, the older design first: the others are held against it."""
    redis, postgres = missing_redis(), missing_postgres()
    older = Peer("older design", older_store, older_writer)
    raw = Peer("raw fdatasync", only_a_folder, raw_writer)
    stepwell = Peer("stepwell", running_daemon, stepwell_writer)
    if window == 1:
        return [
            older,
            raw,
            Peer("redis", running_redis, redis_writer, redis),
            Peer("PostgreSQL", running_postgres, postgres_writer, postgres),
            stepwell,
        ]
    return [
        older,
        Peer("SQLite in groups", older_store, sqlite_writer, in_groups=True),
        Peer("redis pipelined", running_redis, redis_writer, redis),
        Peer("PostgreSQL batched", running_postgres, postgres_writer, postgres),
        stepwell,
    ]


def measure(peer: Peer, count: int, window: int, pictures: bool, seconds: float) -> Measured:
    """Start what the peer needs in a folder of its own, let its writers write, and end it."""
    with tempfile.TemporaryDirectory() as folder, peer.start(Path(folder)) as place:
        if peer.in_groups:
            group = count * (PICTURES_WINDOW if pictures else window)
            return in_processes(peer.writer, place, 1, group, pictures, seconds)
        return in_processes(peer.writer, place, count, window, pictures, seconds)


def rows_of(count: int, window: int, pictures: bool, seconds: float, rounds: int) -> list[Row]:
    """Measure one load, each peer once in each round, and return the medians of the rounds."""
    peers = peers_of(window)
    found: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
    for _ in range(rounds):
        for peer in peers:
            if not peer.missing:
                found[peer.name].append(measure(peer, count, window, pictures, seconds))
    return [
        Row(peer.name, count, window, pictures, peer.missing)
        if peer.missing
        else Row(peer.name, count, window, pictures, "", *medians(found[peer.name], seconds))
        for peer in peers
    ]


def medians(parts: list[Measured], seconds: float) -> list[float]:
    """Return the medians over the rounds: records a second and the quantiles of the time to an acknowledgement."""
    rows = []
    for part in parts:
        times = sorted(part.ack_ms)
        quantiles = [times[min(len(times) - 1, int(len(times) * q))] for q in (0.5, 0.99, 0.999)]
        rows.append([part.records / seconds, *quantiles])
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def print_row(row: Row, older: Row) -> None:
    """Print one row, or why it is missing."""
    what = "300 KB" if row.picture else "-"
    load = f"{row.writers:>2} {row.window:>3} {what:>7} | {row.who:<18}"
    if row.missing:
        print(f"{load} missing: {row.missing}", flush=True)
        return
    times = f"{row.p50_ms:>8.2f} {row.p99_ms:>8.2f} {row.p999_ms:>8.2f}"
    print(f"{load} {row.per_s:>10,.0f} {times}  {row.per_s / older.per_s:>6.2f}", flush=True)


def main() -> None:
    """Measure all rows, print them, and hold them against the goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--no-pictures", action="store_true", help="leave out the rows with pictures, which have no goals"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    print(" N   W picture | who                 records/s   p50 ms   p99 ms p99.9 ms  × older")
    for pictures in (False,) if options.no_pictures else (False, True):
        for count in (1, 8):
            for window in (1, WINDOW):
                found = rows_of(count, window, pictures, options.seconds, options.rounds)
                for row in found:
                    print_row(row, found[0])
                rows.extend(found)
    judged = verdicts(rows)
    print()
    for verdict in judged:
        print(verdict.line())
    if options.json:
        report = {"rows": msgspec.to_builtins(rows), "goals": msgspec.to_builtins(judged)}
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
