"""Locks between real processes: who holds one, when it is free, and what drops it; signals by pidfd."""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError, ErrorCode
from shared.posix import FileLock, LockHeldError, lock_holder, open_pidfd, send_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Holders = Callable[..., subprocess.Popen[str]]

HOLDER = """
import os, sys
from pathlib import Path
from shared.posix import FileLock
lock = FileLock.take(Path(sys.argv[1]))
exec(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold() -> Iterator[Holders]:
    """Start a process that holds a lock, after doing something more; it lets go when its stdin is closed."""
    started: list[subprocess.Popen[str]] = []

    def start(path: Path, then: str = "pass") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", HOLDER, str(path), then],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


def test_a_lock_that_another_process_holds_is_refused_with_its_pid(path: Path, hold: Holders) -> None:
    holder = hold(path)
    with pytest.raises(LockHeldError) as caught:
        FileLock.take(path)
    assert caught.value.pid == holder.pid == lock_holder(path)
    assert caught.value.code is ErrorCode.HOME_IN_USE
    assert str(path) in caught.value.message
    assert caught.value.retryable


def test_a_lock_is_free_the_moment_its_holder_is_killed(path: Path, hold: Holders) -> None:
    holder = hold(path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert lock_holder(path) is None
    FileLock.take(path).release()


def test_a_stopped_holder_still_holds_its_lock(path: Path, hold: Holders) -> None:
    holder = hold(path)
    holder.send_signal(signal.SIGSTOP)
    with pytest.raises(LockHeldError):
        FileLock.take(path)


def test_a_released_lock_can_be_taken_by_others_and_its_file_stays(path: Path, hold: Holders) -> None:
    lock = FileLock.take(path)
    lock.release()
    assert path.exists()
    hold(path)


def test_a_stray_child_does_not_keep_the_lock_of_a_dead_process(path: Path, hold: Holders) -> None:
    """Record locks are not inherited: the reason why they were chosen."""
    stray = "pid = os.fork()\nif pid == 0:\n    sys.stdin.read()\n    os._exit(0)\nprint(pid, flush=True)"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLDER, str(path), stray], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    os.kill(pid, 0)  # the stray lives
    assert lock_holder(path) is None
    FileLock.take(path).release()
    process.communicate()  # its stdin is closed: the stray ends


def test_closing_another_descriptor_of_the_file_drops_the_lock(path: Path, hold: Holders) -> None:
    """The trap that the head of posix.py warns of: a lock's file is opened nowhere else."""
    hold(path, "open(sys.argv[1]).close()")
    assert lock_holder(path) is None


def test_asking_who_holds_a_lock_makes_no_file(path: Path) -> None:
    assert lock_holder(path) is None
    assert not path.exists()


def test_a_lock_whose_file_was_removed_or_replaced_is_no_longer_ours(path: Path) -> None:
    lock = FileLock.take(path)
    assert lock.still_ours()
    path.unlink()
    assert not lock.still_ours()
    path.touch()
    assert not lock.still_ours()
    lock.release()


def test_a_lock_that_ends_for_good_takes_its_file_along(path: Path) -> None:
    FileLock.take(path).unlink_and_release()
    assert not path.exists()


def test_a_lock_is_not_taken_through_a_symlink(tmp_path: Path, path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("x")
    path.symlink_to(target)
    with pytest.raises(BadInputError, match="is a symlink, where a file belongs"):
        FileLock.take(path)
    assert lock_holder(path) is None
    assert target.read_text() == "x"


def test_a_locks_file_is_private(path: Path) -> None:
    lock = FileLock.take(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lock.release()


def test_a_signal_reaches_exactly_the_process_behind_its_pidfd(path: Path, hold: Holders) -> None:
    holder = hold(path)
    pidfd = open_pidfd(holder.pid)
    assert pidfd is not None
    assert send_signal(pidfd, signal.SIGKILL)
    assert holder.wait() == -signal.SIGKILL
    assert not send_signal(pidfd, signal.SIGKILL), "its pid may be another's by now"
    assert open_pidfd(holder.pid) is None
    os.close(pidfd)


def test_a_program_that_is_not_ours_dies_with_its_parent() -> None:
    """By the kernel: it has no life-line to watch."""
    spawn = (
        "import os, subprocess, sys\n"
        "from shared.posix import end_with_parent\n"
        "me = os.getpid()\n"
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=lambda: end_with_parent(me))\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-P", "-c", spawn]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pidfd = open_pidfd(int(parent.stdout.readline()))
        assert pidfd is not None
        assert not select.select([pidfd], [], [], 0)[0], "it runs"
        parent.kill()
    assert select.select([pidfd], [], [], 10)[0]
    os.close(pidfd)


def test_what_lies_in_a_locks_place_is_named_and_held_by_nobody(path: Path) -> None:
    path.mkdir()
    with pytest.raises(BadInputError, match="is a folder, where a file belongs") as caught:
        FileLock.take(path)
    assert caught.value.code is ErrorCode.BAD_HOME
    assert lock_holder(path) is None


def test_a_lock_outlives_a_dup2_onto_stderr_of_a_process_that_had_none(path: Path) -> None:
    then = "import os; log = os.open(os.devnull, os.O_WRONLY); os.dup2(log, 2)"
    script = HOLDER.replace("from shared.posix", "os.close(2)\nfrom shared.posix")
    with subprocess.Popen(
        [sys.executable, "-P", "-c", script, str(path), then], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert lock_holder(path) == process.pid
