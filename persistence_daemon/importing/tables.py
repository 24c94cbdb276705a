"""Rows of an older store's tables as they stand there, whatever columns they have, in whatever order.

Text is read as bytes and decoded here, because one that is not valid must not keep the others from coming in: it is
kept with its bad bytes as escapes, and marked. Called by plan.py; must not know what the columns mean.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.importing.originals import plain
from shared.texts import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

Value = int | float | str | bytes | None
_CODECS: Final = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}


class Row(Struct, frozen=True):
    """A row: its values by column, as `rows` says. `bad_texts`: the columns whose bytes were no text."""

    rowid: int
    values: dict[str, Value]
    bad_texts: tuple[str, ...] = ()

    def get(self, column: str) -> Value:
        """Return a value, None where the row has no such column."""
        return self.values.get(column)


class Tables:
    """The tables of one file. `virtual`: those whose rows only another program's code could read."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._codec = _CODECS[str(connection.pragma("encoding"))]
        found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").fetchall()
        kept = [(str(name), str(sql)) for name, sql in found if not str(name).startswith("sqlite_")]
        self.virtual = tuple(name for name, sql in kept if sql.upper().startswith("CREATE VIRTUAL"))
        self._names = {name.lower(): name for name, _ in kept if name not in self.virtual}
        listed = connection.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr").fetchall()
        self._numberless = {str(name).lower() for (name,) in listed}  # WITHOUT ROWID

    def names(self) -> list[str]:
        """Return the tables, as they are called there."""
        return list(self._names.values())

    def columns(self, table: str) -> list[str]:
        """Return a table's columns as they are called there; none when there is no such table."""
        if table.lower() not in self._names:
            return []
        found = self._connection.execute(f"PRAGMA table_info({_quoted(table)})")
        return [str(row[1]) for row in found]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        if table.lower() not in self._names:
            return 0
        counted: int = self._connection.execute(f"SELECT count(*) FROM {_quoted(table)}").get  # noqa: S608
        return counted

    def has_row_numbers(self, table: str) -> bool:
        """Tell whether `row` can find the table's rows again."""
        return table.lower() not in self._numberless

    def whole_rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a table by rowid, with the columns as they are called there."""
        yield from self._select(table, {name: name for name in self.columns(table)}, self._order(table), ())

    def rows(self, table: str, only: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of a table by rowid, with `only` some columns; none when there is no such table."""
        columns = {name: name.lower() for name in self.columns(table) if name.lower() in only}
        if columns:
            yield from self._select(table, columns, self._order(table), ())

    def row(self, table: str, rowid: int) -> Row:
        """Return one row, the names of its columns in small letters."""
        columns = {name: name.lower() for name in self.columns(table)}
        return next(self._select(table, columns, "WHERE rowid = ?", (rowid,)))

    def _order(self, table: str) -> str:
        return "ORDER BY rowid" if self.has_row_numbers(table) else ""

    def _select(self, table: str, columns: dict[str, str], tail: str, values: tuple[int, ...]) -> Iterator[Row]:
        read = ", ".join(
            f"typeof({name}), CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END"
            for name in map(_quoted, columns)
        )
        number = "rowid" if self.has_row_numbers(table) else "0"
        sql = f"SELECT {number}, {read} FROM {_quoted(table)} {tail}"  # noqa: S608 - quoted names
        names = list(columns.values())
        for rowid, *cells in self._connection.execute(sql, values):
            bad: list[str] = []
            found: dict[str, Value] = {}
            for name, kind, cell in zip(names, cells[::2], cells[1::2], strict=True):
                found[name] = self._text(name, cell, bad) if kind == "text" else cell
            yield Row(int(str(rowid)), found, tuple(bad))

    def _text(self, name: str, data: bytes, bad: list[str]) -> str:
        try:
            text = data.decode(self._codec)
        except UnicodeDecodeError:
            text = data.decode(self._codec, "backslashreplace")
            bad.append(name)
        storable = escaped(text)
        if storable != text:
            bad.append(name)
        return storable


def as_json(values: dict[str, Value]) -> str:
    """Return a row as JSON; bytes and numbers that JSON has no word for become objects that say what they are."""
    return json.dumps({name: plain(value) for name, value in values.items()}, ensure_ascii=False)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
