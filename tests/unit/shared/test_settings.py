"""stepwell.toml is read strictly: what is wrong is named with the file, the key and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared import settings
from shared.errors import BadInputError, ErrorCode
from shared.settings import Limits, ModelProfile, Settings, TaskDefaults, load_settings

if TYPE_CHECKING:
    from pathlib import Path

MODEL = '[models.a]\nbase_url = "http://x"\n'

BAD = [
    ('languge = "en"', "there is an unknown key `languge`"),
    ('language = "fr"', "Invalid value 'fr' - at key `language`, which is one of: en, zh"),
    ("language = 5", "Expected `str`, got `int` - at key `language`"),
    ('log_level = "loud"', "at key `log_level`, which is one of: debug, info, warning, error"),
    ('resume_queue = "yes"', "Expected `bool`, got `str` - at key `resume_queue`"),
    ("resume_queue = 1", "Expected `bool`, got `int` - at key `resume_queue`"),
    ("adb_server_port = 0", "Expected `int` >= 1 - at key `adb_server_port`"),
    ("adb_server_port = 70000", "Expected `int` <= 65535 - at key `adb_server_port`"),
    ("adb_server_port = 99999999999999999999", "Expected `int` <= 65535 - at key `adb_server_port`"),
    ('adb_server_port = "5037"', "Expected `int`, got `str` - at key `adb_server_port`"),
    ("adb_server_port = 5037.0", "Expected `int`, got `float` - at key `adb_server_port`"),
    ("day = 1979-05-27", "unknown key `day`"),
    ("task = 5", "Expected a table, got `int` - at key `task`"),
    ('[[task]]\nuser = "a"', "Expected a table, got an array - at key `task`"),
    ("[task]\nmax_steps = 0", "Expected `int` >= 1 - at key `task.max_steps`"),
    ("[task]\nmax_steps = -1", "Expected `int` >= 1 - at key `task.max_steps`"),
    ("[task]\nmax_step = 5", "unknown key `max_step` - at key `task`"),
    ('[task]\nagent = ""', "1 to 64 letters, digits, `_` or `-` - at key `task.agent`"),
    ('[task]\nmodel = "a b"', "at most 64 letters, digits, `_` or `-` - at key `task.model`"),
    ("[task]\ntime_limit_s = 0", "Expected `float` > 0.0 - at key `task.time_limit_s`"),
    ("[task]\ntime_limit_s = nan", "at key `task.time_limit_s`"),
    ("[task]\ntime_limit_s = inf", "Expected `float` <= 10000000.0 - at key `task.time_limit_s`"),
    ('[limits]\nstep_s = "5s"', "Expected `float`, got `str` - at key `limits.step_s`"),
    ("[limits]\nstep_s = true", "Expected `float`, got `bool` - at key `limits.step_s`"),
    ("[limits]\nstep_s = nan", "at key `limits.step_s`"),
    ("models = 5", "Expected a table, got `int` - at key `models`"),
    ("models = []", "Expected a table, got an array - at key `models`"),
    ("[models]\na = 5", "Expected a table, got `int` - at key `models.a`"),
    ("[models.a]", "there must be a key `base_url` - at key `models.a`"),
    ('[models.a]\nbase_url = "ftp://x"', "Expected an http:// or https:// URL - at key `models.a.base_url`"),
    ('[models.a]\nbase_url = "localhost:80"', "an http:// or https:// URL - at key `models.a.base_url`"),
    ("[models.a]\nbase_url = 5", "Expected `str`, got `int` - at key `models.a.base_url`"),
    (MODEL + 'language = "de"', "at key `models.a.language`, which is one of: en, zh"),
    (MODEL + "retries = 11", "Expected `int` <= 10 - at key `models.a.retries`"),
    (MODEL + "temperature = nan", "at key `models.a.temperature`"),
    (MODEL + 'model = ""', "Expected `str` of length >= 1 - at key `models.a.model`"),
    (MODEL + '[models.bad]\nbase_url = "http://x"\ntop_p = 2.0', "Expected `float` <= 1.0 - at key `models.bad.top_p`"),
    ('[models."a b"]\nbase_url = "http://x"', "1 to 64 letters, digits, `_` or `-` - at key `models.a b`"),
    ("a = ", "is not TOML: Invalid value"),
    ("[a", "is not TOML: Expected ']'"),
    ("a = " + "[" * 3000, "nested too deeply"),
    ('language = "en"\nlanguage = "zh"', "is not TOML: Cannot overwrite a value"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stepwell.toml"


@pytest.mark.parametrize(("text", "said"), BAD)
def test_bad_settings_are_refused_with_file_key_and_expectation(path: Path, text: str, said: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        load_settings(path)
    assert caught.value.code is ErrorCode.BAD_SETTINGS
    assert caught.value.message.startswith(f"{path}: ")
    assert said in caught.value.message
    assert "\\A" not in caught.value.message, "a pattern is no explanation"
    assert caught.value.remedy


def test_a_key_that_somebody_wrote_into_the_settings_is_not_repeated_in_the_error(path: Path) -> None:
    path.write_text(MODEL + 'api_key = "sk-canary"')
    with pytest.raises(BadInputError, match=r"unknown key `api_key` - at key `models\.a`") as caught:
        load_settings(path)
    assert "sk-canary" not in caught.value.message


def test_what_cannot_be_read_is_refused_with_its_name(path: Path) -> None:
    path.write_bytes(b'language = "\xff"')
    with pytest.raises(BadInputError, match=r"cannot be read: .*utf-8"):
        load_settings(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInputError, match=r"cannot be read: .*Is a directory"):
        load_settings(path)


def test_a_missing_file_means_the_defaults(path: Path) -> None:
    assert load_settings(path) == Settings()


def test_an_empty_file_means_the_defaults(path: Path) -> None:
    path.write_text("# nothing yet\n")
    assert load_settings(path) == Settings()


def test_everything_that_can_be_set_is_read(path: Path) -> None:
    path.write_text(
        """
        language = "zh"
        log_level = "debug"
        resume_queue = true
        adb_server_port = 5039
        [task]
        agent = "script"
        model = "big"
        max_steps = 7
        time_limit_s = 60
        user = "Ann"
        [limits]
        step_s = 10
        stop_grace_s = 1.5
        [models.big]
        base_url = "https://models.example/v1"
        model = "glm"
        api_key_env = "BIG_KEY"
        """
    )
    found = load_settings(path)
    assert found == Settings(
        language="zh",
        log_level="debug",
        resume_queue=True,
        adb_server_port=5039,
        task=TaskDefaults(agent="script", model="big", max_steps=7, time_limit_s=60.0, user="Ann"),
        limits=Limits(step_s=10.0, stop_grace_s=1.5),
        models={"big": ModelProfile(base_url="https://models.example/v1", model="glm", api_key_env="BIG_KEY")},
    )


ONE = ModelProfile(base_url="http://one")
TWO = ModelProfile(base_url="http://two")


@pytest.mark.parametrize(
    ("models", "task_model", "asked", "expected"),
    [
        ({"only": ONE}, "", "", ("only", ONE)),
        ({"default": ONE, "other": TWO}, "", "", ("default", ONE)),
        ({"default": ONE, "other": TWO}, "", "other", ("other", TWO)),
        ({"default": ONE, "other": TWO}, "other", "", ("other", TWO)),
        ({"default": ONE, "other": TWO}, "other", "default", ("default", ONE)),
    ],
)
def test_the_profile_is_the_one_asked_for_then_the_tasks_then_the_default_then_the_only_one(
    models: dict[str, ModelProfile], task_model: str, asked: str, expected: tuple[str, ModelProfile]
) -> None:
    assert Settings(models=models, task=TaskDefaults(model=task_model)).profile(asked) == expected


@pytest.mark.parametrize(
    ("models", "asked", "said"),
    [
        ({}, "", "no model profile was named; known: none is set up"),
        ({}, "big", "no model profile is called 'big'; known: none is set up"),
        ({"b": ONE, "a": TWO}, "", "no model profile was named; known: a, b"),
        ({"b": ONE, "a": TWO}, "c", "no model profile is called 'c'; known: a, b"),
        ({"default": ONE}, "c", "no model profile is called 'c'; known: default"),
    ],
)
def test_an_unknown_profile_is_refused_with_the_known_ones(
    models: dict[str, ModelProfile], asked: str, said: str
) -> None:
    with pytest.raises(BadInputError) as caught:
        Settings(models=models).profile(asked)
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    assert caught.value.message == said
    assert "[models.NAME]" in caught.value.remedy


def test_the_table_of_times_is_consistent_with_itself() -> None:
    assert settings.HEARTBEAT_S < settings.HEARTBEAT_STALL_S < settings.HEARTBEATS_MISSED * settings.HEARTBEAT_S
    assert settings.ORPHAN_STEP_S < settings.ORPHAN_S < 2.0
    assert sum(settings.STORE_RETRY_S) <= 5.0
    assert settings.RESEND_S < settings.OUTBOX_AFTER_S < settings.REQUEST_S
    assert settings.STOP_ANSWER_S < settings.STOP_GRACE_S
    assert settings.QUIT_S < settings.QUIT_DAEMON_S
    assert settings.RESTART_FIRST_S < settings.RESTART_MAX_S


def test_a_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stepwell.toml"
    path.write_text("# " + "x" * (300 << 10))
    with pytest.raises(BadInputError, match="more than 262,144"):
        load_settings(path)
