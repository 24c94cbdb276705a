"""Numbers in fields, and hosts in addresses: what is allowed, and the sentence otherwise."""

from __future__ import annotations

import pytest

from gui.pages.settings.fields import allowed, numbers_of, read_number, shown
from gui.pages.settings.hosts import is_open_wire, where_screenshots_go
from shared.settings import Limits, ModelProfile, TaskDefaults


def test_ranges_are_those_of_the_settings():
    assert set(numbers_of(Limits)) == {"step_s", "stop_grace_s", "device_command_s", "device_wait_s"}
    assert set(numbers_of(TaskDefaults)) == {"max_steps", "time_limit_s", "max_tokens", "max_price"}
    assert set(numbers_of(ModelProfile)) >= {"temperature", "retries", "max_tokens"}
    assert allowed(numbers_of(TaskDefaults)["max_steps"]) == "1 to 100,000"
    assert allowed(numbers_of(Limits)["step_s"]) == "more than 0, at most 86,400"


@pytest.mark.parametrize(
    ("kind", "name", "text", "value"),
    [
        (TaskDefaults, "max_steps", " 12 ", 12),
        (TaskDefaults, "max_steps", "1", 1),
        (TaskDefaults, "time_limit_s", "", None),
        (TaskDefaults, "time_limit_s", "0.5", 0.5),
        (ModelProfile, "frequency_penalty", "-2", -2.0),
        (ModelProfile, "temperature", "0", 0.0),
    ],
)
def test_what_is_allowed_is_read(kind, name, text, value):
    number = numbers_of(kind)[name]
    assert read_number(text, number) == value
    assert read_number(shown(value), number) == value


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        (TaskDefaults, "max_steps", "0"),
        (TaskDefaults, "max_steps", "100001"),
        (TaskDefaults, "max_steps", "1.5"),
        (TaskDefaults, "max_steps", ""),
        (TaskDefaults, "time_limit_s", "0"),
        (TaskDefaults, "time_limit_s", "nan"),
        (TaskDefaults, "time_limit_s", "inf"),
        (ModelProfile, "temperature", "2.01"),
        (ModelProfile, "temperature", "warm"),
    ],
)
def test_what_is_not_allowed_is_said_in_a_sentence(kind, name, text):
    with pytest.raises(ValueError, match=r"^This must be .+\.$"):
        read_number(text, numbers_of(kind)[name])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://open.bigmodel.cn/api", "Screenshots of your phone will be sent to open.bigmodel.cn."),
        ("http://192.168.1.5:8000/v1", "Screenshots of your phone will be sent to 192.168.1.5."),
        ("http://127.0.0.1:8000/v1", "Screenshots of your phone stay on this machine."),
        ("http://[::1]:8000/v1", "Screenshots of your phone stay on this machine."),
        ("http://localhost/v1", "Screenshots of your phone stay on this machine."),
        ("http://localhost.example.com/v1", "Screenshots of your phone will be sent to localhost.example.com."),
        ("http://127.0.0.1@evil.example/v1", "Screenshots of your phone will be sent to evil.example."),
        ("http://127.0.0.1.evil.example/", "Screenshots of your phone will be sent to 127.0.0.1.evil.example."),
        ("ftp://example.com", ""),
        ("http://", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_where_screenshots_go(url, said):
    assert where_screenshots_go(url) == said


def test_plain_http_to_another_machine_is_noticed():
    assert is_open_wire("http://192.168.1.5/v1")
    assert not is_open_wire("https://example.com/v1")
    assert not is_open_wire("http://127.0.0.1:8000/v1")
    assert not is_open_wire("not yet")
