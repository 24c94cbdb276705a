"""Keys come from where the settings say, and from nowhere that others can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError
from shared.settings import ModelProfile, Settings
from supervisor.keys import api_keys

if TYPE_CHECKING:
    from pathlib import Path


def settings(**profiles: ModelProfile) -> Settings:
    return Settings(models=dict(profiles))


def profile(env: str = "", file: str = "") -> ModelProfile:
    return ModelProfile(base_url="http://127.0.0.1/v1", api_key_env=env, api_key_file=file)


def test_the_default_profile_takes_the_programs_own_variable(tmp_path: Path) -> None:
    found = api_keys(settings(default=profile(), other=profile()), {"STEPWELL_API_KEY": "k"}, tmp_path)
    assert found == {"default": "k"}


def test_the_only_profile_is_the_default_one(tmp_path: Path) -> None:
    assert api_keys(settings(mine=profile()), {"STEPWELL_API_KEY": "k"}, tmp_path) == {"mine": "k"}


def test_a_profiles_own_variable_counts_first(tmp_path: Path) -> None:
    environ = {"STEPWELL_API_KEY": "k", "MINE": " m \n"}
    assert api_keys(settings(default=profile(env="MINE")), environ, tmp_path) == {"default": "m"}


def test_without_settings_there_is_no_key(tmp_path: Path) -> None:
    assert api_keys(Settings(), {"STEPWELL_API_KEY": "k"}, tmp_path) == {}


def test_a_key_file_is_read_when_only_its_owner_can(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret\n")
    path.chmod(0o600)
    assert api_keys(settings(a=profile(file="key")), {}, tmp_path) == {"a": "secret"}


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(BadInputError, match="read by other users") as caught:
        api_keys(settings(a=profile(file=str(path))), {}, tmp_path)
    assert "secret" not in caught.value.message


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nowhere"):
        api_keys(settings(a=profile(file="nowhere")), {}, tmp_path)


def test_a_file_that_is_too_large_to_hold_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x" * 9000)
    (tmp_path / "key").chmod(0o600)
    settings = Settings(models={"a": ModelProfile(base_url="http://x", api_key_file="key")})
    with pytest.raises(BadInputError, match="no key has"):
        api_keys(settings, {}, tmp_path)
