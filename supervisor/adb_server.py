"""The adb server: the one that runs already, or one of our own as a child, so that it ends with us.

Speaks the few words of the host protocol that the supervisor needs (is it there, what does it see, connect). Must not
import adbutils, whose bundled program it only looks up; devices themselves are the worker's business.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.spawn import SpawnedChild

if TYPE_CHECKING:
    from shared.paths import Home

_LOOPBACK: Final = "127.0.0.1"
_ANSWER_S: Final = 3.0  # adb answers in milliseconds; a connect to a loopback port too
_LENGTH_DIGITS: Final = 4


class AdbDevice(Struct, frozen=True):
    """A device as the adb server lists it. `state`: device, offline, unauthorized, …."""

    address: str
    state: str


class AdbError(Exception):
    """The adb server does not answer, or refuses."""


def find_adb() -> Path | None:
    """Return the adb program: ADBUTILS_ADB_PATH, else the one that adbutils carries, else the one on PATH."""
    named = os.environ.get("ADBUTILS_ADB_PATH")
    if named:
        return Path(named)
    package = importlib.util.find_spec("adbutils")
    for folder in (package.submodule_search_locations or ()) if package else ():
        bundled = Path(folder) / "binaries" / "adb"
        if bundled.is_file():
            return bundled
    found = shutil.which("adb")
    return Path(found) if found else None


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def server_answers(port: int) -> bool:
    """Tell whether an adb server listens on `port`."""
    try:
        ask(port, "host:version")
    except AdbError:
        return False
    return True


def list_devices(port: int) -> list[AdbDevice]:
    """Return what the server sees; AdbError when it does not answer."""
    lines = ask(port, "host:devices").splitlines()
    return [AdbDevice(*line.split("\t", 1)) for line in lines if "\t" in line]


def connect(port: int, address: str) -> str:
    """Have the server connect to a device on the network, and return what it says; AdbError when it cannot."""
    answer = ask(port, f"host:connect:{address}")
    if "connected to" not in answer:
        raise AdbError(answer)
    return answer


def ask(port: int, service: str) -> str:
    """Send one request to the server and return its answer; AdbError when there is none, or it is a refusal."""
    try:
        with socket.create_connection((_LOOPBACK, port), timeout=_ANSWER_S) as link:
            request = service.encode()
            link.sendall(b"%04x" % len(request) + request)
            status = _read(link, _LENGTH_DIGITS)
            answer = _read(link, int(_read(link, _LENGTH_DIGITS), 16)).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise AdbError(f"the adb server on port {port} does not answer {service}: {error}") from None
    if status != b"OKAY":
        raise AdbError(answer)
    return answer


def spawn_server(home: Home, adb: Path, port: int, *, demo: bool, hidden: frozenset[str]) -> SpawnedChild:
    """Start `adb nodaemon server` on `port`, in a session of its own, ended by the kernel when this process ends.

    `hidden` names the variables with keys, which it must not see.
    """
    with (home.logs / "adb.stderr").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "supervisor.adb_exec",
                str(os.getpid()),
                str(adb),
                "-P",
                str(port),
                "nodaemon",
                "server",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.root,
            env=_environment(home, hidden, demo=demo),
            start_new_session=True,
        )
    return SpawnedChild(process, os.open(os.devnull, os.O_RDONLY))


def _environment(home: Home, hidden: frozenset[str], *, demo: bool) -> dict[str, str]:
    """Return adb's environment. The demo's server sees no real phone, announces nothing, and keeps its key at home."""
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    if not demo:
        return kept
    own = home.run / "adb"
    own.mkdir(mode=0o700, exist_ok=True)
    return kept | {"HOME": str(own), "ADB_USB": "0", "ADB_EMU": "0", "ADB_MDNS": "0"}


def _read(link: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = link.recv(length - len(data))
        if not part:
            raise OSError("it closed the connection")
        data += part
    return data
