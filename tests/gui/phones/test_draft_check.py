"""What can be typed into the task input and what is told about it."""

from __future__ import annotations

import pytest

from gui.pages.phones.draft_check import faults, field_of, new_task
from gui.state import Draft
from shared.errors import ErrorCode
from shared.messages import ErrorInfo
from shared.settings import ModelProfile, Settings, TaskDefaults

SETTINGS = Settings(models={"default": ModelProfile(base_url="http://127.0.0.1:1/v1")})
GOOD = {"text": "do it"}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"text": "do it"}, []),
        ({"text": ""}, ["text"]),
        ({"text": " \n "}, ["text"]),
        ({"text": "x" * (64 * 1024)}, []),
        ({"text": "x" * (64 * 1024 + 1)}, ["text"]),
        ({"text": "张" * 22_000}, ["text"]),
        (GOOD | {"max_steps": "1"}, []),
        (GOOD | {"max_steps": " 100000 "}, []),
        (GOOD | {"max_steps": "0"}, ["max_steps"]),
        (GOOD | {"max_steps": "-5"}, ["max_steps"]),
        (GOOD | {"max_steps": "100001"}, ["max_steps"]),
        (GOOD | {"max_steps": "many"}, ["max_steps"]),
        (GOOD | {"max_steps": "٣"}, ["max_steps"]),
        (GOOD | {"max_steps": "9" * 5000}, ["max_steps"]),
        (GOOD | {"time_limit_s": "0.5"}, []),
        (GOOD | {"time_limit_s": "0"}, ["time_limit_s"]),
        (GOOD | {"time_limit_s": "-1"}, ["time_limit_s"]),
        (GOOD | {"time_limit_s": "nan"}, ["time_limit_s"]),
        (GOOD | {"time_limit_s": "inf"}, ["time_limit_s"]),
        (GOOD | {"time_limit_s": "soon"}, ["time_limit_s"]),
        (GOOD | {"model": "default"}, []),
        (GOOD | {"model": "gone"}, ["model"]),
        (GOOD | {"model": "gone", "agent": "script", "script": "- key: BACK"}, []),
        (GOOD | {"agent": "script"}, ["script"]),
        (GOOD | {"agent": "script", "script": "x" * 131_073}, ["script"]),
        (GOOD | {"expect_text": "x" * 4097}, ["expect_text"]),
        ({"text": "", "max_steps": "0", "time_limit_s": "0"}, ["text", "max_steps", "time_limit_s"]),
    ],
)
def test_each_wrong_field_is_named_in_order(typed: dict[str, str], wrong: list[str]) -> None:
    found = faults(Draft(**typed), SETTINGS, demo=False)

    assert [fault.field for fault in found] == wrong
    assert all(fault.sentence for fault in found)


def test_the_demo_needs_no_profile_but_a_real_home_does() -> None:
    assert faults(Draft(text="do it"), Settings(), demo=True) == []
    assert [fault.field for fault in faults(Draft(text="do it"), Settings(), demo=False)] == ["model"]


def test_what_is_left_empty_comes_from_the_settings() -> None:
    settings = Settings(task=TaskDefaults(agent="phone", model="default", max_steps=7, time_limit_s=9.0, user="me"))
    task = new_task(Draft(text="  do it "), settings, "s1", None)

    assert (task.task_description, task.agent, task.model, task.max_steps) == ("do it", "phone", "default", 7)
    assert (task.time_limit_s, task.user_id, task.script) == (9.0, "me", "")


def test_half_a_character_does_not_make_a_task_that_no_message_can_carry() -> None:
    task = new_task(Draft(text="a\ud83d"), SETTINGS, "s1", None)

    assert task.task_description.encode()


@pytest.mark.parametrize(
    ("code", "agent", "field"),
    [
        (ErrorCode.UNKNOWN_MODEL, "phone", "model"),
        (ErrorCode.BAD_REQUEST, "script", "script"),
        (ErrorCode.BAD_REQUEST, "phone", ""),
        (ErrorCode.STORE_AWAY, "script", ""),
    ],
)
def test_a_refusal_is_told_at_the_field_that_it_is_about(code: ErrorCode, agent: str, field: str) -> None:
    assert field_of(ErrorInfo(code=code, message="no"), agent) == field
