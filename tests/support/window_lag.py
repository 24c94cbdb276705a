"""How late the window's event loop is, as it says itself in its log, and what shall not make it late.

A measurement is of ten seconds (gui/lag.py). How late a process comes that does nothing is measured beside it: that is
the machine's doing. Used by the tests and by bench/window_faults.py.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stepwell_harness import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepwell_harness import Stepwell

_IDLER: Final = """
import signal, time
going = [True]
signal.signal(signal.SIGTERM, lambda *_: going.clear())
late, last = [0.0], time.monotonic()
while going:
    time.sleep(0.01)
    now = time.monotonic()
    late.append(max(0.0, (now - last) * 1000 - 10))
    last = now
print(sorted(late)[len(late) * 99 // 100])
"""


def lag_lines(stepwell: Stepwell) -> list[dict[str, Any]]:
    """Return the window's measurements of its event loop, oldest first."""
    return [line for line in stepwell.logged("gui") if line["event"] == "event loop lag"]


def whole_measurement(stepwell: Stepwell) -> dict[str, Any]:
    """Return the first measurement that lies wholly after this call: the next one but one."""
    known = len(lag_lines(stepwell))
    wait_for("a whole measurement", lambda: len(lag_lines(stepwell)) >= known + 2, 60.0)
    return lag_lines(stepwell)[known + 1]


class Idler:
    """A process that only sleeps, 10 ms at a time. What the window is late beyond it is the window's own doing."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-P", "-c", _IDLER], stdout=subprocess.PIPE, text=True)

    def p99_ms(self) -> float:
        """End it, and return the 99th percentile of its lateness."""
        self._process.terminate()
        said, _ = self._process.communicate(timeout=20)
        return float(said)


@contextlib.contextmanager
def slow_disk(pid: int, delay_s: float) -> Iterator[None]:
    """Let each fdatasync and fsync of a running process take so much longer."""
    fault = f"inject=fdatasync,fsync:delay_enter={int(delay_s * 1e6)}"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", fault, "-p", str(pid)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        wait_for("the process is traced", lambda: _is_traced(pid))
        yield
    finally:
        tracer.terminate()
        tracer.wait(timeout=20)


def _is_traced(pid: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in lines)
