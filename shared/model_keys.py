"""Where the models' keys come from: the environment, or a file that only its owner can read.

The supervisor reads them; they go to the workers through the life-line (ChildConfig.api_keys), never into argv, logs or
a child's environment. No key is ever part of an error. Called by the supervisor, and by the worker's verb `doctor`.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.settings import MAX_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings import ModelProfile, Settings

DEFAULT_KEY: Final = "STEPWELL_API_KEY"  # of the profile that is used when none is named


def api_keys(settings: Settings, environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the key of each profile that has one; BadInputError BAD_SETTINGS when one cannot be used or trusted."""
    keys = {name: _key_of(name, profile, environ, home) for name, profile in settings.models.items()}
    default = _default_profile(settings)
    if default is not None and not keys[default]:
        keys[default] = _checked(default, DEFAULT_KEY, environ.get(DEFAULT_KEY, ""))
    return {name: key for name, key in keys.items() if key}


def where_named(profile: ModelProfile) -> str:
    """Return in words from where a profile takes its key, '' when it names nothing."""
    if profile.api_key_env:
        return f"the variable {profile.api_key_env} (api_key_env)"
    return f"the file {profile.api_key_file} (api_key_file)" if profile.api_key_file else ""


def _default_profile(settings: Settings) -> str | None:
    try:
        return settings.profile()[0]
    except StepwellError:
        return None


def _key_of(name: str, profile: ModelProfile, environ: Mapping[str, str], home: Path) -> str:
    if profile.api_key_env:
        return _checked(name, profile.api_key_env, environ.get(profile.api_key_env, ""))
    if not profile.api_key_file:
        return ""
    path = home / Path(profile.api_key_file).expanduser()
    return _checked(name, str(path), _read(name, path))


def _read(name: str, path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _bad(name, f"{path} can be read by other users", f"chmod 600 {path}")
        with path.open("rb") as file:
            content = file.read(MAX_KEY + 1)
    except OSError as error:
        raise _bad(name, f"{path} cannot be read: {error.strerror}", "correct api_key_file in stepwell.toml") from None
    if len(content) > MAX_KEY:
        raise _bad(name, f"{path} has more than {MAX_KEY:,} bytes, which no key has", "name the key's own file")
    return content.decode("utf-8", errors="replace")


def _checked(name: str, where: str, key: str) -> str:
    """Return the key without blanks around it; it must be what an HTTP header can carry."""
    key = key.strip()
    if key and not (key.isascii() and key.isprintable()):
        raise _bad(name, f"{where} holds characters that no key has", "put the key there, and nothing else")
    return key


def _bad(name: str, what: str, remedy: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_SETTINGS, f"the key of the model profile {name!r}: {what}", remedy=remedy)
