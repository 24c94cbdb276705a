"""Fixtures of the import's tests: a home to import into, and an older program's folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from import_lab import ImportLab
from old_store import OldStore
from store_lab import IN_MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory: each of these tests makes a store, and few are about the disk."""
    with tempfile.TemporaryDirectory(prefix="stepwell-test-", dir=IN_MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[ImportLab]:
    """A home; when the test is over its store, if there is one, must be true and equal to its event log."""
    made = ImportLab(tmp_path / "home")
    yield made
    if made.home.database.exists():
        assert made.check() == []


@pytest.fixture
def old(tmp_path: Path) -> Iterator[OldStore]:
    """An older program's store with all its tables, empty, still open."""
    made = OldStore(tmp_path / "old")
    yield made
    made.connection.close()
