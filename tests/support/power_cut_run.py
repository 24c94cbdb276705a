"""The run that power_cut.py records: the daemon's store, a scripted worker, a line on stdout for each acknowledgement.

    python power_cut_run.py HOME MUTANT

A mutant is a store that breaks its promise; the model must find each of them out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from store_lab import WORKER, StoreLab, picture_of

from shared.messages import BeginStep, FinishStep, Record, RecordsWritten, WriteRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_IT_IS: Final = "as it is"
ACKNOWLEDGES_FIRST: Final = "acknowledges before the commit"
SYNCHRONOUS: Final = {"synchronous=OFF": "OFF", "synchronous=NORMAL": "NORMAL"}
NAMES_UNSYNCED: Final = "pictures' folders are not synced"
_MISSING: Final = "was acknowledged and is there 0 times"
MUTANTS: Final = {
    **dict.fromkeys((*SYNCHRONOUS, ACKNOWLEDGES_FIRST), _MISSING),
    NAMES_UNSYNCED: "cannot be read",
}  # and what must be said of each
BATCHES: Final = 40
CHECKPOINT_AT: Final = (15, 30)  # the second one begins the WAL anew
LOG_SYNC_EVERY: Final = 7  # batches; the daemon's own thread does it every second


def word_of(record: Record) -> str:
    """Return what is acknowledged of a record: enough to find it again."""
    match record:
        case BeginStep():
            return f"begun {record.step_num} {record.thinking}"
        case FinishStep():
            return f"finished {record.step_num} {record.message}"
        case other:
            raise AssertionError(f"the script has no {other}")


def batches(lab: StoreLab) -> Iterator[tuple[tuple[Record, ...], bytes]]:
    """Yield the records of each batch with their picture: two steps of three with one, intent and outcome apart."""
    for number in range(1, BATCHES // 2 + 1):
        data = (b"" if number % 3 == 0 else b"picture %d " % number) * 100
        yield (lab.begin(number, picture=picture_of(data) if data else None),), data
        yield (lab.finish(number, message=f"message {number}"),), b""


def acknowledge(records: tuple[Record, ...]) -> None:
    """Say it in one write, as a socket would."""
    os.write(1, "".join(f"{word_of(record)}\n" for record in records).encode())


def main(root: Path, mutant: str) -> None:
    """Carry out the script."""
    lab = StoreLab(root)
    if mutant == NAMES_UNSYNCED:
        patch("persistence_daemon.pictures.fsync_dir").start()
    if mutant in SYNCHRONOUS:
        lab.store.connection.pragma("synchronous", SYNCHRONOUS[mutant])
    lab.running()
    for count, (records, data) in enumerate(batches(lab), 1):
        if mutant == ACKNOWLEDGES_FIRST:
            acknowledge(records)
        answer = lab.ask(WORKER, WriteRecords(records=records), data)
        assert isinstance(answer, RecordsWritten), answer
        if mutant != ACKNOWLEDGES_FIRST:
            acknowledge(records)
        if count in CHECKPOINT_AT:
            lab.store.connection.wal_checkpoint()
        if count % LOG_SYNC_EVERY == 0:
            lab.store.log.sync()
    lab.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
