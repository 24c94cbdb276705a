"""What is started: which devices get a worker, what the demo puts in place of a real phone and model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.adb_host import AdbDevice
from shared.identity import Identity
from shared.paths import Home
from shared.settings import ModelProfile, Settings, TaskDefaults
from supervisor.demo import MODEL_NAME, DemoPlan, port_of, with_demo_model
from supervisor.options import StartOptions
from supervisor.plan import HEAD_START_S, RealPlan, choose_devices

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize("ends", [True, False])
def test_a_window_that_everything_ends_with_is_told_so(tmp_path: Path, ends: bool) -> None:
    home = Home(tmp_path)
    home.prepare()
    plan = DemoPlan(home, Settings(), StartOptions(demo=True, window=True, ends_with_window=ends))
    (spec,) = plan.stages()[0]({})
    config = spec.config(Identity("gui", "g0"), "")
    assert (config.options.get("ends_with_window") == "1") is ends
    assert "language" not in config.options, "the settings say it"


@pytest.mark.parametrize("kind", [DemoPlan, RealPlan])
@pytest.mark.parametrize("is_drawn", [True, False])
def test_all_else_is_started_when_the_window_is_drawn_or_has_had_its_head_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[DemoPlan | RealPlan], is_drawn: bool
) -> None:
    home = Home(tmp_path)
    home.prepare()
    now = [100.0]
    monkeypatch.setattr("supervisor.plan.time.monotonic", lambda: now[0])
    show, wait, first, *_ = kind(home, Settings(), StartOptions(demo=True, window=True)).stages()
    assert [spec.name for spec in show({}) or ()] == ["gui"]
    now[0] += HEAD_START_S - 0.01
    assert wait({}) is None
    if is_drawn:
        assert wait({"gui": ""}) == []
    now[0] += 0.02
    assert wait({}) == []
    assert "daemon" in [spec.name for spec in first({}) or ()]


def test_without_a_window_nothing_is_waited_for(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    first, *_ = DemoPlan(home, Settings(), StartOptions(demo=True)).stages()
    assert "daemon" in [spec.name for spec in first({}) or ()]
