"""A program for the `command` agent that behaves as its first argument says. Pids go to the file in the second one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def say(kind: str, **fields: object) -> dict[str, object]:
    print(json.dumps({"type": kind, **fields}), flush=True)
    return json.loads(sys.stdin.readline() or "{}")


def note_pid(pid: int) -> None:
    with Path(sys.argv[2]).open("a", encoding="ascii") as file:
        file.write(f"{pid}\n")


def sleeper(*, own_session: bool) -> None:
    """Start a child that ignores SIGTERM; `own_session`: it leaves ours, and its parent ends at once."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    if not own_session:
        note_pid(subprocess.Popen([sys.executable, "-c", deaf]).pid)
    elif os.fork() == 0:
        os.setsid()
        note_pid(subprocess.Popen([sys.executable, "-c", deaf]).pid)
        os._exit(0)


def hang() -> None:
    """Ignore SIGTERM, with children that do too, and never say anything more."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleeper(own_session=False)
    sleeper(own_session=True)
    say("begin", action={"action": "hang"})
    note_pid(os.getpid())
    while True:
        time.sleep(600)


def flood() -> None:
    while True:
        print("spam", flush=True)


def endless() -> None:
    while True:
        os.write(1, b"x" * 65536)


def die() -> None:
    print("it is too hot here", file=sys.stderr)
    sys.exit(3)


def die_in_a_step() -> None:
    say("begin", action={"action": "something of its own"})
    os.kill(os.getpid(), signal.SIGKILL)


def fork() -> None:
    for _ in range(400):
        subprocess.Popen(["sleep", "600"])
    time.sleep(600)


def leave_children() -> None:
    sleeper(own_session=True)
    say("finish", message="the children stay")


def mistakes() -> None:
    """Make mistakes, report what was answered, and go on."""
    said = [
        say("fly")["message"],
        say("end")["message"],
        say("note", text="x" * (1 << 20))["message"],
        say("act", action={"action": "tap", "x": 5})["message"],
    ]
    begun = say("begin", action={"action": "mine"}, thinking="a step of my own")
    said += [say("act", action={"action": "key", "key": "HOME"})["message"], say("finish", message="no")["message"]]
    ended = say("end", outcome="failed", message="not this time")
    tapped = say("act", action={"action": "tap", "x": 5, "y": 5})
    refused = say("act", action={"action": "launch", "app": "No Such App"})
    said += [refused["message"]]
    assert begun == {"type": "begun", "step": 1}, begun
    assert ended == {"type": "ended", "step": 1}, ended
    assert tapped == {"type": "result", "step": 2, "outcome": "done", "message": ""}, tapped
    assert refused["outcome"] == "failed", refused
    say("note", text="\n".join(map(str, said)))
    say("fail", message="mistakes were made")


if __name__ == "__main__":
    sys.stdin.readline()
    globals()[sys.argv[1]]()
