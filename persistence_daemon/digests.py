"""Digests by which a repeat is told from a conflict, and the form of a time in a column. Pure; used by apply*.py."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from msgspec import Struct

    from shared.messages import NewTask

# As wire.digest_of; a test holds both together.
_canonical: Final = msgspec.msgpack.Encoder(order="deterministic")


def digest(value: Struct) -> bytes:
    """Return the SHA-256 by which a repeat of `value` is told from a conflict, as the store keeps it."""
    return hashlib.sha256(_canonical.encode(value)).digest()


def set_aside_digest(kind: str, sender: str, incarnation: str, raw: str) -> bytes:
    """Return the digest that lets a repeat of a refused record be answered the same."""
    return hashlib.sha256(f"{kind}\x00{sender}\x00{incarnation}\x00{raw}".encode()).digest()


# Fields that NewTask got later: one that is not set does not count, so that tasks of older logs keep their digests.
_LATER: Final = frozenset({"checks", "continues", "rerun_of"})
_in_order: Final = msgspec.msgpack.Encoder()  # a dict in its own order is written as a struct of these fields


def task_digest(task: NewTask) -> bytes:
    """Return the SHA-256 by which a repeat of a submitted task is told from a conflict."""
    fields = msgspec.structs.asdict(task)
    counted = {name: value for name, value in fields.items() if value or name not in _LATER}
    return hashlib.sha256(_in_order.encode(counted)).digest()


@functools.lru_cache(maxsize=8)  # all events of a batch have the same time
def column_time(at: str) -> str:
    """Return an event's time as `timestamp` and `updated_at` hold it: `YYYY-MM-DD HH:MM:SS`, UTC."""
    return f"{at[:10]} {at[11:19]}"
