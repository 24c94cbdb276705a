"""`python -P -m demo.phone`: runs one simulated phone until SIGTERM or SIGINT.

Prints one line of JSON when it can be connected to: {"ready": true, "port": …, "serial": …}. Started by the
supervisor it takes its options from the life-line instead, and its port is the detail of its `Ready`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from demo.phone.faults import UnknownFaultError
from demo.phone.fonts import Fonts
from demo.phone.memory import give_large_pieces_back
from demo.phone.server import PhoneConfig, run_phone
from demo.phone.state import StartOptions
from demo.phone.words import LANGUAGES
from shared.child import Child, is_child, run_child
from shared.settings import HEARTBEAT_S


def main(arguments: list[str] | None = None) -> int:
    """Run a phone; return 0 when it was asked to end, 2 when it could not start."""
    give_large_pieces_back()
    if arguments is None and is_child():
        return run_child(serve)
    options = _parser().parse_args(arguments)
    if options.describe:
        print(Fonts().describe())
        return 0
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    try:
        server = run_phone(_config(options))
    except (OSError, UnknownFaultError) as error:
        print(f"the simulated phone cannot start: {error}", file=sys.stderr)
        return 2
    ready = {"ready": True, "port": server.port, "serial": server.serial, "address": f"127.0.0.1:{server.port}"}
    print(json.dumps(ready), flush=True)
    ended.wait()
    server.stop()
    return 0


def serve(child: Child) -> int:
    """Run a phone as a child of the supervisor, until a stop is asked for."""
    given = child.config.options
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    server = run_phone(_config(_parser().parse_args(arguments)))
    child.log.info("the simulated phone is drawn", serial=server.serial, fonts=server.describe())
    child.ready(str(server.port))
    while not child.stop_requested.wait(HEARTBEAT_S / 2):
        child.alive()
    server.stop()
    return 0


def _config(options: argparse.Namespace) -> PhoneConfig:
    start = StartOptions(
        seed=options.seed,
        language=options.language,
        dark=options.dark == "on",
        serial=options.serial,
        adb_keyboard=options.adb_keyboard,
    )
    return PhoneConfig(
        start=start,
        port=options.port,
        log=options.log,
        state_file=options.state_file,
        faults=tuple(options.faults),
        shell_v2=not options.no_shell_v2,
        pace=options.pace,
        clock=options.clock,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -P -m demo.phone", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 (default): any free one")
    parser.add_argument("--seed", type=int, default=0, help="varies the starting state; 0 (default): the plain one")
    parser.add_argument("--language", choices=LANGUAGES, help="default: by the seed (English for seed 0)")
    parser.add_argument("--dark", choices=("on", "off"), default="off", help="dark mode at the start")
    parser.add_argument("--serial", help="the phone's own serial; default: made from the seed")
    parser.add_argument("--adb-keyboard", choices=("enabled", "installed", "absent"), default="enabled")
    parser.add_argument("--log", type=Path, help="write each received command to this file, as JSON lines")
    parser.add_argument("--state-file", type=Path, help="keep the phone's state in this file, as JSON")
    parser.add_argument("--faults", action="append", default=[], metavar="FAULT", help="arm one, as 'half-png 2'")
    parser.add_argument("--no-shell-v2", action="store_true", help="be an old phone that hides exit codes")
    parser.add_argument("--pace", type=float, default=1.0, help="1: gestures take their time; 0: none")
    parser.add_argument("--clock", metavar="HH:MM", help="show always this time")
    parser.add_argument("--describe", action="store_true", help="say what Chinese is drawn with, and end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
