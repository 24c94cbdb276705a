"""Times of older stores: local ones become UTC by the offset that the person names, or by this machine's time zone.

Both forms, with a blank and ISO 8601, may stand in one file; a time that names its own offset is taken by that. Pure
but for the machine's time zone. Called by old_tasks.py and verb.py.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from shared.errors import BadInputError, ErrorCode

_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-]?)(\d{1,2})(?::?([0-5]\d))?\Z", re.IGNORECASE)
_HOURS_MAX: Final = 14  # the Line Islands
_IN_NAME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)")  # step_3_20250102_030405.png


def offset_of(text: str) -> timezone | None:
    """Return the offset that `--utc-offset` names, None for this machine's zone; BadInputError when it is none."""
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    found = _OFFSET.match(text)
    if found is None or int(found[2]) > _HOURS_MAX:
        sentence = f"{text[:40]!r} is no offset from UTC"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="write it as +08:00 or -5")
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-ahead if found[1] == "-" else ahead)


def parse(text: str, offset: timezone | None) -> datetime | None:
    """Return a time of an older store as UTC, whole seconds; None when it is none."""
    try:
        found = datetime.fromisoformat(text.strip().replace("/", "-"))
        return _as_utc(found, offset)
    except (ValueError, OverflowError, OSError):
        return None


def parse_utc(text: str) -> datetime | None:
    """Return a time that was written as UTC, as `updated_at` is."""
    return parse(text, UTC)


def in_file_name(path: str, offset: timezone | None) -> datetime | None:
    """Return the time that a screenshot's name carries, None when it has none."""
    found = _IN_NAME.search(re.split(r"[/\\]", path)[-1])
    try:
        return None if found is None else _as_utc(datetime(*map(int, found.groups())), offset)  # type: ignore[arg-type] # noqa: DTZ001 - the offset comes next
    except (ValueError, OverflowError, OSError):
        return None


def _as_utc(time: datetime, offset: timezone | None) -> datetime:
    if time.tzinfo is None and offset is not None:
        time = time.replace(tzinfo=offset)
    return time.astimezone(UTC).replace(microsecond=0)  # without either it is this machine's, of that day
