"""Runs the scripted model as a process: `python -P -m demo.model [--port N] [--pace S | --fast] [--log FILE]`.

Says on stdout, in one JSON line, when it is ready and where; ends on SIGTERM or SIGINT. Started by the supervisor it
takes its options from the life-line instead, and its base_url is the detail of its `Ready`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec

from demo.model.server import ModelConfig, run_model
from shared.child import Child, is_child, run_child
from shared.settings import HEARTBEAT_S

MAX_PACE_S: Final = 60.0  # slower than any real model


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal comes; 0 at a clean end, 1 when the port or the log cannot be had."""
    if arguments is None and is_child():
        return run_child(serve)
    config = _read_arguments(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        server = run_model(config)
    except (OSError, OverflowError) as error:
        print(f"the scripted model cannot start on port {config.port}: {error}", file=sys.stderr)
        return 1
    server.start()
    ready = {"ready": True, "base_url": server.base_url}
    print(msgspec.json.encode(ready).decode(), flush=True)
    ended.wait()
    server.stop()
    return 0


def serve(child: Child) -> int:
    """Run the model as a child of the supervisor, until a stop is asked for."""
    arguments = [f"--{name}={value}" for name, value in child.config.options.items()]
    server = run_model(_read_arguments(arguments))
    server.start()
    child.ready(server.base_url)
    while not child.stop_requested.wait(HEARTBEAT_S / 2):
        child.alive()
    server.stop()
    return 0


def _read_arguments(arguments: list[str] | None) -> ModelConfig:
    parser = argparse.ArgumentParser(prog="demo.model", description="The scripted model of Stepwell's demo.")
    parser.add_argument("--port", type=int, default=0, help="a loopback port; 0 takes a free one")
    parser.add_argument("--pace", type=float, default=1.0, metavar="S", help="seconds that a reply takes")
    parser.add_argument("--fast", action="store_true", help="reply at once")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append one JSON line for each request")
    given = parser.parse_args(arguments)
    if not 0.0 <= given.pace <= MAX_PACE_S:
        parser.error(f"--pace must be from 0 to {MAX_PACE_S:g} seconds")
    return ModelConfig(port=given.port, pace_s=0.0 if given.fast else given.pace, log=given.log)


if __name__ == "__main__":
    sys.exit(main())
