"""The few words of adb's host protocol that say what an adb server sees: is it there, its phones, connect to one more.

Plain sockets, so that asking costs nothing; commands to a phone are the worker's business. It never starts a server.
Called by the supervisor and by the worker's verbs. Protocol: adb's OVERVIEW.TXT and SERVICES.TXT.
"""

from __future__ import annotations

import socket
from typing import Final

from msgspec import Struct

LOOPBACK: Final = "127.0.0.1"
_ANSWER_S: Final = 3.0  # adb answers in milliseconds; a connect to a loopback port too
_LENGTH_DIGITS: Final = 4
_REMEDIES: Final = {
    "unauthorized": "unlock it and allow this computer to debug it",
    "no permissions": "add a udev rule for it (apt-get install android-sdk-platform-tools-common) and plug it in again",
    "offline": "unplug it and plug it in again, switch USB debugging off and on, or wait until adb has reconnected",
    "not found": "plug it in with a data cable and turn USB debugging on, or connect it with `adb connect`",
    "no adb server": "Stepwell starts one; see `stepwell status`",
}


class AdbDevice(Struct, frozen=True):
    """A device as the adb server lists it. `state`: device, offline, unauthorized, …."""

    address: str
    state: str


class AdbError(Exception):
    """The adb server does not answer, or refuses."""


def remedy_for(state: str) -> str:
    """Return what to do about a phone of which adb says `state`, '' when nothing is known."""
    return next((remedy for word, remedy in _REMEDIES.items() if word in state), "")


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
        with socket.create_connection((LOOPBACK, port), timeout=_ANSWER_S) as link:
            request = service.encode()
            link.sendall(b"%04x" % len(request) + request)
            status = _read(link, _LENGTH_DIGITS)
            answer = _read(link, int(_read(link, _LENGTH_DIGITS), 16)).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise AdbError(f"the adb server on port {port} does not answer {service}: {error}") from None
    if status != b"OKAY":
        raise AdbError(answer)
    return answer


def _read(link: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = link.recv(length - len(data))
        if not part:
            raise OSError("it closed the connection")
        data += part
    return data
