"""Takes secrets out of everything that is exported: by the values of the models' keys, and by what keys look like.

A key never comes into the store by Stepwell's own doing; but a task's text, a model's reply or a log on the phone's
screen may hold one. Pictures are copied as they are: what they show is not read. Called by verb.py and run.py.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from msgspec import Struct, structs

from shared.logs import MASK, SHORTEST_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.settings import Settings

DEFAULT_KEY: Final = "STEPWELL_API_KEY"  # of the profile that is used when none is named

# Each keeps its first group, so that a reader sees what stood there.
_PATTERNS: Final = (
    re.compile(r"()\bsk-[A-Za-z0-9_-]{12,}"),
    re.compile(r"(\bbearer\s{1,8})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"()\bAIza[A-Za-z0-9_-]{30,}"),
    re.compile(r"()\bgh[pousr]_[A-Za-z0-9]{30,}"),
    re.compile(r"(\bapi[_-]?key[\"']?\s{0,4}[:=]\s{0,4}[\"']?)[^\s\"'&,;]{8,}", re.IGNORECASE),
    re.compile(r"(\bhttps?://)[^\s/@:]{1,256}:[^\s/@]{1,256}(?=@)", re.IGNORECASE),
)

S = TypeVar("S", bound=Struct)


class Masker:
    """Masks texts, values and rows."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        forms = {form for value in values if len(value) >= SHORTEST_SECRET for form in _forms(value)}
        longest_first = sorted(forms, key=len, reverse=True)  # one may be the beginning of another
        self._values = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._values is not None:
            text = self._values.sub(MASK, text)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        return text

    def name(self, name: str) -> str:
        """Return a file's name without secrets, and without characters that a file system may refuse."""
        return self.text(name).replace("*", "x")

    def value(self, value: Any) -> Any:
        """Return a decoded JSON value with every text in it masked, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value

    def row(self, row: S) -> S:
        """Return a row with its plain texts masked; in a column that holds JSON, the texts inside it."""
        texts = {name: text for name, text in structs.asdict(row).items() if type(text) is str and text}
        return structs.replace(row, **{name: self._column(text) for name, text in texts.items()})

    def _column(self, text: str) -> str:
        if text[0] not in "{[":
            return self.text(text)
        try:
            decoded = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text)
        return json.dumps(self.value(decoded), ensure_ascii=False)


def known_secrets(settings: Settings, environ: Mapping[str, str], home: Path) -> tuple[set[str], list[str]]:
    """Return the keys that the settings name, as far as they can be read, and a warning for each that cannot."""
    found, warnings = {environ.get(DEFAULT_KEY, "").strip()}, []
    for name, profile in settings.models.items():
        if profile.api_key_env:
            found.add(environ.get(profile.api_key_env, "").strip())
        if not profile.api_key_file:
            continue
        path = home / Path(profile.api_key_file).expanduser()
        try:
            found.add(path.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError):
            warnings.append(
                f"the key of the model profile {name} could not be read, so it was not searched for: {path}"
            )
    return found - {""}, warnings


def _forms(value: str) -> set[str]:
    """Return the ways in which a value may be written down."""
    raw = value.encode("utf-8", "surrogatepass")
    escaped = json.dumps(value)[1:-1]
    encoded = base64.b64encode(raw).decode().rstrip("=")
    return {value, escaped, encoded, raw.hex(), quote(raw, safe="")}
