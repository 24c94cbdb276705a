"""Keys come from where the settings say, and from nowhere that others can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError
from shared.model_keys import MAX_KEY, api_keys
from shared.settings import ModelProfile, Settings

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


def test_what_cannot_be_a_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    bad = {"more than": b"k" * (MAX_KEY + 1), "no key has": b"sk-\xff", "characters that": "sk-张".encode()}
    for why, content in bad.items():
        path.write_bytes(content)
        with pytest.raises(BadInputError, match=why) as caught:
            api_keys(settings(a=profile(file=str(path))), {}, tmp_path)
        assert "sk-" not in caught.value.message
    with pytest.raises(BadInputError, match=r"MINE holds characters that no key has"):
        api_keys(settings(a=profile(env="MINE")), {"MINE": "sk-\x00"}, tmp_path)
