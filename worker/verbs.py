"""The verbs that need the worker's libraries, asked by the command line as a process of their own. They print JSON.

`devices [--port N]`: what adb sees, as one object. `doctor [--home DIR] [--device D] [--port N]`: adb, phones,
plug-ins, and whether each model endpoint answers, one object a line. `model --home DIR`: whether the one endpoint
answers that an `AskedModel` on stdin describes, which need not be in the settings. No verb starts an adb server or
prints a key.
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

from shared.errors import StepwellError
from shared.settings import ModelProfile, Settings, load_settings
from worker.plugins import DEVICES, AgentPlugins, Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ADB_S: Final = 5.0
_ASKED_BYTES: Final = 1 << 16  # of what `model` reads: a profile and a key
_NO_PHONE: Final = (
    "plug it in with a data cable, turn USB debugging on (开发者选项 → USB 调试), and allow this computer on the phone"
)


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


class SeenDevice(Struct, frozen=True):
    """A phone that the adb server lists."""

    address: str
    state: str


class SeenDevices(Struct, frozen=True):
    """What `devices` prints. `error` says why nothing could be listed."""

    devices: tuple[SeenDevice, ...] = ()
    error: str = ""


def run_verb(arguments: Sequence[str]) -> int:
    """Run `devices`, `doctor` or `model`; return the exit code: 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("verb", choices=["devices", "doctor", "model"])
    parser.add_argument(
        "--port", type=int, default=None, help="the adb server's port; that of the settings when missing"
    )
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--device", default="")
    parser.add_argument("--json", action="store_true", help="no difference: the output is always JSON")
    given = parser.parse_args(arguments)
    if given.verb == "doctor":
        return _doctor(given.home, given.port, given.device)
    if given.verb == "model":
        found = _model(sys.stdin.buffer.read(_ASKED_BYTES), given.home or Path.cwd())
        _print(found)
        return 0 if found.ok else 1
    seen = see_devices(given.port or Settings().adb_server_port)
    _print(seen)
    return 1 if seen.error else 0


def _doctor(home: Path | None, port: int | None, device: str) -> int:
    settings = Settings()
    checks = []
    try:
        settings = load_settings(home / "stepwell.toml") if home is not None else settings
    except StepwellError as error:
        checks.append(Check("settings", ok=False, found=error.message, remedy=error.remedy))
    checks += [*check_adb(port or settings.adb_server_port, device), *check_plugins(), *check_models(settings)]
    for check in checks:
        _print(check)
    return 1 if any(check.ok is False for check in checks) else 0


def _model(asked: bytes, home: Path) -> Check:
    """Ask an endpoint; the key is the typed one, or what the profile names, a file's path being relative to `home`."""
    from worker.agents.model_errors import ModelError  # noqa: PLC0415 - only this verb needs it
    from worker.agents.model_key import read_key  # noqa: PLC0415

    try:
        model = msgspec.json.decode(asked, type=AskedModel)
    except msgspec.MsgspecError as error:
        return Check("model", ok=False, found=str(error))
    profile = model.profile
    if profile.api_key_file:
        profile = msgspec.structs.replace(profile, api_key_file=str(home / Path(profile.api_key_file).expanduser()))
    try:
        key = model.api_key or read_key(profile, os.environ)
    except ModelError as error:
        return Check(f"model {model.name}", ok=False, found=str(error))
    return check_model(model.name, profile, key)


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


def check_adb(port: int, device: str = "") -> Iterator[Check]:
    """Tell which adb would be used, and how the phones are that its server sees."""
    from worker.devices.adb_library import AdbError, adb_path  # noqa: PLC0415 - 0.3 s

    try:
        yield Check("adb", ok=True, found=f"{adb_path()} (adbutils {version('adbutils')})")
    except AdbError as error:
        yield Check("adb", ok=False, found=str(error), remedy="set ADBUTILS_ADB_PATH to an adb of your own")
        return
    seen = see_devices(port)
    if seen.error:
        yield Check(
            "phones", ok=None, found=seen.error, remedy="`stepwell up` starts one; phones are seen from then on"
        )
        return
    phones = [found for found in seen.devices if device in ("", found.address)]
    if not phones:
        yield Check(
            "phones", ok=False if device else None, found=f"adb sees no phone {device}".rstrip(), remedy=_NO_PHONE
        )
    for phone in phones:
        yield Check(
            f"phone {phone.address}", ok=phone.state == "device", found=phone.state, remedy=remedy_for(phone.state)
        )


def remedy_for(state: str) -> str:
    """Return what to do about a phone that adb lists in `state`."""
    from worker.devices.adb_link import REMEDIES  # noqa: PLC0415 - adbutils takes 0.3 s

    return next((remedy for word, remedy in REMEDIES.items() if word in state), "")


def check_plugins() -> Iterator[Check]:
    """Tell which plug-ins there are, and which are broken."""
    agents, devices = AgentPlugins(), Plugins(DEVICES)
    found = f"agents {', '.join(agents.names)}; devices {', '.join(devices.names)}"
    yield Check("plug-ins", ok=True, found=found)
    for name, why in {**agents.broken, **devices.broken}.items():
        yield Check(f"plug-in {name}", ok=False, found=why, remedy="mend or uninstall the package that brings it")


def check_models(settings: Settings) -> Iterator[Check]:
    """Ask each model endpoint of the settings for its list of models."""
    for name, profile in settings.models.items():
        key = os.environ.get(profile.api_key_env, "") or (
            os.environ.get("STEPWELL_API_KEY", "") if name == "default" else ""
        )
        yield check_model(name, profile, key)


def check_model(name: str, profile: ModelProfile, api_key: str) -> Check:
    """Tell whether an endpoint answers; any HTTP answer but a refused key shows that it is there."""
    from worker.agents.endpoint import ask_for_models  # noqa: PLC0415 - only doctor needs it

    ok, detail = ask_for_models(profile, api_key)
    remedy = "" if ok else f"correct [models.{name}] in stepwell.toml, set its key, or start the model's server"
    return Check(f"model {name}", ok=ok, found=f"{profile.base_url} {detail}", remedy=remedy)


def _print(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
