"""A child process that behaves, or misbehaves, as `options["act"]` says. Run as `python -m odd_child` by the tests."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

import shared
from shared.child import Child, run_child
from shared.errors import ErrorCode, StepwellError
from shared.messages import Heartbeat, Ready

TURN_S = 0.05


def serve(child: Child, *, ready: bool = True) -> int:
    """Turn as a good child does, until it is asked to end."""
    if ready:
        child.ready(child.config.options.get("detail", ""))
    while not child.stop_requested.wait(TURN_S):
        child.alive(Heartbeat(name=child.config.name, session_id="a", step_running_s=1.5))
    return 0


def report(child: Child) -> int:
    """Tell what it sees of the world."""
    umask = os.umask(0o077)
    facts = {
        "cwd": str(Path.cwd()),
        "shared": shared.__file__,
        "utf8": sys.flags.utf8_mode,
        "safe_path": sys.flags.safe_path,
        "umask": umask,
        "sigint_ignored": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        "lifeline_in_environment": "STEPWELL_LIFELINE" in os.environ,
        "key_digests": {k: hashlib.sha256(v.encode()).hexdigest() for k, v in child.config.api_keys.items()},
        "stopped": os.read(child.stop_fd, 1).decode() if child.stop_requested.is_set() else "",
    }
    child.log.info("keys", all=dict(child.config.api_keys))
    child.config.options["detail"] = json.dumps(facts)
    return serve(child)


def hang(child: Child) -> int:
    """Stop turning, and hear nothing."""
    child.ready()
    threading.Event().wait()
    return 0


def follow(child: Child) -> int:
    """Tell of each newer configuration that came."""
    child.on_config = lambda: child.tell_supervisor(
        Ready(name=child.config.name, pid=os.getpid(), detail=child.config.options["mark"])
    )
    return serve(child)


def refuse(_child: Child) -> int:
    raise StepwellError(ErrorCode.BAD_SETTINGS, "it will not do", remedy="try another")


def fail(_child: Child) -> int:
    raise RuntimeError("a fault")


def abort(child: Child) -> int:
    child.ready()
    os.abort()


ACTS = {
    "serve": serve,
    "unready": lambda child: serve(child, ready=False),
    "report": report,
    "hang": hang,
    "follow": follow,
    "refuse": refuse,
    "fail": fail,
    "abort": abort,
    "wait_for_stop_fd": lambda child: child.ready() or len(os.read(child.stop_fd, 1)) - 1,
}

if __name__ == "__main__":
    sys.exit(run_child(lambda child: ACTS[child.config.options["act"]](child)))
