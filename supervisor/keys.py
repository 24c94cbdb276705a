"""Where the models' keys come from: the environment, or a file that only its owner can read.

They go to the workers through the life-line (ChildConfig.api_keys), never into argv, logs or a child's environment.
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
    """Return the key of each profile that has one; BadInputError BAD_SETTINGS when a key file cannot be trusted."""
    keys = {name: _key_of(name, profile, environ, home) for name, profile in settings.models.items()}
    default = _default_profile(settings)
    if default is not None and not keys[default]:
        keys[default] = environ.get(DEFAULT_KEY, "").strip()
    return {name: key for name, key in keys.items() if key}


def _default_profile(settings: Settings) -> str | None:
    try:
        return settings.profile()[0]
    except StepwellError:
        return None


def _key_of(name: str, profile: ModelProfile, environ: Mapping[str, str], home: Path) -> str:
    if profile.api_key_env:
        return environ.get(profile.api_key_env, "").strip()
    if not profile.api_key_file:
        return ""
    path = home / Path(profile.api_key_file).expanduser()
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise _bad(name, f"{path} can be read by other users", f"chmod 600 {path}")
        if path.stat().st_size > MAX_KEY:
            raise _bad(name, f"{path} has more than {MAX_KEY:,} bytes, which no key has", "name the key's own file")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(name, f"{path} cannot be read: {error}", "correct api_key_file in stepwell.toml") from None


def _bad(name: str, what: str, remedy: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_SETTINGS, f"the key of the model profile {name!r}: {what}", remedy=remedy)
