"""What the store holds already, so that an import that is repeated brings only what is new. Called by verb.py, plan.py.

A task is known by its id, a row of another table by all that it says, in whatever order its columns stand.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import apsw


class Known(Struct):
    """The tasks with their numbers of steps, the ids of deleted ones, and how often each row of others stands."""

    tasks: dict[str, int]
    deleted: frozenset[str]
    rows: Counter[bytes]


def nothing_known() -> Known:
    """Return what a home without a store holds."""
    return Known({}, frozenset(), Counter())


def known_in(connection: apsw.Connection) -> Known:
    """Return what a store holds."""
    tasks = {
        str(name): int(str(steps)) for name, steps in connection.execute("SELECT session_id, total_steps FROM tasks")
    }
    deleted = frozenset(str(name) for (name,) in connection.execute("SELECT session_id FROM deletions"))
    rows = connection.execute('SELECT "table", json FROM legacy_rows')
    return Known(tasks, deleted, Counter(row_digest(str(table), str(text)) for table, text in rows))


def row_digest(table: str, text: str) -> bytes:
    """Return by what a row of another table is recognised; columns without a value say nothing."""
    said = {name: value for name, value in json.loads(text).items() if value is not None}
    plain = json.dumps([table, said], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).digest()[:16]
