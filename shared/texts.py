"""Texts that no database and no message can hold, and how they are kept all the same. Pure; called by every process."""

from __future__ import annotations

import re
from typing import Final

_NOT_STORABLE: Final = re.compile("[\0\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return `text` with each NUL and each lone surrogate written as its JSON escape; halves that meet become whole."""
    if not _NOT_STORABLE.search(text):
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _NOT_STORABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
