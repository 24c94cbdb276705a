r"""Makes what happened storable, because a record of something that happened must not be refused.

Free text is kept as it came, with three exceptions: NUL and lone surrogates, which no database holds, are written as
their JSON escapes (`\u0000`, `\ud800`); text over its limit is cut by bytes, with a mark that tells its full length
and digest; numbers that are not finite become unknown. The limits of a record's fields add up to less than one frame
(4 MiB). Pure. Called by the context before a record enters the step buffer, and where a model's reply is put together:
nothing behind it, the next request included, has to cope with such characters.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import Final

import msgspec

from shared.texts import escaped

THINKING_BYTES: Final = 1 << 20  # the protocol's own limit of a text
REPLY_BYTES: Final = 1 << 20
ANALYSIS_BYTES: Final = 1 << 19
JSON_BYTES: Final = 1 << 18  # of `action` and of `action_params`, each
MESSAGE_BYTES: Final = 1 << 19
LINE_BYTES: Final = 4000  # a line has at most 4,096 characters
_SECONDS_MAX: Final = 1e10
_COUNT_MAX: Final = (1 << 63) - 1
_MARK_ROOM: Final = 96  # the longest mark behind a cut text
_DIGEST_DIGITS: Final = 16
_LINE_BREAKS: Final = re.compile(r"[\r\n\t]+")


def storable_text(text: str, limit: int = MESSAGE_BYTES) -> str:
    """Return `text` in at most `limit` bytes of UTF-8, unchanged when it can be stored as it is."""
    plain = escaped(text[: limit + 1])  # a character has at least one byte, so that what is behind is cut anyway
    data = plain.encode()
    if len(text) <= limit and len(data) <= limit:
        return plain
    whole = text.encode("utf-8", "surrogatepass")
    kept = data[: max(0, limit - _MARK_ROOM)].decode(errors="ignore")
    return f"{kept}… [cut; {len(whole):,} bytes in all, sha256 {_digest(whole)}]"


def storable_line(text: str) -> str:
    """Return `text` as one line of at most 4,000 bytes."""
    return storable_text(_LINE_BREAKS.sub(" ", text), LINE_BYTES)


def storable_json(text: str) -> str:
    """Return a JSON text that can be stored; one that is too long becomes an object that says so, not broken JSON."""
    plain = escaped(text[: JSON_BYTES + 1])
    data = plain.encode()
    if len(text) <= JSON_BYTES and len(data) <= JSON_BYTES:
        return plain
    whole = text.encode("utf-8", "surrogatepass")
    # A sixth of the limit: a control character of the kept part may take six bytes when it is quoted once more.
    kept = data[: JSON_BYTES // 6 - _MARK_ROOM].decode(errors="ignore")
    return msgspec.json.encode({"cut": kept, "bytes": len(whole), "sha256": _digest(whole)}).decode()


def storable_seconds(seconds: float | None) -> float | None:
    """Return a duration, or None when it is not a finite number of seconds from 0 on."""
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds <= _SECONDS_MAX:
        return None
    return float(seconds)


def storable_count(count: int | None) -> int | None:
    """Return a count, or None when it is none that 63 bits hold."""
    return count if count is not None and 0 <= count <= _COUNT_MAX else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGEST_DIGITS]
