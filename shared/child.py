"""The runtime of every child process, and the way its parent starts it.

The life-line is a pipe. The parent writes the `ChildConfig` into it and then keeps the write end open for as long as
it lives: end-of-file means that the parent died, however it died. A thread of the child watches it, sends the
heartbeats, and takes `Quit`. The heartbeat speaks for the child's control loop, not for the thread: when the loop has
not said `alive` lately, none is sent.

Called by the `__main__` of each child (`run_child`) and by the supervisor and the tests (`spawn_child`).
"""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec
import zmq
from msgspec import Struct, field

from shared.errors import EXIT_NO_SPACE, NotReachableError, StepwellError, exit_code_of
from shared.identity import Identity
from shared.logs import configure_logs, get_logger, mask_values
from shared.messages import Heartbeat, Message, Quit, Ready
from shared.paths import Home
from shared.settings import HEARTBEAT_S, HEARTBEAT_STALL_S, ORPHAN_S, Settings
from shared.transport import Dealer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_LIFELINE: Final = "STEPWELL_LIFELINE"  # the number of the inherited descriptor
_HEADER: Final = struct.Struct(">I")
_ORPHAN_EXIT: Final = 75
_DAEMON_LAST_S: Final = 0.4  # the daemon outlives its workers by so much, so that it can record how they ended
_STDERR_BYTES: Final = 1 << 20
_TERMINATED: Final = b"T"  # on the wake pipe: SIGTERM came


class ChildConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a child must know. It comes through the life-line, so that keys are in no argv and no environment.

    `start_id` names this start of the supervisor; `device_address` is how adb reaches the worker's device (None: it
    has none); `api_keys` maps a model profile's name to its key; `options` holds what only one kind of child knows.
    """

    name: str
    incarnation: str
    home: str
    start_id: str
    demo: bool = False
    device_address: str | None = None
    adb_server_port: int = 5037
    settings: Settings = field(default_factory=Settings)
    api_keys: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


class Child:
    """What a child's code sees of its runtime. Made by `run_child`; its methods may be called from any thread."""

    def __init__(self, config: ChildConfig, lifeline: int) -> None:
        self.config = config
        self.identity = Identity(config.name, config.incarnation)
        self.home = Home(Path(config.home))
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.log = get_logger()
        self.stop_requested = threading.Event()
        self.stop_reason = ""
        self._stopping = threading.Lock()
        self.orphaned = False
        self.stop_fd, self._stop_write = os.pipe()
        self._lifeline = lifeline
        self._wake_read, self._wake_write = os.pipe()
        self._outgoing: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._heartbeat = Heartbeat(name=config.name)
        self._alive_at = time.monotonic()
        self._is_ready = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="runtime", daemon=True)

    def ready(self, detail: str = "") -> None:
        """Tell the supervisor that this child can do its work."""
        self._is_ready = True
        self.alive()
        self.tell_supervisor(Ready(name=self.config.name, pid=os.getpid(), detail=detail))
        self.log.info("ready", detail=detail)

    def alive(self, heartbeat: Heartbeat | None = None) -> None:
        """Say that the control loop turns, and what the worker is at; to be called at least every `HEARTBEAT_S`."""
        self._alive_at = time.monotonic()
        if heartbeat is not None:
            self._heartbeat = heartbeat

    def tell_supervisor(self, message: Message) -> None:
        """Queue a message to the supervisor; it leaves as soon as the supervisor listens."""
        self._outgoing.put(message)
        os.write(self._wake_write, b"!")

    def request_stop(self, reason: str) -> None:
        """Ask the child's own code to end: `stop_requested` is set, `stop_fd` readable. The first reason counts."""
        with self._stopping:
            if self.stop_requested.is_set():
                return
            self.stop_reason = reason
            self.stop_requested.set()
        os.write(self._stop_write, b"!")

    def start(self) -> None:
        """Begin to watch the life-line and to beat."""
        signal.signal(signal.SIGTERM, self._terminated)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's business
        self._thread.start()

    def end(self) -> None:
        """Send what is queued and let the runtime's thread end."""
        self._ended.set()
        os.write(self._wake_write, b"!")
        self._thread.join(timeout=1.0)

    def _watch(self) -> None:
        dealer = Dealer(self.context, self.home.endpoint("supervisor"), self.identity)
        poller = zmq.Poller()
        poller.register(self._lifeline, zmq.POLLIN)
        poller.register(self._wake_read, zmq.POLLIN)
        poller.register(dealer.socket, zmq.POLLIN)
        next_beat = time.monotonic()
        while not self._ended.is_set():
            events = dict(poller.poll(max(0, int((next_beat - time.monotonic()) * 1000))))
            if self._wake_read in events:
                self._wake(os.read(self._wake_read, 4096))
            if self._lifeline in events:
                poller.unregister(self._lifeline)
                self._orphan()
            self._take_orders(dealer)
            self._send_queued(dealer)
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + HEARTBEAT_S
                self._beat(dealer)
        self._send_queued(dealer)
        dealer.close()

    def _terminated(self, _number: int, _frame: FrameType | None) -> None:
        """Leave only a byte: a handler that took a lock might have interrupted the very code that holds it."""
        os.write(self._wake_write, _TERMINATED)

    def _wake(self, why: bytes) -> None:
        if _TERMINATED in why:
            self.request_stop("terminated by a signal")

    def _take_orders(self, dealer: Dealer) -> None:
        while (reply := dealer.receive()) is not None:
            if isinstance(reply.message, Quit):
                self.request_stop(reply.message.reason or "Stepwell was shut down")

    def _send_queued(self, dealer: Dealer) -> None:
        while True:
            try:
                message = self._outgoing.get_nowait()
            except queue.Empty:
                return
            try:
                dealer.send(message)
            except NotReachableError:
                self._outgoing.put(message)
                return

    def _beat(self, dealer: Dealer) -> None:
        if self._is_ready and time.monotonic() - self._alive_at < HEARTBEAT_STALL_S:
            try:
                dealer.send(self._heartbeat)
            except NotReachableError:
                return  # the supervisor is away; the life-line tells whether for good

    def _orphan(self) -> None:
        """Ask to end because the parent died, and end by force when that takes too long."""
        self.orphaned = True
        self.request_stop("supervisor died")
        last = ORPHAN_S if self.config.name == "daemon" else ORPHAN_S - _DAEMON_LAST_S
        watchdog = threading.Timer(last, os._exit, [_ORPHAN_EXIT])
        watchdog.daemon = True
        watchdog.start()


def is_child() -> bool:
    """Tell whether this process was started by `spawn_child`, and not by hand."""
    return _LIFELINE in os.environ


def run_child(main: Callable[[Child], int]) -> int:
    """Read the configuration from the life-line, run `main` and return its exit code; called by `__main__`.

    A StepwellError is logged and ends with its code (errors.py); any other exception is logged with its traceback and
    ends with 70.
    """
    os.umask(0o077)
    faulthandler.enable()
    lifeline = int(os.environ.pop(_LIFELINE))
    os.set_inheritable(lifeline, False)
    config = _read_config(lifeline)
    home = Home(Path(config.home))
    mask_values(set(config.api_keys.values()))
    try:
        configure_logs(home.logs, config.name, config.settings.log_level)
    except (StepwellError, OSError) as error:
        print(error, file=sys.stderr)  # into logs/<name>.stderr, where the supervisor looks for last words
        return exit_code_of(error)
    child = Child(config, lifeline)
    child.start()
    child.log.info("started", incarnation=config.incarnation)
    try:
        code = main(child)
    except StepwellError as error:
        child.log.error(  # noqa: TRY400 - an expected refusal, told in a sentence
            "ended by an error", code=error.code, error=error.message, remedy=error.remedy
        )
        code = exit_code_of(error)
    except Exception as error:
        child.log.exception("ended by a fault of its own")
        no_space = isinstance(error, OSError) and exit_code_of(error) == EXIT_NO_SPACE
        code = EXIT_NO_SPACE if no_space else 70
    child.log.info("ended", exit_code=code, reason=child.stop_reason)
    child.end()
    child.context.destroy(linger=200)
    return code


def _read_config(lifeline: int) -> ChildConfig:
    with os.fdopen(os.dup(lifeline), "rb", buffering=0) as pipe:
        (length,) = _HEADER.unpack(_read_exactly(pipe.fileno(), _HEADER.size))
        return msgspec.json.decode(_read_exactly(pipe.fileno(), length), type=ChildConfig)


def _read_exactly(descriptor: int, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = os.read(descriptor, length - len(data))
        if not part:
            raise EOFError("the parent ended before it had written the configuration")
        data += part
    return data


class SpawnedChild:
    """The parent's handle of a child: its process, a pidfd that stands for exactly it, and the life-line."""

    def __init__(self, process: subprocess.Popen[bytes], lifeline: int) -> None:
        self.process = process
        self.pid = process.pid
        self.pidfd = os.pidfd_open(process.pid)
        self.lifeline = lifeline

    def close(self) -> None:
        """Let go of the descriptors; a child that still lives sees its parent's death."""
        os.close(self.lifeline)
        os.close(self.pidfd)


def spawn_child(module: str, config: ChildConfig, *, extra_env: dict[str, str] | None = None) -> SpawnedChild:
    """Start `python -P -m module` in a session of its own, in its home, with its stderr in logs/<name>.stderr.

    `-P`, and a working directory that holds no code, keep a stranger's `shared/` folder out of its imports.
    """
    home = Home(Path(config.home))
    read_end, write_end = os.pipe()
    try:
        with _stderr_file(home.logs / f"{config.name}.stderr") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", module],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                pass_fds=(read_end,),
                cwd=home.root,
                env=_clean_environment(config) | {_LIFELINE: str(read_end)} | (extra_env or {}),
                start_new_session=True,
            )
    except OSError:
        os.close(write_end)
        raise
    finally:
        os.close(read_end)
    _write_config(write_end, config)
    return SpawnedChild(process, write_end)


def _stderr_file(path: Path) -> IO[bytes]:
    mode = "wb" if path.exists() and path.stat().st_size > _STDERR_BYTES else "ab"
    return path.open(mode)


def _clean_environment(config: ChildConfig) -> dict[str, str]:
    """Return this process's environment without any key, and with UTF-8 whatever the locale."""
    named = {profile.api_key_env for profile in config.settings.models.values()} | {"STEPWELL_API_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in named}
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def _write_config(write_end: int, config: ChildConfig) -> None:
    """Write the configuration; a child that died at once is noticed by its pidfd, not here."""
    data = msgspec.json.encode(config)
    view = memoryview(_HEADER.pack(len(data)) + data)
    try:
        while view:
            view = view[os.write(write_end, view) :]
    except BrokenPipeError:
        get_logger().warning("a child ended before it had read its configuration", name=config.name)
