"""Ctrl-C in the middle of a backup, a restore, a verification: it ends at once, and nothing half-done is left.

A terminal's Ctrl-C reaches the whole process group, so the commands run in sessions of their own here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from export_lab import rich_run
from stepwell_harness import FaultPoints, wait_for

from persistence_daemon.backup import backups_in
from shared.paths import Home

if TYPE_CHECKING:
    from pathlib import Path

    from stepwell_harness import Stepwell

INTERRUPTED = 130


def broken_off(stepwell: Stepwell, points: FaultPoints, point: str, *arguments: str) -> int:
    """Press Ctrl-C while a command stands at a fault point, and return its exit code."""
    child = subprocess.Popen(
        stepwell.command(*arguments),
        env=stepwell.environment(points.environment()),
        cwd=stepwell.home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(f"it stands at {point}", lambda: points.hits(point))
        os.killpg(child.pid, signal.SIGINT)
        return child.wait(timeout=20)
    finally:
        points.open_gate()
        if child.poll() is None:
            child.kill()
            child.wait()


def test_a_backup_that_is_broken_off_lists_nothing_and_leaves_nothing(stepwell: Stepwell, tmp_path: Path) -> None:
    rich_run(stepwell.home)
    points = FaultPoints(tmp_path / "faults", "backup.verified=block@1:{gate}")
    away = tmp_path / "away"
    assert broken_off(stepwell, points, "backup.verified", "backup", "create", "--to", str(away)) == INTERRUPTED
    assert backups_in(away) == []
    assert list(away.iterdir()) == []


def test_a_restore_that_is_broken_off_leaves_the_present_store_as_it_is(stepwell: Stepwell, tmp_path: Path) -> None:
    rich_run(stepwell.home)
    assert stepwell.run("backup", "create").code == 0
    database = Home(stepwell.home).database
    before = hashlib.sha256(database.read_bytes()).digest()
    points = FaultPoints(tmp_path / "faults", "restore.made=block@1:{gate}")
    assert broken_off(stepwell, points, "restore.made", "backup", "restore", "latest") == INTERRUPTED
    assert hashlib.sha256(database.read_bytes()).digest() == before
    assert not (stepwell.home / "quarantine").exists()


def test_a_verification_that_is_broken_off_ends_at_once(stepwell: Stepwell) -> None:
    rich_run(stepwell.home)
    picture = min((stepwell.home / "screenshots").glob("*/*.png"))
    picture.unlink()
    os.mkfifo(picture)  # whoever reads it waits for ever
    verb = [sys.executable, "-P", "-m", "persistence_daemon", "report", "--deep", "--home", str(stepwell.home)]
    child = subprocess.Popen(verb, env=stepwell.environment(), cwd=stepwell.home.parent, stdout=subprocess.DEVNULL)
    ends: list[int] = []
    try:
        wait_for("it reads that picture", lambda: ends or ends.extend(writer_of(picture)))
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == INTERRUPTED
    finally:
        for end in ends:
            os.close(end)
        if child.poll() is None:
            child.kill()
            child.wait()


def writer_of(pipe: Path) -> list[int]:
    """Return the open end of a pipe that somebody reads; nothing while nobody does."""
    try:
        return [os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)]
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return []
