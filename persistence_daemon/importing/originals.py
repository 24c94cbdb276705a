"""What was another way in the older store: kept as JSON beside the row that came of it, and reported. Pure."""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Final

from persistence_daemon.importing.old_words import seconds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from persistence_daemon.importing.tables import Value

LINE_MAX: Final = 4096  # characters of a short text, as everywhere in the protocol


def text_of(value: Value) -> str | None:
    """Return a value as text; bytes are text where they can be."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return value if value is None or isinstance(value, str) else str(value)


def plain(value: object) -> object:
    """Return a value as JSON can hold it; what it has no word for becomes an object that says what it is."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"real": str(value)}
    return value


class Original:
    """Collects, for one row, what was there (`facts`) and what was done about it (`repairs`)."""

    def __init__(self, bad_texts: tuple[str, ...] = ()) -> None:
        self.facts: dict[str, object] = {}
        self.repairs: list[str] = []
        if bad_texts:
            self.keep("bad_bytes_in", list(bad_texts))
            self.repaired("bytes that are no text stand as escapes")

    def keep(self, name: str, value: object) -> None:
        """Keep what stood there."""
        self.facts[name] = plain(value)

    def repaired(self, how: str) -> None:
        """Take note of a repair; the same of several rows is told as one, with their number."""
        self.repairs.append(how)

    def keep_other_columns(self, values: Mapping[str, Value], known: frozenset[str]) -> None:
        """Keep the columns that have no place in ours."""
        others = {name: plain(value) for name, value in values.items() if name not in known and value is not None}
        if others:
            self.keep("columns", others)

    def seconds(self, values: Mapping[str, Value], name: str) -> float | None:
        """Return a duration; what is none is kept, and is not known."""
        value = values.get(name)
        found = seconds_of(value)
        if found is None and value is not None:
            self.keep(name, value)
            self.repaired(f"{name} that is no duration is not known")
        return found

    def line(self, values: Mapping[str, Value], name: str) -> str:
        """Return a short text; one that is too long is cut, and kept whole."""
        text = text_of(values.get(name)) or ""
        if len(text) > LINE_MAX:
            self.keep(name, text)
            self.repaired(f"{name} of more than {LINE_MAX} characters is cut, and kept whole beside")
        return text[:LINE_MAX]

    def json(self) -> str | None:
        """Return all of it, None when there is nothing."""
        found = self.facts | ({"repairs": self.repairs} if self.repairs else {})
        return json.dumps(found, ensure_ascii=False) if found else None
