"""The verbs that need the worker's libraries, asked by the command line as a process of their own. They print JSON.

`devices [--port N]`: what adb sees, as one object. `doctor [--home DIR]`: adb, plug-ins, and whether each model
endpoint answers, one object a line. `model --home DIR`: whether the one endpoint answers that an `AskedModel` on stdin
describes, which need not be in the settings. No verb starts an adb server or prints a key.
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

from shared.adb_host import AdbDevice, AdbError, list_devices
from shared.errors import StepwellError
from shared.model_keys import api_keys
from shared.settings import ModelProfile, Settings, load_settings
from worker.plugins import DEVICES, AgentPlugins, Plugins, make_agent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ASKED_BYTES: Final = 1 << 16  # of what `model` reads: a profile and a key


class Check(Struct, frozen=True):
    """One thing that was looked at. `ok` None: not a fault, but worth knowing. `remedy` says what to do otherwise."""

    name: str
    ok: bool | None
    found: str
    remedy: str = ""


class AskedModel(Struct, frozen=True, kw_only=True):
    """What `model` reads: a profile, and the key that a person has typed; '' means the one that the profile names."""

    name: str
    profile: ModelProfile
    api_key: str = ""


class SeenDevices(Struct, frozen=True):
    """What `devices` prints. `error` says why nothing could be listed."""

    devices: tuple[AdbDevice, ...] = ()
    error: str = ""


def run_verb(arguments: Sequence[str]) -> int:
    """Run `devices`, `doctor` or `model`; return the exit code: 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("verb", choices=["devices", "doctor", "model"])
    parser.add_argument(
        "--port", type=int, default=None, help="the adb server's port; that of the settings when missing"
    )
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--json", action="store_true", help="no difference: the output is always JSON")
    given = parser.parse_args(arguments)
    if given.verb == "doctor":
        return _doctor(given.home)
    if given.verb == "model":
        found = _model(sys.stdin.buffer.read(_ASKED_BYTES), given.home or Path.cwd())
        _print(found)
        return 0 if found.ok else 1
    seen = see_devices(given.port or Settings().adb_server_port)
    _print(seen)
    return 1 if seen.error else 0


def _doctor(home: Path | None) -> int:
    settings = Settings()
    checks = []
    try:
        settings = load_settings(home / "stepwell.toml") if home is not None else settings
    except StepwellError as error:
        checks.append(Check("settings", ok=False, found=error.message, remedy=error.remedy))
    checks += [check_adb(), *check_plugins(), *check_models(settings, home or Path())]
    for check in checks:
        _print(check)
    return 1 if any(check.ok is False for check in checks) else 0


def _model(asked: bytes, home: Path) -> Check:
    """Ask an endpoint; the key is the typed one, or what the profile names."""
    try:
        model = msgspec.json.decode(asked, type=AskedModel)
    except msgspec.MsgspecError as error:
        return Check("model", ok=False, found=str(error))
    try:
        keys = api_keys(Settings(models={model.name: model.profile}), os.environ, home)
    except StepwellError as error:
        return Check(f"model {model.name}", ok=False, found=error.message, remedy=error.remedy)
    return check_model(model.name, model.profile, model.api_key or keys.get(model.name, ""))


def see_devices(port: int) -> SeenDevices:
    """Ask the adb server which phones it has."""
    try:
        return SeenDevices(devices=tuple(list_devices(port)))
    except AdbError as error:
        return SeenDevices(error=str(error))


def check_adb() -> Check:
    """Tell which adb would be used; how the phones are is the command line's own look."""
    from worker.devices.adb_library import AdbError as NoAdb  # noqa: PLC0415 - 0.3 s
    from worker.devices.adb_library import adb_path  # noqa: PLC0415

    try:
        return Check("adb", ok=True, found=f"{adb_path()} (adbutils {version('adbutils')})")
    except NoAdb as error:
        return Check("adb", ok=False, found=str(error), remedy="set ADBUTILS_ADB_PATH to an adb of your own")


def check_plugins() -> Iterator[Check]:
    """Tell which plug-ins there are, and which are broken."""
    agents, devices = AgentPlugins(), Plugins(DEVICES)
    found = f"agents {', '.join(agents.names)}; devices {', '.join(devices.names)}"
    yield Check("plug-ins", ok=True, found=found)
    broken = {**agents.broken, **devices.broken}
    for name in agents.names:
        try:
            make_agent(agents, name)
        except StepwellError as error:
            broken[name] = error.message
    for name, why in broken.items():
        yield Check(f"plug-in {name}", ok=False, found=why, remedy="mend or uninstall the package that brings it")


def check_models(settings: Settings, home: Path) -> Iterator[Check]:
    """Ask each model endpoint of the settings for its list of models, with its key."""
    keys: dict[str, str] = {}
    try:
        keys = api_keys(settings, os.environ, home)
    except StepwellError as error:
        yield Check("model keys", ok=False, found=error.message, remedy=error.remedy)
    for name, profile in settings.models.items():
        yield check_model(name, profile, keys.get(name, ""))


def check_model(name: str, profile: ModelProfile, api_key: str) -> Check:
    """Tell whether an endpoint answers; any HTTP answer but a refused key shows that it is there."""
    from worker.agents.endpoint import ask_for_models  # noqa: PLC0415 - only doctor needs it

    ok, detail = ask_for_models(profile, api_key)
    remedy = "" if ok else f"correct [models.{name}] in stepwell.toml, set its key, or start the model's server"
    return Check(f"model {name}", ok=ok, found=f"{profile.base_url} {detail}", remedy=remedy)


def _print(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
