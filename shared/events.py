"""What can be asked of any committed event, whatever its kind. Called by the command line, the checker and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.messages import Event


def session_of(event: Event) -> str | None:
    """Return the task that an event is about, None when it is about none."""
    body = event.body
    for part in (body, *(getattr(body, name, None) for name in ("step", "task", "note", "wait"))):
        found: str | None = getattr(part, "session_id", None)
        if found is not None:
            return found
    return None
