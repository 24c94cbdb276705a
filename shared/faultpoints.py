"""Named fault points beside the commits, inert unless a test arms them by the environment.

    STEPWELL_FAULTPOINTS="daemon.before_commit=kill@3,worker.intent_acked=block@1:/tmp/gate"
    STEPWELL_FAULTPOINTS_LOG=/tmp/hits

`kill@N` ends the process by SIGKILL at the Nth time that it reaches the point, once for each log file, so that the
restarted process lives; `exit@N` ends it without clean-up; `block@N:PATH` waits from the Nth time on while PATH
exists. Every hit of an armed point is appended to the log, before it acts, as `monotonic_ns pid point count`, so that
a test can prove where a kill fell. Not a switch that changes what the product does: it only decides when a process
dies or waits.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Final

_POLL_S: Final = 0.005
_SPEC: Final = os.environ.get("STEPWELL_FAULTPOINTS", "")
_LOG: Final = os.environ.get("STEPWELL_FAULTPOINTS_LOG", "")
_armed: Final[dict[str, str]] = dict(part.split("=", 1) for part in _SPEC.split(",") if "=" in part)
_hits: Counter[str] = Counter()


def reach(point: str) -> None:
    """Say that the process is at `point`; returns at once unless a test armed it."""
    if not _armed or point not in _armed:
        return
    _hits[point] += 1
    _note(point, _hits[point])
    what, _, gate = _armed[point].partition(":")
    act, _, nth = what.partition("@")
    if act == "block":
        while _hits[point] >= int(nth or 1) and Path(gate).exists():
            time.sleep(_POLL_S)
    elif _hits[point] == int(nth or 1) and _first_time(point):
        if act == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(70)


def _note(point: str, count: int) -> None:
    if not _LOG:
        return
    descriptor = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{time.monotonic_ns()} {os.getpid()} {point} {count}\n".encode())
    finally:
        os.close(descriptor)


def _first_time(point: str) -> bool:
    """Tell whether no process has died at `point` yet, as far as the log's neighbour files say."""
    if not _LOG:
        return True
    try:
        os.close(os.open(f"{_LOG}.{point}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True
