"""What is started: which devices get a worker, what the demo puts in place of a real phone and model."""

from __future__ import annotations

import pytest

from shared.adb_host import AdbDevice
from shared.settings import ModelProfile, Settings, TaskDefaults
from supervisor.demo import MODEL_NAME, port_of, with_demo_model
from supervisor.options import StartOptions
from supervisor.plan import choose_devices

SEEN = [
    AdbDevice("a", "unauthorized"),
    AdbDevice("b", "device"),
    AdbDevice("c", "device"),
    AdbDevice("d", "offline"),
]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        (StartOptions(), ("b",)),
        (StartOptions(all_devices=True), ("b", "c")),
        (StartOptions(devices=("d", "x", "d")), ("d", "x")),
    ],
)
def test_each_chosen_device_gets_a_worker(options: StartOptions, chosen: tuple[str, ...]) -> None:
    assert choose_devices(options, SEEN) == chosen


def test_without_a_usable_device_none_is_chosen() -> None:
    assert choose_devices(StartOptions(), SEEN[:1]) == ()


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://127.0.0.1:4711/v1", "4711"), ("http://127.0.0.1/v1", "0"), ("", "0"), ("nonsense:x/", "0")],
)
def test_a_restarted_model_gets_its_port_again(url: str, port: str) -> None:
    assert port_of(url) == port


def test_the_demo_uses_the_scripted_model_whatever_the_settings_name() -> None:
    own = ModelProfile(base_url="http://10.0.0.1/v1")
    before = Settings(models={"mine": own}, task=TaskDefaults(model="mine"))
    name, used = with_demo_model(before, "http://127.0.0.1:1/v1", "zh").profile()
    assert (name, used.model, used.language) == ("default", MODEL_NAME, "zh")
    assert with_demo_model(before, "", "en") is before
