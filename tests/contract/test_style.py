"""The code reads as STYLE wants it: ruff's rules, ruff's format, mypy strict; each with the settings of pyproject."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    ran = subprocess.run([BIN / command[0], *command[1:]], cwd=TREE, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-8000:]


def test_ruff_finds_nothing() -> None:
    run("ruff", "check", "--output-format", "concise")


def test_everything_is_formatted() -> None:
    run("ruff", "format", "--check", "--output-format", "concise")


@pytest.mark.timeout(300)  # the first run has no cache
def test_mypy_finds_nothing() -> None:
    run("mypy")
