"""What `stepwell doctor --json` found, read from its output. Pure. Called by guide.py."""

from __future__ import annotations

import msgspec
from msgspec import Struct


class Check(Struct, frozen=True):
    """One thing that is needed. `ok` None: no fault, but worth knowing."""

    name: str
    ok: bool | None
    found: str
    remedy: str = ""


class Report(Struct, frozen=True):
    """All checks."""

    checks: tuple[Check, ...]


def read_report(output: bytes) -> Report | None:
    """Return the report that the verb printed; None when it printed something else."""
    lines = output.strip().splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=Report) if lines else None
    except msgspec.DecodeError:
        return None
