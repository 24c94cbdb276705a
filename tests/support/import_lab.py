"""Imports in process, into a home of the test's own: what was told, and what the store then holds."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

from store_lab import StoreLab

from persistence_daemon.check import check_store
from persistence_daemon.connection import open_reader_without_limit
from persistence_daemon.importing.verb import import_file
from shared.paths import Home

if TYPE_CHECKING:
    from pathlib import Path

Lines = list[dict[str, Any]]


class ImportLab:
    """One home. `told`: the lines of the last import."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.told: Lines = []

    def run(self, file: Path, utc_offset: str = "+08:00", *, dry_run: bool = False) -> dict[str, Any]:
        """Import `file`; return the result that was told."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            import_file(self.home, file, utc_offset, lambda: None, dry_run=dry_run)
        self.told = [json.loads(line) for line in out.getvalue().splitlines()]
        return self.told[-1]

    def notices(self, what: str) -> Lines:
        """Return what the last import told of that kind."""
        return [line for line in self.told if line["kind"] == "notice" and line["what"] == what]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of the store."""
        connection = open_reader_without_limit(self.home.database)
        try:
            return list(connection.execute(sql, values))
        finally:
            connection.close()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...]:
        """Return the only row of a query."""
        (found,) = self.rows(sql, *values)
        return found

    def original(self, table: str, session_id: str, step_num: int = 0) -> dict[str, Any]:
        """Return what a task (or a step) keeps of how it was."""
        where = f"session_id = '{session_id}'" + (f" AND step_num = {step_num}" if step_num else "")
        (text,) = self.row(f"SELECT original FROM {table} WHERE {where}")
        return dict(json.loads(text)) if text else {}

    def check(self) -> list[str]:
        """Return what the invariant checker finds, the event log's replay included."""
        return check_store(self.home)

    def open(self) -> StoreLab:
        """Open the store as the next start of the daemon does."""
        return StoreLab(self.home.root)
