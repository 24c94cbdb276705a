"""Times that people and programs ask by, in the two forms in which the store holds times. Used by views and verbs."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.errors import BadInputError, ErrorCode


def moment(text: str) -> datetime:
    """Return an ISO 8601 time (UTC where it names no zone); BadInputError BAD_REQUEST when it is none."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{text[:40]!r} is not a time like 2026-01-31T12:00:00Z") from None


def as_timestamp(time: datetime) -> str:
    """Return a time as `timestamp` and `updated_at` hold it: `YYYY-MM-DD HH:MM:SS`."""
    return time.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def as_event_time(time: datetime) -> str:
    """Return a time as events, `started_at` and `ended_at` hold it: ISO 8601 with milliseconds and Z."""
    return time.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def now_text() -> str:
    """Return the time as events carry it."""
    return as_event_time(datetime.now(UTC))
