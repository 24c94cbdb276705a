"""Plug-ins: found by their entry points; a broken one is named and stops nothing else."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from shared.errors import BadInputError, ErrorCode
from worker import plugins
from worker.plugins import AgentPlugins, device_class

POINTS = [
    EntryPoint("good", "worker.agents.script:ScriptAgent", "stepwell.agents"),
    EntryPoint("broken", "no_such_module_anywhere:Nothing", "stepwell.agents"),
    EntryPoint("missing", "worker.agents.script:NoSuchClass", "stepwell.agents"),
]


@pytest.fixture
def agents(monkeypatch):
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point for point in POINTS if point.group == group])
    return AgentPlugins()


def test_the_built_in_agents_and_devices_are_found():
    assert {"phone", "script"} <= set(AgentPlugins().names)
    assert device_class("adb").__name__ == "AdbDevice"


def test_a_broken_plug_in_is_named_and_the_others_work(agents):
    assert agents.names == ("good",)
    assert agents.agent("good").__name__ == "ScriptAgent"
    with pytest.raises(BadInputError, match="'broken' cannot be loaded: ModuleNotFoundError"):
        agents.agent("broken")


def test_an_unknown_agent_is_refused_with_the_known_ones(agents):
    with pytest.raises(BadInputError, match="no agent is called 'x'; known: good") as caught:
        agents.agent("x")
    assert caught.value.code is ErrorCode.UNKNOWN_AGENT


def test_an_unknown_device_is_refused():
    with pytest.raises(BadInputError, match="no device is called"):
        device_class("toaster")
