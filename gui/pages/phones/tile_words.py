"""What a phone's tile says: its state and its lines, from what the store said of it. Pure. Called by tile.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QCoreApplication

from gui import words
from gui.action_words import said
from shared.messages import Outcome
from shared.task_state import TaskState

if TYPE_CHECKING:
    from datetime import datetime

    from gui.pages.phones.screens import LastSeen
    from shared.messages import DeviceRow, TaskRow

translate = QCoreApplication.translate


class TileWords(Struct, frozen=True, kw_only=True):
    """The texts of a tile; `steps` of `max_steps` None: nothing runs, so there is no progress."""

    state: str
    kind: str  # the colour family of the state
    task: str
    progress: str
    action: str
    held: str
    steps: int | None = None
    max_steps: int = 1


def tile_words(device: DeviceRow, running: TaskRow | None, seen: LastSeen, *, stop_asked: bool) -> TileWords:
    """Return what the tile of `device` says; `running` is the task at work on it."""
    state, kind = _state(device, running, stop_asked=stop_asked)
    held = translate("tile", "Held: %1").replace("%1", device.held) if device.held else ""
    task = running or seen.task
    if task is None:
        return TileWords(
            state=state, kind=kind, task=translate("tile", "No task yet"), progress="", action=device.model, held=held
        )
    text = words.one_line(task.task_description)
    if running is None:
        return TileWords(
            state=state, kind=kind, task=text, progress=_ended(task), action=_action(seen, task), held=held
        )
    return TileWords(
        state=state,
        kind=kind,
        task=text,
        progress=_progress(running),
        action=_action(seen, running),
        held=held,
        steps=running.total_steps,
        max_steps=max(1, running.max_steps),
    )


def age(seen: LastSeen, now: datetime) -> str:
    """Return how old the picture of a tile is."""
    return words.ago(seen.at, now)


def _state(device: DeviceRow, running: TaskRow | None, *, stop_asked: bool) -> tuple[str, str]:
    if running is not None:
        stopping = stop_asked or running.final_status is TaskState.STOPPING
        state = TaskState.STOPPING if stopping else TaskState.RUNNING
        return words.state_word(state), words.state_kind(state)
    if not device.worker:
        return translate("tile", "away"), "idle"
    if device.held:
        return translate("tile", "held"), "warn"
    return translate("tile", "free"), "ok"


def _progress(task: TaskRow) -> str:
    text = translate("tile", "Step %1 of at most %2")
    return text.replace("%1", str(task.total_steps)).replace("%2", str(task.max_steps))


def _ended(task: TaskRow) -> str:
    if task.final_status is TaskState.CREATED:
        return words.state_word(task.final_status)
    parts = (words.state_word(task.final_status), words.steps_word(task.total_steps))
    return translate("tile", "Last task: %1").replace("%1", " · ".join(parts))


def _action(seen: LastSeen, task: TaskRow) -> str:
    step = seen.step
    if step is None or step.session_id != task.session_id:
        return ""
    action = said(step)
    if step.outcome in (None, Outcome.DONE):
        return action
    return f"{action} · {words.outcome_word(step.outcome)}"
