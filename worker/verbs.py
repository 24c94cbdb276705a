"""The verbs that need the worker's libraries, asked by the command line as a process of their own. They print JSON.

`devices [--port N]`: what adb sees. `doctor [--port N] [--home DIR]`: adb, plug-ins, and whether each model endpoint
answers. No verb starts an adb server, and no key is printed.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.settings import ModelProfile, load_settings
from worker.plugins import DEVICES, AgentPlugins, Plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADB_S: Final = 5.0


class Check(Struct, frozen=True):
    """One thing that was looked at. `remedy` says what to do when it is not `ok`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


class SeenDevice(Struct, frozen=True):
    """A phone that the adb server lists."""

    address: str
    state: str


class SeenDevices(Struct, frozen=True):
    """What `devices` prints. `error` says why nothing could be listed."""

    devices: tuple[SeenDevice, ...] = ()
    error: str = ""


def run_verb(arguments: Sequence[str]) -> int:
    """Run `devices` or `doctor`; return the exit code: 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("verb", choices=["devices", "doctor"])
    parser.add_argument("--port", type=int, default=5037)
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if given.verb == "devices":
        seen = see_devices(given.port)
        _print(seen)
        return 1 if seen.error else 0
    checks = (check_adb(given.port), *check_plugins(), *check_models(given.home))
    _print(checks)
    return 0 if all(check.ok for check in checks) else 1


def see_devices(port: int) -> SeenDevices:
    """Ask the adb server which phones it has."""
    from worker.devices.adb_library import AdbClient, AdbError  # noqa: PLC0415 - 0.3 s
    from worker.devices.adb_link import server_answers  # noqa: PLC0415

    if not server_answers(port):
        return SeenDevices(error=f"no adb server answers on port {port}")
    try:
        listed = AdbClient("127.0.0.1", port, socket_timeout=_ADB_S).list()
    except (AdbError, OSError) as error:
        return SeenDevices(error=f"the adb server on port {port} does not answer: {error}")
    return SeenDevices(devices=tuple(SeenDevice(address=found.serial, state=found.state) for found in listed))


def check_adb(port: int) -> Check:
    """Tell which adb would be used and whether it runs."""
    from worker.devices.adb_library import AdbError, adb_path  # noqa: PLC0415 - 0.3 s

    try:
        path = adb_path()
    except AdbError as error:
        return Check("adb", ok=False, detail=str(error), remedy="set ADBUTILS_ADB_PATH to an adb of your own")
    seen = see_devices(port)
    phones = ", ".join(f"{found.address} ({found.state})" for found in seen.devices) or "no phone"
    return Check("adb", ok=True, detail=f"adbutils {version('adbutils')}, {path}; {seen.error or phones}")


def check_plugins() -> list[Check]:
    """Tell which plug-ins are broken."""
    agents, devices = AgentPlugins(), Plugins(DEVICES)
    broken = {**agents.broken, **devices.broken}
    checks = [
        Check("plug-ins", ok=True, detail=f"agents: {', '.join(agents.names)}; devices: {', '.join(devices.names)}")
    ]
    checks += [
        Check(f"plug-in {name}", ok=False, detail=why, remedy="mend or uninstall the package that brings it")
        for name, why in broken.items()
    ]
    return checks


def check_models(home: Path | None) -> list[Check]:
    """Ask each model endpoint of the settings for its list of models."""
    if home is None:
        return []
    models = load_settings(home / "stepwell.toml").models
    return [check_model(name, profile, os.environ.get(profile.api_key_env, "")) for name, profile in models.items()]


def check_model(name: str, profile: ModelProfile, api_key: str) -> Check:
    """Tell whether an endpoint answers; any HTTP answer shows that it is there."""
    from worker.agents.endpoint import ask_for_models  # noqa: PLC0415 - httpx

    ok, detail = ask_for_models(profile, api_key)
    remedy = "" if ok else f"correct [models.{name}] in stepwell.toml, or start the model's server"
    return Check(f"model {name}", ok=ok, detail=f"{profile.base_url}: {detail}", remedy=remedy)


def _print(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
