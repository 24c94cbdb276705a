"""Commands to one phone through an adb server, each with a time limit and with what is known about its result.

adbutils speaks to the adb server; what is added here: a limit for the whole command, the exit status (shell_v2) or,
where a phone has none, the output read for complaints, and the difference between a command that was not sent
(DeviceAway: it may be sent again), one that failed (CommandFailed), and one that was sent before the link broke
(UnknownResult: never sent again). It never starts an adb server: that is the supervisor's. Used by adb.py.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.adb_host import LOOPBACK, remedy_for
from worker.devices.adb_library import AdbConnection, AdbError
from worker.errors import CommandFailed, DeviceAway, UnknownResult

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKET: Final = struct.Struct("<BI")  # of shell_v2: what, and how many bytes follow
_STDOUT, _STDERR, _EXIT = 1, 2, 3
_OUTPUT_MAX: Final = 8 << 20  # of a command; `dumpsys window` was seen to have 0.5 MB
_PICTURE_MAX: Final = 20 << 20
_PIECE: Final = 1 << 16
_CONNECT_S: Final = 5.0
_COMMAND_MAX: Final = 60_000  # the length travels in four hexadecimal digits
_COMPLAINT: Final = re.compile(
    r"^(?:Error\b|\*\* |java\.lang\.|.*(?:SecurityException|INJECT_EVENTS|inaccessible or not found|Permission denied"
    r"|No activities found|does not exist|Unknown (?:command|input)|cannot be selected)).*$",
    re.MULTILINE,
)


class Result(Struct, frozen=True):
    """What a command left. `exit_code` None: the phone does not tell it."""

    output: str
    exit_code: int | None


class _Connection(AdbConnection):  # type: ignore[misc]
    """A connection that does not start an adb server when there is none, and leaves no socket behind then."""

    def __init__(self, port: int) -> None:
        self._server = (LOOPBACK, port)
        super().__init__(*self._server)

    def _safe_connect(self) -> socket.socket:
        return socket.create_connection(self._server, timeout=_CONNECT_S)


class AdbLink:
    """One phone, by the address by which the adb server knows it."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self._port = port
        self._features: frozenset[str] | None = None

    # --- commands ----------------------------------------------------------------------------------------------------

    def run(self, command: str, limit_s: float) -> str:
        """Run a shell command and return its output; raises CommandFailed when it failed or complains."""
        result = self._shell(command, limit_s)
        complaint = _COMPLAINT.search(result.output)
        if result.exit_code or complaint:
            said = complaint.group() if complaint else result.output.strip()
            raise CommandFailed(_sentence(command, said, result.exit_code))
        return result.output

    def ask(self, command: str, limit_s: float) -> str:
        """Run a command whose output is data, not to be read for complaints."""
        result = self._shell(command, limit_s)
        if result.exit_code:
            raise CommandFailed(_sentence(command, result.output.strip(), result.exit_code))
        return result.output

    def exec_out(self, command: str, limit_s: float) -> bytes:
        """Return the raw output of a command."""
        end = time.monotonic() + limit_s
        with self._opened(f"exec:{command}", end) as connection:
            return b"".join(_pieces(connection, end, _PICTURE_MAX, command))

    def is_there(self) -> bool:
        """Tell whether the phone answers now; a network address is connected to again."""
        try:
            if self._host(f"host-serial:{self.address}:get-state") == "device":
                return True
        except DeviceAway:
            pass
        if ":" not in self.address:
            return False
        try:
            self._host(f"host:connect:{self.address}")
            return self._host(f"host-serial:{self.address}:get-state") == "device"
        except DeviceAway:
            return False

    def why_not(self) -> str:
        """Return, for a phone that does not answer, what adb says of it and what to do."""
        try:
            state = self._host(f"host-serial:{self.address}:get-state")
        except DeviceAway as error:
            state = str(error)
        remedy = remedy_for(state)
        if remedy:
            return f"the phone {self.address} cannot be used ({state}): {remedy}"
        return f"the phone {self.address} cannot be used: {state}"

    # --- the adb server ----------------------------------------------------------------------------------------------

    def _shell(self, command: str, limit_s: float) -> Result:
        end = time.monotonic() + limit_s
        if self._has_shell_v2():
            with self._opened(f"shell,v2,raw:{command}", end) as connection:
                return _read_v2(connection, end, command)
        with self._opened(f"shell:{command}", end) as connection:
            data = b"".join(_pieces(connection, end, _OUTPUT_MAX, command))
        return Result(data.decode(errors="replace"), None)

    def _has_shell_v2(self) -> bool:
        if self._features is None:
            self._features = frozenset(self._host(f"host-serial:{self.address}:features").split(","))
        return "shell_v2" in self._features

    def _opened(self, service: str, end: float) -> AdbConnection:
        """Return a connection on which the phone has begun to run `service`."""
        if len(service.encode()) > _COMMAND_MAX:
            raise CommandFailed(f"a command of {len(service):,} characters is too long for adb")
        connection = self._connect(max(0.1, end - time.monotonic()))
        try:
            try:
                connection.send_command(f"host:tport:serial:{self.address}")
                connection.check_okay()
                connection.read_exact(8)
            except (AdbError, OSError, EOFError) as error:
                raise DeviceAway(f"{self.address}: {error}") from None
            self._begin(connection, service)
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin(self, connection: AdbConnection, service: str) -> None:
        try:
            connection.send_command(service)
            answer = connection.read(4)
        except (AdbError, OSError) as error:
            raise UnknownResult(f"{self.address}: the link broke while `{service[:80]}` was sent: {error}") from None
        if answer == b"OKAY":
            return
        if answer != b"FAIL":
            raise UnknownResult(f"{self.address}: the link broke while `{service[:80]}` was sent")
        said = _read_refusal(connection)
        if "offline" in said or "not found" in said or "closed" in said or "unauthorized" in said:
            raise DeviceAway(f"{self.address}: {said}")
        raise CommandFailed(f"{self.address}: adb refused `{service[:80]}`: {said}")

    def _host(self, command: str) -> str:
        """Ask the adb server itself."""
        connection = self._connect(_CONNECT_S)
        try:
            connection.send_command(command)
            connection.check_okay()
            return str(connection.read_string_block())
        except (AdbError, OSError, ValueError) as error:
            raise DeviceAway(f"{self.address}: {error}") from None
        finally:
            connection.close()

    def _connect(self, timeout_s: float) -> AdbConnection:
        try:
            connection = _Connection(self._port)
        except (AdbError, OSError) as error:
            raise DeviceAway(f"no adb server answers on port {self._port}: {error}") from None
        connection.conn.settimeout(timeout_s)
        return connection


def _read_refusal(connection: AdbConnection) -> str:
    try:
        return str(connection.read_string_block())
    except (AdbError, OSError, ValueError) as error:
        return f"no reason given ({error})"


def _read_v2(connection: AdbConnection, end: float, command: str) -> Result:
    """Read the packets of shell_v2 up to the exit status."""
    output = bytearray()
    buffered = bytearray()
    for piece in _pieces(connection, end, _OUTPUT_MAX, command):
        buffered += piece
        while len(buffered) >= _PACKET.size:
            kind, length = _PACKET.unpack_from(buffered)
            if len(buffered) < _PACKET.size + length:
                break
            data = bytes(buffered[_PACKET.size : _PACKET.size + length])
            del buffered[: _PACKET.size + length]
            if kind in (_STDOUT, _STDERR):
                output += data
            elif kind == _EXIT and data:
                return Result(output.decode(errors="replace"), data[0])
    raise UnknownResult(f"the link broke before `{command[:80]}` had told its exit status")


def _pieces(connection: AdbConnection, end: float, most: int, command: str) -> Iterator[bytes]:
    """Yield what comes until the other side closes; UnknownResult when the time runs out or the link breaks."""
    total = 0
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise UnknownResult(f"`{command[:80]}` did not end in time")
        try:
            connection.conn.settimeout(left)
            piece = connection.conn.recv(_PIECE)
        except TimeoutError:
            continue
        except OSError as error:
            raise UnknownResult(f"the link broke during `{command[:80]}`: {error}") from None
        if not piece:
            return
        total += len(piece)
        if total > most:
            raise CommandFailed(f"`{command[:80]}` gave more than {most:,} bytes")
        yield piece


def _sentence(command: str, said: str, exit_code: int | None) -> str:
    status = f" (exit status {exit_code})" if exit_code else ""
    sentence = f"`{command[:80]}` failed{status}: {said[:500] or 'it says nothing'}"
    if "INJECT_EVENTS" in said:
        sentence += (
            "; turn on “USB debugging (Security settings)” / “USB 调试（安全设置）” in the phone's developer options"
        )
    return sentence
