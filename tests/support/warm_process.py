"""Processes of the daemon's code by the hundred: one process imports it once, and forks itself for each run.

`WarmProcess` is the test's side. A fork waits at a gate until the test has put strace on it, then does what `python -m`
would do: `main(arguments)` of a module, in a session of its own. `tree` is a copy of the code (a mutant) in the place
of this one. Called by the fault tests that end one process after the other.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUPPORT: Final = Path(__file__).parent
REPOSITORY: Final = SUPPORT.parents[1]
_PATIENCE_S: Final = 60.0
_MODULES: Final = (  # what the daemon imports late, and what the scripts need
    "persistence_daemon.__main__",
    "persistence_daemon.server",
    "persistence_daemon.start",
    "persistence_daemon.audit",
    "persistence_daemon.liveness",
    "persistence_daemon.backup_verb",
    "persistence_daemon.verify_verb",
    "store_scripts",
)


class Fork:
    """One run: its pid, and the gate that it waits at."""

    def __init__(self, process: WarmProcess, pid: int, gate: int) -> None:
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self._process = process
        self._gate = gate

    def go(self) -> None:
        """Let it begin."""
        os.close(self._gate)

    def wait(self) -> int:
        """Wait for its end and return its exit code, or the negative number of the signal that killed it."""
        code = self._process.wait(self.pid)
        os.close(self.pidfd)
        return code


class WarmProcess:
    """The process that is forked."""

    def __init__(self, tree: Path = REPOSITORY) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_PATIENCE_S)
        paths = os.pathsep.join([str(tree), str(SUPPORT)])
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-P", str(SUPPORT / "warm_process.py"), str(theirs.fileno())],
            env={**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"},
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        assert self._control.recv(1) == b"!", "the code cannot be imported"

    def fork(self, module: str, arguments: Sequence[str], out: int, lifeline: int | None = None) -> Fork:
        """Fork a run of `main(arguments)`; its output goes to `out`, and it inherits the read end of its life-line."""
        gate, opened = os.pipe()
        asked = json.dumps([module, list(arguments)]).encode()
        socket.send_fds(self._control, [asked], [gate, out, *([] if lifeline is None else [lifeline])])
        os.close(gate)
        return Fork(self, int(self._control.recv(64)), opened)

    def wait(self, pid: int) -> int:
        """Reap a fork."""
        self._control.send(b"%d" % pid)
        return int(self._control.recv(64))

    def close(self) -> None:
        """End the process."""
        self._control.close()
        self._process.wait(_PATIENCE_S)


@contextlib.contextmanager
def traced(fork: Fork, said: Path, *options: str) -> Iterator[None]:
    """Have strace on a fork that waits at its gate; what it says of the traced calls goes to the file `said`.

    The block waits for the fork's end; if it raises, the fork is killed.
    """
    strace = subprocess.Popen(["strace", "-f", "-qq", "-y", "-ttt", "-o", str(said), *options, "-p", str(fork.pid)])
    status = Path(f"/proc/{fork.pid}/status")
    end = time.monotonic() + _PATIENCE_S
    while "TracerPid:\t0\n" in status.read_text():
        assert strace.poll() is None, "strace does not trace"
        assert time.monotonic() < end, "strace does not come"
        time.sleep(0.001)
    try:
        yield
    except BaseException:
        signal.pidfd_send_signal(fork.pidfd, signal.SIGKILL)
        raise
    finally:
        strace.wait(_PATIENCE_S)


def serve(control: socket.socket) -> None:
    """Fork as asked, and reap, until the test closes its end."""
    for module in _MODULES:
        importlib.import_module(module)
    control.send(b"!")
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
        if not asked:
            return
        if asked.isdigit():
            _, status = os.waitpid(int(asked), 0)
            control.send(b"%d" % os.waitstatus_to_exitcode(status))
            continue
        pid = os.fork()
        if pid == 0:
            control.close()
            os._exit(run(*json.loads(asked), *descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(b"%d" % pid)


def run(module: str, arguments: list[str], gate: int, out: int, lifeline: int | None = None) -> int:
    """Be the forked process: wait at the gate, then run."""
    os.setsid()
    os.read(gate, 1)
    for standard in (1, 2):
        os.dup2(out, standard)
    if lifeline is not None:
        os.environ["STEPWELL_LIFELINE"] = str(lifeline)
    try:
        code = int(importlib.import_module(module).main(arguments))
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - the edge of this process
        traceback.print_exc()
        return 1
    return code


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
