"""Stands between a worker and an outside program, so that nothing of the program outlives its task.

    python -P -m worker.agents.command.keeper LIFELINE STATUS FOLDER DIRECTORY PROGRAM ARGUMENT...

It starts the program in a session of its own, under limits, with the stdin, stdout and stderr that it was given. The
life-line is a pipe whose end-of-file means that the worker wants the program's end, or has died: then, and when the
program ends by itself, whatever descends from it is ended too, first by SIGTERM, then by SIGKILL. Those that left the
program's session, or whose parent died, are found as well, because the kernel gives every orphan among them to this
process. What it cannot help: when it is itself killed by SIGKILL, the kernel kills only the program, not the program's
children. STATUS is a pipe that gets one JSON object: how the program ended. FOLDER is removed at the end.

Started by process.py. It must not import what the worker needs: it is there once for each running program.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from shared.posix import adopt_orphans, end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable

LEAVE_S: Final = 0.3  # after end-of-file on its stdin a program may end by itself
TERMINATE_S: Final = 0.5  # after SIGTERM, before SIGKILL; with the above under ORPHAN_S, also when all die at once
PROCESSES_MAX: Final = 256  # at once; a test runner with its workers needs some dozens
_LOOK_S: Final = 0.5  # between two counts of the processes
_NAP_S: Final = 0.02
_SAFE_PATH: Final = "PYTHONSAFEPATH"  # guards our own imports; a program in Python may have modules beside it
_LIMITS: Final = {
    resource.RLIMIT_CORE: 0,  # a core dump holds what the program knew
    resource.RLIMIT_DATA: 4 << 30,  # bytes of memory of one process; mapped files and GPU address space not counted
    resource.RLIMIT_FSIZE: 1 << 30,  # bytes of one file
    resource.RLIMIT_NOFILE: 1024,
}


def main(arguments: list[str]) -> int:
    """Start the program, keep it, leave nothing of it behind."""
    lifeline, status, folder, directory, *argv = arguments
    os.set_inheritable(int(lifeline), False)
    os.set_inheritable(int(status), False)
    adopt_orphans()
    try:
        kept = _Kept(argv, directory)
    except OSError as error:
        told: dict[str, object] = {"error": f"{error.filename or argv[0]}: {error.strerror}"}
    except subprocess.SubprocessError as error:  # its limits could not be set
        told = {"error": str(error)}
    else:
        _let_go_of_its_streams()
        why = kept.watch(int(lifeline))
        kept.end_all()
        told = {"exit": kept.exit_code} | ({"error": why} if why else {})
    shutil.rmtree(folder, ignore_errors=True)  # the program may have made it unreadable; that is its own loss
    os.write(int(status), json.dumps(told).encode())
    return 0


class _Kept:
    """The program and what descends from it."""

    def __init__(self, argv: list[str], directory: str) -> None:
        keeper = os.getpid()
        self._program = subprocess.Popen(
            argv,
            cwd=directory,
            env={name: value for name, value in os.environ.items() if name != _SAFE_PATH},
            start_new_session=True,
            preexec_fn=lambda: _limit(keeper),  # noqa: PLW1509 - this process has no other thread
        )
        self._pidfd = os.pidfd_open(self._program.pid)
        self.exit_code: int | None = None

    def watch(self, lifeline: int) -> str:
        """Return when the program has ended, or is to end: because of the life-line, or for the reason returned."""
        poller = select.poll()
        poller.register(lifeline, select.POLLIN)
        poller.register(self._pidfd, select.POLLIN)
        while not (ready := dict(poller.poll(int(_LOOK_S * 1000)))):
            self._reap()
            if len(_descendants()) > PROCESSES_MAX:
                return f"it had more than {PROCESSES_MAX} processes at once"
        if self._pidfd not in ready:
            self._wait(LEAVE_S, lambda: self.exit_code is not None)
        return ""

    def end_all(self) -> None:
        """End whatever is left, in stages; returns when nothing is."""
        self._reap()
        for process in _descendants():
            _signal(process.terminate)
        self._wait(TERMINATE_S, lambda: not _descendants())
        while found := _descendants():
            for process in found:  # stopped first: what cannot run cannot fork away from the kill
                _signal(process.suspend)
            for process in found:
                _signal(process.kill)
            self._wait(_NAP_S, lambda: False)

    def _wait(self, seconds: float, over: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._reap()
            if over():
                return
            time.sleep(_NAP_S)

    def _reap(self) -> None:
        """Take note of every child that has ended, adopted ones too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._program.pid:
                self.exit_code = self._program.returncode = os.waitstatus_to_exitcode(status)


def _descendants() -> list[psutil.Process]:
    return [process for process in psutil.Process().children(recursive=True) if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(send: Callable[[], None]) -> None:
    """Signal a process that may have ended since; psutil signals none that has its number by chance."""
    try:
        send()
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # ended; or it has become another user, which is not ours
        return


def _limit(keeper: int) -> None:
    """Run in the program's process before the program itself."""
    end_with_parent(keeper)
    for kind, most in _LIMITS.items():
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # out of memory: this one goes first


def _let_go_of_its_streams() -> None:
    """Close our copies of the program's streams: its end-of-file must be one."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
