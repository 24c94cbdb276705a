"""`stepwell doctor`: what is needed and whether it is there; each failing check names its remedy.

What needs a child's libraries is asked of that child's verb, in a process of its own: a broken import there is one
failing check here.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import typer
from msgspec import Struct

from shared.adb_host import AdbError, list_devices, remedy_for
from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.paths import Home
from shared.posix import is_network_file_system, private_dir
from shared.settings import Settings, load_settings
from shared.shapes import plain
from shared.window_libraries import install_line
from supervisor.cli.output import HomeOption, JsonOption, as_called, console, end, home_of, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARIES: Final = (
    *("pyzmq", "msgpack", "msgspec", "apsw", "adbutils", "openai", "typer"),
    *("rich", "platformdirs", "psutil", "structlog", "Pillow", "PyYAML", "Jinja2", "tomlkit", "PySide6_Essentials"),
)
OLDEST_APSW: Final = (3, 51, 3)  # the first whose SQLite has no WAL-reset bug
_OURS: Final = {"settings"}  # the worker must read them too; our own look says more
_VERB_S: Final = 60.0


class Check(Struct, frozen=True, kw_only=True):
    """One line of the report. `ok` None: not a fault, but worth knowing."""

    name: str
    ok: bool | None
    found: str
    remedy: str = ""


class _Done(Struct, frozen=True):
    """A verb that ended."""

    code: int
    out: str
    err: str


def doctor(
    device: str | None = typer.Option(None, help="Look at this phone only."),
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check Python, libraries, adb, phones, the home and the model's endpoint. Example:  stepwell doctor"""
    place = home_of(home)
    checks = [
        *(*check_python(), *check_home(place), *check_worker(place)),
        *(*check_phones(place, device), *check_demo(), *check_window()),
    ]
    failed = any(check.ok is False for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": [plain(check) for check in checks]})
    else:
        for check in checks:
            print_check(check)
    end(1 if failed else 0)


def print_check(check: Check) -> None:
    """Print a check for people."""
    mark = {True: "[green]ok[/]     ", False: "[bold red]wrong[/]  ", None: "[yellow]note[/]   "}[check.ok]
    out = console()
    out.print(mark, end="")
    out.print(f"{check.name}: {check.found}", markup=False)
    if check.remedy and check.ok is not True:
        out.print(f"         → {as_called(check.remedy)}", markup=False)


def check_python() -> Iterator[Check]:
    """Check the interpreter and the libraries."""
    good = sys.version_info >= (3, 11) and platform.system() == "Linux"
    yield Check(
        name="Python",
        ok=good,
        found=f"{platform.python_version()} on {platform.system()}",
        remedy="Stepwell runs on Linux with Python 3.11 or newer",
    )
    missing = []
    for name in LIBRARIES:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    yield Check(
        name="libraries",
        ok=not missing,
        found=f"{len(LIBRARIES) - len(missing)} of {len(LIBRARIES)}"
        + (f", missing: {' '.join(missing)}" if missing else ""),
        remedy=f"pip install {' '.join(missing)}",
    )
    if "apsw" not in missing:
        version = importlib.metadata.version("apsw")
        good = tuple(int(part) for part in version.split(".")[:3]) >= OLDEST_APSW
        yield Check(name="SQLite", ok=good, found=f"{version} (apsw)", remedy="pip install 'apsw>=3.51.3'")


def check_home(home: Home) -> Iterator[Check]:
    """Check the home and its settings."""
    try:
        nearest = writable_folder(home)
        network = is_network_file_system(nearest)
        remedy = "locks and fsync promise too little on a network file system: name a local folder by --home DIR"
        yield Check(name="home", ok=not network, found=str(home.root), remedy=remedy)
    except StepwellError as error:
        yield Check(name="home", ok=False, found=error.message, remedy=error.remedy)
        return
    try:
        settings = load_settings(home.settings_file)
    except StepwellError as error:
        yield Check(name="settings", ok=False, found=error.message, remedy=error.remedy)
        return
    names = ", ".join(sorted(settings.models)) or "no model profile"
    yield Check(
        name="settings",
        ok=True if settings.models else None,
        found=f"{home.settings_file}: {names}",
        remedy="add [models.default] with base_url and model, or try `stepwell demo`",
    )


def writable_folder(home: Home) -> Path:
    """Return the home, or the nearest folder above it that exists; BadInputError BAD_HOME when it takes nothing.

    Tried by making a folder and removing it: what permissions say is not the whole truth (root, /proc, a full disk).
    """
    if os.path.lexists(home.root):
        private_dir(home.root)
    nearest = next(path for path in (home.root, *home.root.parents) if os.path.lexists(path))
    try:
        Path(tempfile.mkdtemp(prefix=".stepwell-doctor-", dir=nearest)).rmdir()
    except OSError as error:
        sentence = f"{home.root} cannot be used: nothing can be written in {nearest} ({error.strerror})"
        raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="name another folder by --home DIR") from None
    return nearest


def check_worker(home: Home) -> Iterator[Check]:
    """Ask the worker's verb about adb, plug-ins and the model's endpoint."""
    done = _verb("worker", "doctor", "--home", str(home.root))
    try:
        checks = [msgspec.json.decode(line, type=Check) for line in done.out.splitlines()]
    except msgspec.MsgspecError:
        checks = []
    yield from (check for check in checks if check.name.partition(" ")[0] not in _OURS)
    if not checks:
        yield _broken_worker(done.err or done.out)


def check_phones(home: Home, device: str | None) -> Iterator[Check]:
    """Look at what the adb server sees; with `device`, at that one only."""
    port = port_of(home)
    try:
        seen = list_devices(port)
    except AdbError:
        fault = None if device is None else False
        yield Check(name="phones", ok=fault, found=f"no adb server on port {port}", remedy="`stepwell up` starts one")
        return
    wanted = [found for found in seen if device in (None, found.address)]
    if not wanted:
        remedy = "connect it by a cable that carries data, and switch USB debugging on in its developer options"
        missing = "no phone is connected" if device is None else f"adb does not see {device}"
        yield Check(name="phones", ok=None if device is None else False, found=missing, remedy=remedy)
    for found in wanted:
        good = found.state == "device"
        yield Check(name=f"phone {found.address}", ok=good, found=found.state, remedy=remedy_for(found.state))


def check_demo() -> Iterator[Check]:
    """Tell whether the simulated phone can draw Chinese."""
    done = _verb("demo.phone", "--describe")
    good = done.code == 0 and "no Chinese font" not in done.out
    found = (done.out or done.err).strip().splitlines()[-1:] or ["it ended without a word"]
    yield Check(name="demo", ok=good or None, found=found[0][:300], remedy="apt-get install fonts-wqy-microhei")


def check_window() -> Iterator[Check]:
    """Tell whether the system libraries of the window are there; without a window none of them is needed."""
    done = _verb("shared.window_libraries")
    missing = tuple(done.out.split())
    if done.code != 0:
        found = (done.err.strip().splitlines() or ["it ended without a word"])[-1]
        yield Check(name="window", ok=None, found=found[:300], remedy="everything else works headless")
    elif missing:
        sentence = f"missing: {' '.join(missing)}; everything else works headless"
        yield Check(name="window", ok=None, found=sentence, remedy=install_line(missing))
    else:
        yield Check(name="window", ok=True, found="its system libraries are there")


def port_of(home: Home) -> int:
    """Return the adb server's port; the default one when the settings are broken, which another check tells."""
    try:
        return load_settings(home.settings_file).adb_server_port
    except StepwellError:
        return Settings().adb_server_port


def _verb(module: str, *arguments: str) -> _Done:
    """Run another process's verb; a folder without code as its working directory keeps strangers' modules out."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", module, *arguments],
            capture_output=True,
            cwd=Path(sys.prefix),
            timeout=_VERB_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _Done(-1, "", f"no answer within {_VERB_S:g} s")
    return _Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def _broken_worker(why: str) -> Check:
    last = (why.strip().splitlines() or ["it ended without a word"])[-1]
    return Check(name="worker", ok=False, found=last[:300], remedy="reinstall Stepwell in a fresh environment")
