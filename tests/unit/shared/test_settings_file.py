"""Changing stepwell.toml: comments and order kept, nothing written that would not be read, nobody's change undone."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.errors import BadInputError, ErrorCode
from shared.paths import Home
from shared.posix import FileLock
from shared.settings import Limits, ModelProfile, Settings, TaskDefaults, load_settings
from shared.settings_file import SettingsFile, remove_key, with_model, without_model, write_key

if TYPE_CHECKING:
    from pathlib import Path

COMMENTED = """\
# mine
log_level = "debug"     # while I look for something
language = "en"

[models.default]  # the lab's
base_url = "http://127.0.0.1:8000/v1"   # vLLM
# the next line is old
timeout_s = 30.0

[task]
max_steps = 7  # few

[models.other]
base_url = "https://example.org/v1"
api_key_env = "OTHER"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "stepwell.toml"
    made.write_text(COMMENTED)
    return made


def change(path: Path, **fields: Any) -> Settings:
    file = SettingsFile.read(path)
    wanted = msgspec.structs.replace(file.settings, **fields)
    assert file.write(wanted).settings == wanted
    assert load_settings(path) == wanted
    return wanted


def refused(path: Path, wanted: Settings, why: str) -> None:
    before = path.read_bytes()
    with pytest.raises(BadInputError, match=why) as error:
        SettingsFile.read(path).write(wanted)
    assert error.value.code is ErrorCode.BAD_SETTINGS
    assert "nothing was changed" in error.value.remedy
    assert path.read_bytes() == before


def test_only_the_line_that_was_meant_is_changed(path: Path) -> None:
    change(path, language="zh")
    assert path.read_text() == COMMENTED.replace('language = "en"', 'language = "zh"')
    change(path, log_level="info")
    assert 'log_level = "info"     # while I look for something' in path.read_text()


def test_writing_what_the_file_means_already_leaves_it_byte_for_byte(path: Path) -> None:
    change(path)
    assert path.read_text() == COMMENTED


def test_a_profile_is_changed_added_and_removed_and_the_others_keep_their_comments(path: Path) -> None:
    settings = SettingsFile.read(path).settings
    changed = msgspec.structs.replace(settings.models["default"], timeout_s=60.0, retries=5)
    SettingsFile.read(path).write(with_model(settings, "default", changed))
    text = path.read_text()
    assert "timeout_s = 60.0" in text
    assert '"http://127.0.0.1:8000/v1"   # vLLM\n# the next line is old' in text
    settings = load_settings(path)
    SettingsFile.read(path).write(
        with_model(settings, "new", ModelProfile(base_url="http://x/v1", model="m", language="zh"))
    )
    assert load_settings(path).models["new"] == ModelProfile(base_url="http://x/v1", model="m", language="zh")
    SettingsFile.read(path).write(without_model(load_settings(path), "other"))
    after = load_settings(path)
    assert set(after.models) == {"default", "new"}
    assert "# few" in path.read_text()


def test_the_last_profile_is_removed_and_is_no_longer_the_default_of_tasks(tmp_path: Path) -> None:
    path = tmp_path / "stepwell.toml"
    path.write_text('[task]\nmodel = "only"\n[models.only]\nbase_url = "http://x"\n')
    SettingsFile.read(path).write(without_model(load_settings(path), "only"))
    assert load_settings(path) == Settings()


def test_defaults_of_tasks_and_limits_are_set_and_what_has_no_limit_is_left_out(path: Path) -> None:
    change(path, task=TaskDefaults(max_steps=50, time_limit_s=600.0, user="ann"), limits=Limits(step_s=20.0))
    change(path, task=TaskDefaults(max_steps=50, user="ann"))
    assert "time_limit_s" not in path.read_text()
    assert "max_steps = 50  # few" in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        'models = {default = {base_url = "http://x"}, other = {base_url = "http://y"}}\n',
        'models.default.base_url = "http://x"\nmodels.other.base_url = "http://y"\ntask.max_steps = 3\n',
        '[models]\ndefault.base_url = "http://x"\n[models.other]\nbase_url = "http://y"\n',
        'language = "en"\r\n[limits]\r\nstep_s = 5\r\n',
    ],
)
def test_however_the_file_is_written_it_means_afterwards_what_was_wanted_or_is_refused(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "stepwell.toml"
    path.write_text(text, newline="")
    file = SettingsFile.read(path)
    wanted = with_model(file.settings, "default", ModelProfile(base_url="http://z", retries=4))
    wanted = with_model(without_model(wanted, "other"), "added", ModelProfile(base_url="http://w"))
    wanted = msgspec.structs.replace(wanted, language="zh", limits=Limits(step_s=9.0))
    file.write(wanted)
    assert load_settings(path) == wanted


def test_a_missing_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "stepwell.toml"
    SettingsFile.read(path).write(Settings(language="zh"))
    assert load_settings(path).language == "zh"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("language", "fr", "language"),
        ("adb_server_port", 0, "adb_server_port"),
        ("limits", Limits(step_s=-1.0), "step_s"),
        ("models", {"default": ModelProfile(base_url="ftp://x")}, "base_url"),
        ("models", {"two words": ModelProfile(base_url="http://x")}, "letters, digits"),
    ],
)
def test_what_a_starting_stepwell_would_refuse_is_not_written(path: Path, field: str, value: Any, why: str) -> None:
    refused(path, msgspec.structs.replace(load_settings(path), **{field: value}), why)


@pytest.mark.parametrize("text", ["language = ", "colour = 1", 'language = "fr"', "x = [" + "[" * 2000])
def test_a_broken_file_is_named_and_left_as_it_is(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadInputError, match=str(path)) as error:
        SettingsFile.read(path)
    assert error.value.code is ErrorCode.BAD_SETTINGS
    path.write_bytes(b"\xff")
    with pytest.raises(BadInputError, match="cannot be read"):
        SettingsFile.read(path)
    assert path.read_bytes() == b"\xff"


def test_a_change_of_somebody_else_is_not_undone(path: Path) -> None:
    file = SettingsFile.read(path)
    path.write_text(COMMENTED + "\n# an editor was here\n")
    with pytest.raises(BadInputError, match="changed by something else"):
        file.write(msgspec.structs.replace(file.settings, language="zh"))
    assert path.read_text().endswith("# an editor was here\n")
    path.unlink()
    with pytest.raises(BadInputError, match="changed by something else"):
        file.write(msgspec.structs.replace(file.settings, language="zh"))
    assert not path.exists()


def test_two_writers_at_the_same_time_do_not_overwrite_each_other(path: Path) -> None:
    import subprocess
    import sys

    lock = path.parent / ".stepwell.toml.lock"
    program = f"""
import sys
from pathlib import Path
from shared.posix import FileLock
kept = FileLock.take(Path({str(lock)!r}))
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        refused(path, Settings(language="zh"), f"process {other.pid}")
    change(path, language="zh")
    FileLock.take(lock).release()


def test_a_link_to_the_file_stays_a_link(path: Path) -> None:
    link = path.parent / "link.toml"
    link.symlink_to(path)
    change(link, language="zh")
    assert link.is_symlink()
    assert load_settings(path).language == "zh"


def test_a_key_lies_in_a_private_file_and_not_in_the_settings(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert write_key(home, "default", " sk-secret-1 \n") == "keys/default"
    assert write_key(home, "default", "sk-secret-2") == "keys/default"
    file = home.root / "keys" / "default"
    assert file.read_text() == "sk-secret-2"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    remove_key(home, "default")
    remove_key(home, "default")
    assert not file.exists()


@pytest.mark.parametrize("key", ["", "  ", "two\nlines", "密钥", "x" * 9000])
def test_what_is_no_key_is_refused_without_being_repeated(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInputError) as error:
        write_key(Home(tmp_path), "default", key)
    assert not key.strip() or key not in str(error.value)
    with pytest.raises(BadInputError, match="no name"):
        write_key(Home(tmp_path), "../escape", "sk-secret")
    assert not (tmp_path / "keys").exists()
