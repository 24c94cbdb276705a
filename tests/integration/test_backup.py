"""`stepwell backup` by the real command: beside a running Stepwell, into a folder elsewhere, killed at each point."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from export_lab import rich_run

from persistence_daemon.backup import backups_in, damage_of

if TYPE_CHECKING:
    from pathlib import Path

    from stepwell_harness import Stepwell

TASK = "Open Settings and turn on dark mode"
POINTS = ["backup.copied", "backup.verified", "backup.picture", "backup.named", "backup.listed"]


def pictures(root: Path) -> dict[str, str]:
    """Return the digest of each screenshot of a home, by its path."""
    found = (root / "screenshots").glob("*/*.png")
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_a_backup_beside_a_running_stepwell_is_verified_and_listed_with_its_pictures(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    stepwell.up("--fast")
    session_id = stepwell.submit(TASK)
    stepwell.wait_state(session_id, "SUCCESS")
    own = stepwell.run("backup", "create", "--json")
    assert own.code == 0, own.err
    (item,) = own.lines[-1]["items"]
    assert not item["holds_pictures"]
    away = stepwell.run("backup", "create", "--to", str(tmp_path / "away"), "--json")
    assert away.code == 0, away.err
    kept = {path.stem for path in (tmp_path / "away" / "pictures").glob("*/*.png")}
    assert kept == set(pictures(stepwell.home).values())
    assert away.lines[-1]["pictures_copied"] == len(kept) > 0
    again = stepwell.run("backup", "create", "--to", str(tmp_path / "away"), "--json")
    assert again.lines[-1]["pictures_copied"] == 0
    listed = stepwell.run("backup", "list", "--to", str(tmp_path / "away"))
    assert "holds its pictures" in listed.out
    inside = stepwell.run("backup", "create", "--to", str(stepwell.home / "copies"))
    assert inside.code == 2
    assert stepwell.run("verify", "--deep").code == 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_nothing_is_listed_that_does_not_verify(
    stepwell: Stepwell, tmp_path: Path, point: str
) -> None:
    rich_run(stepwell.home)
    away = tmp_path / "away"
    verb = [sys.executable, "-P", "-m", "persistence_daemon", "backup", "create", "--home", str(stepwell.home)]
    killed = subprocess.run(
        [*verb, "--to", str(away)],
        env=stepwell.environment() | {"STEPWELL_FAULTPOINTS": f"{point}=kill@1"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    listed = backups_in(away)
    assert len(listed) == (point == "backup.listed")
    assert [damage_of(away, backup, deep=True) for backup in listed] == [""] * len(listed)
    done = stepwell.run("backup", "create", "--to", str(away), "--json")
    assert done.code == 0, done.err
    assert not [path for path in away.iterdir() if path.name.endswith(".tmp")]
    assert all(damage_of(away, backup, deep=True) == "" for backup in backups_in(away))
    assert {path.stem for path in (away / "pictures").glob("*/*.png")} == set(pictures(stepwell.home).values())
