"""What a task expects to see at its end, looked up in the screen's own nodes. Called by running_task.py.

Every text must be there at one look; the screen may still be moving, so it is looked at a few times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worker.ending import Check
from worker.errors import DeviceError, LimitReached, StopRequested

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.messages import TaskRow
    from worker.devices.base import Device

_TRIES: Final = 4
_PAUSE_S: Final = 0.7


def texts_of(task: TaskRow) -> tuple[str, ...]:
    """Return what a task expects on the screen at its end."""
    return tuple(text for text in (task.expect_text, *task.checks) if text)


def look_for(wanted: tuple[str, ...], device: Device, sleep: Callable[[float], None]) -> Check:
    """Tell whether the screen shows every text of `wanted`; nothing wanted is no check."""
    if not wanted:
        return Check()
    missing: list[str] = list(wanted)
    try:
        for turn in range(_TRIES):
            if turn:
                sleep(_PAUSE_S)
            nodes = device.nodes()
            missing = [
                text for text in wanted if not any(text in node.text or text in node.description for node in nodes)
            ]
            if not missing:
                return Check(passed=True)
    except DeviceError as error:
        return Check(passed=False, sentence=f"check failed: the screen could not be read: {error}")
    except (StopRequested, LimitReached) as error:
        return Check(passed=False, sentence=f"check failed: {error} before the screen showed {_named(missing)}")
    return Check(passed=False, sentence=f"check failed: the screen does not show {_named(missing)}")


def _named(texts: list[str]) -> str:
    return ", ".join(repr(text) for text in texts)
