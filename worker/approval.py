"""The digest by which a person's approval is bound to one very action. Pure; used by context.py."""

from __future__ import annotations

import hashlib

import msgspec


def action_digest(session_id: str, step_num: int | None, action: str, action_params: str) -> str:
    """Return the SHA-256 that names an action: what it is, on which pixels, in which step of which task."""
    return hashlib.sha256(msgspec.json.encode((session_id, step_num, action, action_params))).hexdigest()
