"""The simulated phone's port: accepts hosts, goes offline on request, writes the state file. `run_phone` is the way in.

Only loopback. Several hosts may be connected at once, as with a real phone. Called by `__main__` and by tests.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from demo.phone import protocol
from demo.phone.command_log import CommandLog
from demo.phone.commands.base import World
from demo.phone.commands.system import properties
from demo.phone.connection import Connection
from demo.phone.faults import Faults
from demo.phone.files import Files
from demo.phone.fonts import Fonts
from demo.phone.phone import Phone
from demo.phone.services import Services
from demo.phone.state import StartOptions, starting_state

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 8
_TRIES: Final = 50  # to get the port back after an absence
_TRY_SECONDS: Final = 0.2
_MAX_HOSTS: Final = 16  # one adb server is usual
_SHOWN_IN_BANNER: Final = ("ro.product.name", "ro.product.model", "ro.product.device")


class PhoneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to run a phone. `port` 0: the system chooses. `faults`: words as for `demo-fault`, armed at the start."""

    start: StartOptions = msgspec.field(default_factory=StartOptions)
    port: int = 0
    log: Path | None = None
    state_file: Path | None = None
    faults: tuple[str, ...] = ()
    shell_v2: bool = True
    pace: float = 1.0
    clock: str | None = None  # a fixed time of day, HH:MM


class PhoneServer:
    """A phone that hosts can connect to between `start` and `stop`."""

    def __init__(self, config: PhoneConfig) -> None:
        self._config = config
        self._fonts = Fonts()
        self.phone = Phone(starting_state(config.start), self._fonts, _clock(config.clock))
        self.log = CommandLog(config.log)
        self._faults = Faults()
        for fault in config.faults:
            self._faults.arm(fault.split())
        world = World(self.phone, Files(), self._faults, config.pace)
        self._services = Services(
            world, self.log, shell_v2=config.shell_v2, changed=self._write_state, go_away=self._go_away
        )
        self._lock = threading.Lock()
        self._connections: set[Connection] = set()
        self._listener: socket.socket | None = None
        self._stopped = threading.Event()
        self._state_lock = threading.Lock()
        self._written = b""
        self.port = config.port

    @property
    def serial(self) -> str:
        """The phone's own serial."""
        return self.phone.state.serial

    def describe(self) -> str:
        """Say what this phone is drawn with."""
        return self._fonts.describe()

    def start(self) -> None:
        """Listen; OSError when the port is taken."""
        self.log.note(f"simulated phone {self.serial}: {self.describe()}")
        self._listen()
        self._write_state()

    def stop(self) -> None:
        """Drop all connections and refuse new ones, for good."""
        self._stopped.set()
        self._drop_all()
        self.log.close()

    def _listen(self) -> None:
        listener = socket.create_server((_LOOPBACK, self.port), backlog=_BACKLOG)
        self.port = listener.getsockname()[1]
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return  # closed: offline, or stopped
            with self._lock:
                full = len(self._connections) >= _MAX_HOSTS
            if full:
                sock.close()
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(sock, self._banner(), self._services.serve)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        connection.run()
        with self._lock:
            self._connections.discard(connection)

    def _banner(self) -> bytes:
        known = properties(self.phone.state)
        features = ("shell_v2",) if self._config.shell_v2 else ()
        return protocol.banner({name: known[name] for name in _SHOWN_IN_BANNER}, features)

    def _go_away(self, seconds: float) -> None:
        """Break the link; after `seconds` the phone can be reached again."""
        self.log.note(f"offline for {seconds} s")
        if seconds <= 0:
            self._drop_connections()
            return
        self._drop_all()
        threading.Thread(target=self._come_back, args=(seconds,), daemon=True).start()

    def _come_back(self, seconds: float) -> None:
        holder = socket.socket()  # bound but not listening: hosts are refused, and nobody else takes the port
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with holder:
            holder.bind((_LOOPBACK, self.port))
            if self._stopped.wait(seconds):
                return
        for _ in range(_TRIES):
            try:
                self._listen()
            except OSError as error:  # somebody has taken the port in between
                self.log.note(f"cannot come back yet: {error}")
                self._stopped.wait(_TRY_SECONDS)
            else:
                return

    def _drop_all(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):  # shutdown is what wakes a thread in accept()
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._drop_connections()

    def _drop_connections(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.close()

    def _write_state(self) -> None:
        """Rewrite the state file when something changed; whoever reads it sees a whole one."""
        target = self._config.state_file
        if target is None:
            return
        with self._state_lock:
            with self.phone.lock:
                view = self.phone.outside(self.log.commands, self.log.mutating)
            content = msgspec.json.encode(view)
            if content != self._written:
                draft = target.with_name(target.name + ".new")
                draft.write_bytes(content)
                os.replace(draft, target)  # noqa: PTH105 - the atomic one, by its own name
                self._written = content


def run_phone(config: PhoneConfig) -> PhoneServer:
    """Return a phone that is listening; OSError when it cannot, UnknownFaultError for a fault that there is not."""
    server = PhoneServer(config)
    server.start()
    return server


def _clock(fixed: str | None) -> Callable[[], time.struct_time]:
    """Return the phone's clock: the machine's, or always the same time of day."""
    if fixed is None:
        return time.localtime
    moment = time.strptime(f"2026-06-15 {fixed}", "%Y-%m-%d %H:%M")
    return lambda: moment
