"""What a person is told about a task that was queued: under which name, and what it waits for. Pure over the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

from gui import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gui.fleet import Fleet
    from shared.messages import ErrorInfo, Submitted

ID_SHOWN: Final = 8
translate = QCoreApplication.translate


def queued(confirmed: Mapping[str, Submitted], fleet: Fleet) -> str:
    """Return that these tasks (by device, '': any) are queued, and what they wait for."""
    ids = ", ".join(answer.session_id[:ID_SHOWN] for answer in confirmed.values())
    told = translate("task", "Queued as %1.").replace("%1", ids)
    reasons = dict.fromkeys(waits_for(device, fleet, held=answer.held) for device, answer in confirmed.items())
    return " ".join((told, *reasons))


def waits_for(device_id: str, fleet: Fleet, *, held: bool) -> str:
    """Return what a task for a phone ('': any) waits for before it begins."""
    if held:
        return translate("task", "It is held: it begins when its phone is released.")
    present = [row for row in fleet.devices if row.worker]
    meant = [row for row in present if row.device_id == device_id] if device_id else present
    if not meant:
        one = translate("task", "It waits until %1 is connected.")
        told = one if device_id else translate("task", "It waits until a phone is connected.")
    elif all(row.held for row in meant):
        told = translate("task", "It waits for a release: %1.").replace("%1", meant[0].held)
    elif all(row.held or fleet.running_on(row.device_id) for row in meant):
        one = translate("task", "It waits for the task on %1 to end.")
        told = one if device_id else translate("task", "It waits for the next free phone.")
    else:
        told = translate("task", "It begins at once.")
    return told.replace("%1", fleet.name_of(device_id))


def not_queued(error: ErrorInfo, session_ids: Mapping[str, str]) -> str:
    """Return that a task was refused, or that nobody knows: then with the ids that it may have been queued under."""
    if not error.retryable or not session_ids:
        return words.refusal(error)
    ids = ", ".join(session_id[:ID_SHOWN] for session_id in session_ids.values())
    told = translate("task", "Not confirmed: no answer about %1. Queue it again: it will not be queued twice.")
    return told.replace("%1", ids)
