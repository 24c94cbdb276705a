"""Reads the key of a model profile from where the profile says: an environment variable or a private file.

The key is never logged, stored or put into an error. Called by the phone agent.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from shared.settings import MAX_KEY
from worker.agents.model_errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings import ModelProfile


def read_key(profile: ModelProfile, environment: Mapping[str, str]) -> str:
    """Return the key, '' when the profile names none; raise `ModelError` when what it names cannot be used."""
    if profile.api_key_env:
        where = f"the variable {profile.api_key_env} (api_key_env)"
        key = environment.get(profile.api_key_env, "")
    elif profile.api_key_file:
        where = f"the file {profile.api_key_file} (api_key_file)"
        key = _read_file(Path(profile.api_key_file).expanduser(), where)
    else:
        return ""
    if not key.strip():
        raise ModelError(f"{where} holds no key; put it there, or take the setting out", retryable=False)
    if not key.strip().isascii() or not key.strip().isprintable():
        raise ModelError(f"{where} holds characters that no key has", retryable=False)
    return key.strip()


def _read_file(file: Path, where: str) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_KEY)
        mode = file.stat().st_mode
    except OSError as error:
        raise ModelError(f"{where} cannot be read: {error.strerror}", retryable=False) from error
    if stat.S_IMODE(mode) & 0o077:
        raise ModelError(f"{where} can be read by others; run: chmod 600 {file}", retryable=False)
    return content.decode("utf-8", errors="replace")
