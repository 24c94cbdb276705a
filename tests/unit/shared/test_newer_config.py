"""A newer configuration for a child that runs: it counts at once, and whoever does not read it delays nobody."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from spawned_children import ORPHAN_LIMIT_S, SOON_S, first, has_ended, log_of, messages

from shared.child_config import ChildConfig
from shared.messages import Heartbeat, Ready
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.paths import Home
    from shared.transport import Responder

KEY = "sk-canary-0123456789"


def newer(home: Home, mark: str, **changes: Any) -> ChildConfig:
    values = {"name": "worker-1", "incarnation": "w0", "home": str(home.root), "start_id": "s"}
    options = {"mark": mark, "much": "x" * changes.pop("size", 0)}
    return ChildConfig(**(values | changes), options=options)


def test_a_newer_configuration_reaches_the_child_and_its_log_level_and_keys_count_at_once(
    spawn: Any, supervisor: Responder, home: Home
) -> None:
    child = spawn("follow")
    first(supervisor, Ready)
    settings = Settings(log_level="warning")
    child.hand_over(newer(home, "second", settings=settings, api_keys={"big": KEY}))
    assert first(supervisor, Ready).detail == "second"
    child.hand_over(newer(home, "third"))
    assert first(supervisor, Ready).detail == "third"
    told = [line["log_level"] for line in log_of(home) if line["event"] == "new settings"]
    assert told == ["info"], "while its level was warning it told nothing"
    assert child.process.poll() is None


def test_a_child_that_does_not_read_delays_nobody_and_later_gets_the_newest_configuration(
    spawn: Any, supervisor: Responder, home: Home
) -> None:
    child = spawn("follow")
    first(supervisor, Ready)
    child.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    for number in range(20):
        child.hand_over(newer(home, f"mark {number}", size=200_000))
    assert time.monotonic() - began < 1.0
    child.process.send_signal(signal.SIGCONT)
    seen = []
    for message in messages(supervisor, SOON_S):
        child.pump()
        seen += [message.detail] if isinstance(message, Ready) else []
        if seen[-1:] == ["mark 19"]:
            break
    assert seen == ["mark 0", "mark 19"], "the one that had begun to leave, and the newest"


def test_a_newer_configuration_for_a_child_that_has_ended_is_dropped(spawn: Any, home: Home) -> None:
    child = spawn("refuse")
    child.process.wait(SOON_S)
    child.hand_over(newer(home, "late"))


def test_what_is_no_configuration_changes_nothing_and_the_parents_death_is_still_seen(
    spawn: Any, supervisor: Responder, home: Home
) -> None:
    child = spawn("follow")
    first(supervisor, Ready)
    child.hand_over(newer(home, "another's", name="worker-2"))
    log_says(supervisor, home, "a configuration for another child came on the life-line")
    os.write(child.lifeline, b"\xff" * 100)
    os.write(child.lifeline, b"\0" * 100)
    log_says(supervisor, home, "no configuration can be read from the life-line any more")
    child.hand_over(newer(home, "too late"))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, child.lifeline)  # closes the only write end, as the parent's death does
    os.close(null)
    assert has_ended(child.pidfd, ORPHAN_LIMIT_S)
    assert [line["event"] for line in log_of(home) if line["event"] == "new settings"] == []


def log_says(supervisor: Responder, home: Home, event: str) -> None:
    """Wait until the child has logged this; its heartbeats go on meanwhile."""
    end = time.monotonic() + SOON_S
    while event not in [line["event"] for line in log_of(home)]:
        assert time.monotonic() < end, event
        first(supervisor, Heartbeat)
