"""The older program's other tables, written again from the rows that an import kept whole.

The tables that it is known to have are always there, for a program that counts on them; columns and tables beyond
these come from the rows. A row that was imported again after it had changed is written once, as it was last; rows of
different files that have the same id get another one. Called by legacy.py within its one write of the copy.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from persistence_daemon.export.masking import Masker

_ID: Final = "id"
_OURS: Final = frozenset({"tasks", "steps"})  # written from the store's own rows
_KNOWN: Final = {
    "golden_paths": (
        "id INTEGER PRIMARY KEY AUTOINCREMENT, task_pattern TEXT, apps TEXT, difficulty TEXT, can_replay INTEGER,"
        " natural_sop TEXT, action_sop TEXT, common_errors TEXT, success_rate REAL, usage_count INTEGER,"
        " source_sessions TEXT, created_at TEXT, updated_at TEXT, correct_path TEXT, forbidden TEXT, hints TEXT,"
        " shortcut_command TEXT, completion_conditions TEXT"
    ),
    "error_patterns": (
        "id INTEGER PRIMARY KEY AUTOINCREMENT, task_pattern TEXT, error_description TEXT, correction TEXT,"
        " frequency INTEGER, last_seen TEXT, created_at TEXT"
    ),
    "mental_shortcuts": (
        "id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT, scene TEXT DEFAULT '未知页面', element TEXT,"
        " location_hint TEXT, typical_coords TEXT, coord_variance REAL, action TEXT, data_source TEXT, confidence REAL,"
        " usage_count INTEGER, success_count INTEGER, source_sessions TEXT, created_at TEXT, updated_at TEXT,"
        " last_used_at TEXT"
    ),
    "_sys_config": "key TEXT PRIMARY KEY, value TEXT, updated_at TEXT",
}
_INDEXES: Final = (
    "CREATE INDEX idx_golden_paths_pattern ON golden_paths (task_pattern)",
    "CREATE INDEX idx_error_patterns_pattern ON error_patterns (task_pattern)",
    "CREATE INDEX idx_shortcuts_app ON mental_shortcuts (app)",
)
_ROWS: Final = 'SELECT source, "table", json FROM legacy_rows ORDER BY id'

Values = dict[str, Any]


def write_tables(store: apsw.Connection, into: apsw.Connection, masker: Masker, wrote: Callable[[], None]) -> int:
    """Write the tables with their rows; return how many rows stay behind, since their task has its row already.

    `wrote` is called after each row.
    """
    writers = {name: _Table(into, name, definition) for name, definition in _KNOWN.items()}
    for statement in _INDEXES:
        into.execute(statement)
    behind = 0
    for source, table, text in store.execute(_ROWS):
        key = str(table).lower()
        if key in _OURS:
            behind += 1
        else:
            if key not in writers:
                writers[key] = _Table(into, str(table), "")
            writers[key].write(str(source), _values(json.loads(str(text)), masker))
        wrote()
    return behind


class _Table:
    """A table of the copy, made or widened as its rows need it."""

    def __init__(self, into: apsw.Connection, name: str, definition: str) -> None:
        self._into = into
        self._name = _quoted(name)
        self._columns: set[str] = set()  # in small letters
        self._is_numbered = False  # its `id` is the number of the row
        self._places: dict[tuple[str, int], int] = {}  # of which file which id stands under which
        self._taken: set[int] = set()
        if definition:
            self._make(definition)

    def write(self, source: str, values: Values) -> None:
        """Write a row of a file, in place of an earlier one of the same file and id."""
        number = next((value for name, value in values.items() if name.lower() == _ID), None)
        if not self._columns:
            self._make(", ".join(map(_declared, values.items())))
        for name in values:
            if name.lower() not in self._columns:
                self._into.execute(f"ALTER TABLE {self._name} ADD COLUMN {_quoted(name)}")
                self._columns.add(name.lower())
        if self._is_numbered:
            values = {name: value for name, value in values.items() if name.lower() != _ID}
            values[_ID] = self._place(source, number) if isinstance(number, int) else None
        names, marks = ", ".join(map(_quoted, values)), ", ".join("?" * len(values))
        sql = f"INSERT OR REPLACE INTO {self._name} ({names}) VALUES ({marks})"  # noqa: S608 - quoted names
        self._into.execute(sql, tuple(values.values()))
        self._taken.add(self._into.last_insert_rowid())

    def _make(self, definition: str) -> None:
        self._into.execute(f"CREATE TABLE {self._name} ({definition})")
        columns = self._into.execute(f"PRAGMA table_info({self._name})").fetchall()
        self._columns = {str(name).lower() for _, name, *_ in columns}
        self._is_numbered = any(str(name).lower() == _ID and key for _, name, _, _, _, key in columns)

    def _place(self, source: str, number: int) -> int:
        """Return the id under which a row stands here: its own, unless another file's row has that."""
        place = self._places.get((source, number))
        if place is None:
            place = number if number not in self._taken else max(self._taken) + 1
            self._places[source, number] = place
        return place


def _declared(cell: tuple[str, Any]) -> str:
    """Return a column as the first row of an unknown table wants it."""
    name, value = cell
    return _quoted(name) + (" INTEGER PRIMARY KEY" if name.lower() == _ID and isinstance(value, int) else "")


def _values(row: Values, masker: Masker) -> Values:
    """Return a row's values as a table holds them, with secrets masked."""
    return {name: masker.text(value) if isinstance(value, str) else _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):  # what JSON has no word for: importing/originals.py
        return base64.b64decode(value["base64"]) if "base64" in value else float(value["real"])
    return value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
