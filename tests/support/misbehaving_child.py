"""A child process that misbehaves as its options say. Run by `spawn_child("misbehaving_child", …)` in tests.

`how`: die (at once), broken (its import fails), silent (never ready), stuck (ready, then its control loop stops),
deaf (ready, takes no Quit and no SIGTERM), good (ready, ends when asked). `exit_when`: a file at which it ends with 3.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from shared.child import Child, run_child
from shared.errors import ErrorCode, StepwellError
from shared.messages import Heartbeat


def main(child: Child) -> int:
    how = child.config.options["how"]
    if how == "die":
        raise StepwellError(ErrorCode.INTERNAL, "this child dies on purpose")
    if how == "broken":
        os._exit(1)
    if how == "silent":
        time.sleep(3600)
    child.ready(child.config.options.get("detail", ""))
    if how == "stuck":
        child.alive(Heartbeat(name=child.config.name, session_id="task-in-hand"))
        time.sleep(3600)
    if how == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while how == "deaf" or not child.stop_requested.is_set():
        child.alive()
        if Path(child.config.options.get("exit_when", "/nowhere/at/all")).exists():
            return 3
        time.sleep(0.02)
    return 0


if __name__ == "__main__":
    sys.exit(run_child(main))
