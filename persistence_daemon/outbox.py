"""Reading what a dead worker left: its outbox, its lock, the supervisor's mark. The worker's step_buffer.py writes it.

An outbox is a folder of `<n:08d>.rec`, each the frame of a `WriteRecords`, with the picture beside it as `<n:08d>.png`,
in the order of n. Each file got there by a durable rename; what is half written has another name. Nothing is read of a
worker whose lock is held. Called by liveness.py. Must not write to the store.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.errors import StepwellError
from shared.identity import Identity, parse_identity
from shared.messages import Forced, WriteRecords
from shared.posix import is_plain_file
from shared.wire import MAX_FRAME, MAX_PICTURE, decode

if TYPE_CHECKING:
    from pathlib import Path

    from shared.paths import Home

_RECORD: Final = re.compile(r"\d{8}\.rec\Z")
LOCK: Final = ".lock"
FORCED: Final = ".forced.json"


class OutboxItem(Struct, frozen=True):
    """One file: what it says, or why it says nothing that can be read, with its bytes."""

    name: str
    message: WriteRecords | None
    picture: bytes = b""
    raw: bytes = b""
    why: str = ""


class Estate(Struct, frozen=True):
    """All that a dead worker left."""

    worker: Identity
    items: tuple[OutboxItem, ...] = ()
    forced: Forced | None = None
    problems: tuple[str, ...] = ()


def known_workers(home: Home) -> set[Identity]:
    """Return every incarnation that left a lock, a folder or a mark in this home's outbox."""
    return {worker for path in home.outbox.iterdir() if (worker := worker_of(path.name)) is not None}


def worker_of(name: str) -> Identity | None:
    """Return the incarnation that a lock, folder or mark of this name belongs to; None: it is nothing of ours."""
    try:
        return parse_identity(name.removesuffix(LOCK).removesuffix(FORCED))
    except ValueError:
        return None


def read_estate(home: Home, worker: Identity) -> Estate:
    """Read what `worker` left; the caller holds its lock. Unreadable files come along raw.

    What is no file was moved away before (oddities.py), or could not be: that is passed over.
    """
    folder = home.outbox_of(worker)
    items = tuple(
        _read_item(path) for path in sorted(folder.glob("*.rec")) if _RECORD.match(path.name) and is_plain_file(path)
    )
    forced, problems = _read_forced(home, worker)
    return Estate(worker, items, forced, problems)


def remove_estate(home: Home, worker: Identity) -> None:
    """Remove what was taken in; the caller has committed it and still holds the lock."""
    folder = home.outbox_of(worker)
    if folder.is_dir() and not folder.is_symlink():
        for path in folder.iterdir():
            if not path.is_dir() or path.is_symlink():
                path.unlink()
        with contextlib.suppress(OSError):  # a folder in it that could not be moved away, as was told
            folder.rmdir()
    home.forced_mark(worker).unlink(missing_ok=True)


def _read_item(path: Path) -> OutboxItem:
    raw = _read_bounded(path, MAX_FRAME)
    picture_path = path.with_suffix(".png")
    picture = _read_bounded(picture_path, MAX_PICTURE) if is_plain_file(picture_path) else b""
    try:
        message = decode(raw).message
    except StepwellError as error:
        return OutboxItem(path.name, None, picture, raw, error.message)
    if not isinstance(message, WriteRecords):
        return OutboxItem(path.name, None, picture, raw, f"it holds a {type(message).__name__}, not records")
    return OutboxItem(path.name, message, picture, raw)


def _read_bounded(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)


def _read_forced(home: Home, worker: Identity) -> tuple[Forced | None, tuple[str, ...]]:
    path = home.forced_mark(worker)
    if not is_plain_file(path):
        return None, ()
    try:
        forced = msgspec.json.decode(path.read_bytes(), type=Forced)
    except msgspec.DecodeError as error:
        return None, (f"{path.name} is not readable: {error}",)
    if forced.incarnation != worker.incarnation:
        return None, (f"{path.name} speaks of incarnation {forced.incarnation}",)
    return forced, ()
