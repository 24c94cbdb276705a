"""Fixtures of the store's unit tests: a real store in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store_lab import StoreLab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[StoreLab]:
    """An empty store; when the test is over it must still be true, whole and equal to its event log."""
    made = StoreLab(tmp_path / "home")
    yield made
    violations = made.check()
    made.close()
    assert violations == []


@pytest.fixture
def bare_lab(tmp_path: Path) -> StoreLab:
    """An empty store whose test looks after it itself."""
    return StoreLab(tmp_path / "home")
