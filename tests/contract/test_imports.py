"""Imports run one way: processes import shared, never each other; heavy libraries stay where they belong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PACKAGES = ("shared", "persistence_daemon", "worker", "supervisor", "demo")


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    env = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"}
    return subprocess.run(
        [program, "--no-cache"], cwd=tree, env=env, capture_output=True, text=True, timeout=100, check=False
    )


def test_imports_run_one_way() -> None:
    ran = lint_imports(TREE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken" in ran.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("worker/__init__.py", "import persistence_daemon", "processes import shared, never each other"),
        ("shared/__init__.py", "import worker", "shared imports no process"),
        ("supervisor/__init__.py", "import apsw", "apsw only in the daemon"),
        ("persistence_daemon/__init__.py", "import openai", "openai and adbutils only in the worker"),
    ],
)
def test_an_import_that_is_not_allowed_is_noticed(tmp_path: Path, file: str, line: str, contract: str) -> None:
    """The control: in a copy of the tree, each kind of wrong import breaks its contract."""
    shutil.copy(TREE / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(TREE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    ran = lint_imports(tmp_path)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"{contract} BROKEN" in ran.stdout
