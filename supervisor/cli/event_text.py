"""An event as people read it in one line, and as scripts read it. Pure; used by watch.py."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from shared.events import session_of
from shared.messages import (
    DeviceHeld,
    DeviceReleased,
    DeviceSeen,
    Event,
    ImportEnded,
    Labelled,
    LegacyRowImported,
    NoteAdded,
    RecordSetAside,
    StateChanged,
    StepBegun,
    StepFinished,
    StepImported,
    TaskCreated,
    TaskDeleted,
    TaskImported,
    TasksHeld,
    TextImported,
    WaitRaised,
    WaitSettled,
)
from shared.shapes import decoded
from supervisor.cli.run import action_text, one_line

_LONGEST: Final = 120  # characters of what is said


def event_json(event: Event) -> dict[str, Any]:
    """Return an event for scripts: `event` is its kind, `body` its fields, `session_id` the task or None."""
    body: dict[str, Any] = msgspec.to_builtins(event.body)
    kind = body.pop("type")
    place = {"seq": event.seq, "timeline": event.timeline, "at": event.at, "by": event.by}
    return {**place, "event": kind, "session_id": session_of(event), "body": body}


def event_line(event: Event) -> str:
    """Return an event for people: its number, its time, its task, what happened."""
    session_id = session_of(event)
    who = "" if session_id is None else f"task {session_id[:8]} "
    return f"{event.seq:>8}  {event.at}  {who}{one_line(said(event), _LONGEST)}"


def said(event: Event) -> str:
    """Return what an event says, without its task."""
    match event.body:
        case StepBegun(step=begun):
            text = f"step {begun.step_num} begins: {action_text(decoded(begun.action))}"
        case StepFinished(step=finished):
            text = f"step {finished.step_num} {finished.outcome}{_because(finished.message)}"
        case StateChanged() as body:
            text = f"{body.from_state} → {body.to_state}{_because(body.reason)}"
        case TaskCreated(task=task):
            text = f"queued: {task.task_description}"
        case NoteAdded(note=note):
            text = f"note: {note.text}"
        case Labelled() as body:
            what = "the task" if body.step_num is None else f"step {body.step_num}"
            text = f"{what} is judged {body.label}" if body.label else f"{what} is no longer judged"
        case TaskDeleted(by=by):
            text = f"deleted by {by}"
        case _:
            text = _said_of_others(event)
    return text


def _said_of_others(event: Event) -> str:
    match event.body:
        case DeviceSeen(device=device):
            text = f"device {device.device_id} is opened"
        case DeviceHeld() as body:
            text = f"device {body.device_id} is held{_because(body.reason)}"
        case DeviceReleased() as body:
            text = f"device {body.device_id} is released"
        case TasksHeld(reason=reason):
            text = f"waiting tasks are held{_because(reason)}"
        case WaitRaised(wait=wait, waiting_deadline=deadline):
            until = f" until {deadline}" if deadline else ""
            text = f"waits for a person ({wait.waiting_for}){until}{_because(wait.question)}"
        case WaitSettled() as body:
            text = f"{body.decision} by {body.by}{_because(body.text)}"
        case RecordSetAside() as body:
            text = f"{body.kind} set aside{_because(body.message)}"
        case TaskImported() | StepImported() | TextImported() | LegacyRowImported() | ImportEnded():
            text = _said_of_import(event)
        case _:
            text = f"timeline {event.timeline} begins"
    return text


def _said_of_import(event: Event) -> str:
    match event.body:
        case TaskImported() as body:
            text = f"imported as {body.final_status}: {body.task_description}"
        case StepImported() as body:
            text = f"step {body.step_num} imported: {action_text(decoded(body.action))}"
        case LegacyRowImported() as body:
            text = f"a row of {body.table} imported"
        case ImportEnded() as body:
            text = f"{body.tasks} tasks and {body.steps} steps imported from {body.source}"
        case _:
            text = "more of a long text imported"
    return text


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
