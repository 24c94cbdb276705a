"""Plug-ins: found by their entry points; a broken one is named and stops nothing else."""

from __future__ import annotations

import sys
import types
from importlib.metadata import EntryPoint

import pytest

from shared.errors import BadInputError, ErrorCode
from worker import plugins
from worker.plugins import AgentPlugins, device_class, make_agent

POINTS = [
    EntryPoint("good", "worker.agents.script:ScriptAgent", "stepwell.agents"),
    EntryPoint("broken", "no_such_module_anywhere:Nothing", "stepwell.agents"),
    EntryPoint("wrong", "worker.plugins:AGENTS", "stepwell.agents"),
    EntryPoint("no_run", "worker.devices.adb:AdbDevice", "stepwell.agents"),
    EntryPoint("exits", "exiting_plug_in:Agent", "stepwell.agents"),
    EntryPoint("sulks", "sulking_plug_in:Agent", "stepwell.agents"),
    EntryPoint("missing", "worker.agents.script:NoSuchClass", "stepwell.agents"),
]


@pytest.fixture
def agents(monkeypatch):
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point for point in POINTS if point.group == group])
    sulking = types.ModuleType("sulking_plug_in")
    sulking.Agent = Sulking
    monkeypatch.setitem(sys.modules, "sulking_plug_in", sulking)
    monkeypatch.setitem(sys.modules, "exiting_plug_in", Exiting("exiting_plug_in"))
    return AgentPlugins()


class Sulking:
    """An agent that cannot be made."""

    def __init__(self):
        raise RuntimeError("not today")

    def run(self, task, device, context):
        return "never"


class Exiting(types.ModuleType):
    """A module that ends the process when something is taken from it."""

    def __getattr__(self, name):
        raise SystemExit(f"no {name} here")


def test_the_built_in_agents_and_devices_are_found():
    assert {"phone", "script"} <= set(AgentPlugins().names)
    assert device_class("adb").__name__ == "AdbDevice"


def test_a_broken_plug_in_is_named_and_the_others_work(agents):
    assert agents.names == ("good", "sulks")
    assert agents.agent("good").__name__ == "ScriptAgent"
    with pytest.raises(BadInputError, match="'broken' cannot be loaded: ModuleNotFoundError"):
        agents.agent("broken")


def test_an_unknown_agent_is_refused_with_the_known_ones(agents):
    with pytest.raises(BadInputError, match="no agent is called 'x'; known: good, sulks") as caught:
        agents.agent("x")
    assert caught.value.code is ErrorCode.UNKNOWN_AGENT


def test_an_unknown_device_is_refused():
    with pytest.raises(BadInputError, match="no device is called"):
        device_class("toaster")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("wrong", "'stepwell.agents' is no class with a method `run`"),
        ("no_run", "is no class with a method `run`"),
        ("exits", "SystemExit: no Agent here"),
        ("missing", "AttributeError"),
    ],
)
def test_each_way_of_being_broken_is_told(agents, name, why):
    assert why in agents.broken[name]


def test_an_agent_that_cannot_be_made_is_named(agents):
    with pytest.raises(BadInputError, match="the agent 'sulks' cannot be made: RuntimeError: not today"):
        make_agent(agents, "sulks")
    assert make_agent(agents, "good").run
