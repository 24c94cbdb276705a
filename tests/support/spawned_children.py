"""What tests of really spawned children share: what they say, what they log, and whether they have ended."""

from __future__ import annotations

import json
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messages import Message
    from shared.paths import Home
    from shared.transport import Responder

SUPPORT = str(Path(__file__).parent)
SOON_S = 10.0
ORPHAN_LIMIT_S = 2.0 + 0.3  # ARCHITECTURE §7, and what a machine under load needs to notice


def messages(supervisor: Responder, seconds: float) -> Iterator[Message]:
    """What children say, until so many seconds have passed."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        supervisor.socket.poll(int(left * 1000) + 1)
        if (incoming := supervisor.receive()) is not None:
            yield incoming.message


def first(supervisor: Responder, kind: type[Message]) -> Any:
    for message in messages(supervisor, SOON_S):
        if isinstance(message, kind):
            return message
    raise AssertionError(f"no {kind.__name__} came")


def log_of(home: Home, name: str = "worker-1") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home.logs / f"{name}.jsonl").read_text("utf-8").splitlines()]


def has_ended(pidfd: int, within_s: float) -> bool:
    return bool(select.select([pidfd], [], [], max(0.0, within_s))[0])
