"""The README's commands, from wherever and however they are called, once their environment is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
HOSTILE = ("typing.py", "msgspec.py", "pip.py", "venv.py", "shared/__init__.py", "supervisor/__init__.py")

pytestmark = pytest.mark.skipif(
    not (TREE / ".venv/stepwell-dev.stamp").exists(), reason="these tests run in an environment that bin/test made"
)


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    for name in HOSTILE:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('hostile')\n")
    return tmp_path


def version(command: Path, folder: Path, **environment: str) -> str:
    """What `--version` prints there."""
    env = {**os.environ, **environment}
    ran = subprocess.run([command, "--version"], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", ["stepwell", "test"])
def test_a_command_works_from_a_hostile_folder_through_links(name: str, hostile_folder: Path) -> None:
    first, second = hostile_folder / "first", hostile_folder / "second"
    first.symlink_to(TREE / "bin" / name)
    second.symlink_to(first)
    told = version(second, hostile_folder, PYTHONPATH=".", LC_ALL="C", HTTPS_PROXY="http://127.0.0.1:9")
    assert told.split()[0] == {"stepwell": "stepwell", "test": "pytest"}[name]


def test_an_environment_that_works_is_added_to_and_not_made_anew(tmp_path: Path) -> None:
    """Stepwell may be running from it. The environment here is a stand-in that notes what it is asked to install."""
    for name in ("bin", "pyproject.toml"):
        source = TREE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    binaries = tmp_path / ".venv/bin"
    binaries.mkdir(parents=True)
    (tmp_path / ".venv/stepwell.root").write_text(str(tmp_path))
    for name, text in (("python", 'echo "$@" >>"$0.log"'), ("stepwell", 'echo "stepwell runs"')):
        (binaries / name).write_text(f"#!/bin/sh\n{text}\n")
        (binaries / name).chmod(0o755)
    for _ in range(2):
        assert version(tmp_path / "bin/stepwell", tmp_path) == "stepwell runs\n"
    asked = (binaries / "python.log").read_text().splitlines()
    assert len([line for line in asked if "install" in line]) == 1, "installed once, into what was there"
    compiled = {line.rpartition("/")[2] for line in asked if "compileall" in line}
    assert compiled == {"shared", "persistence_daemon", "worker", "gui", "supervisor", "demo"}, "no start waits for it"
