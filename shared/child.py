"""The runtime of every child process; its parent's side is spawn.py.

The life-line is a pipe. The parent writes the `ChildConfig` into it and then keeps the write end open for as long as
it lives: end-of-file means that the parent died, however it died. What comes on it meanwhile is a newer configuration
(child_config.py). A thread of the child watches it, sends the heartbeats, and takes `Quit`. The heartbeat speaks for
the child's control loop, not for the thread: when the loop has not said `alive` lately, none is sent.

Called by the `__main__` of each child (`run_child`).
"""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zmq

from shared.child_config import LIFELINE, ChildConfig, FrameReader, read_config
from shared.errors import EXIT_NO_SPACE, NotReachableError, StepwellError, exit_code_of
from shared.identity import Identity
from shared.logs import configure_logs, get_logger, mask_values, set_log_level
from shared.messages import Heartbeat, Message, Quit, Ready
from shared.paths import Home
from shared.settings import HEARTBEAT_S, HEARTBEAT_STALL_S, ORPHAN_S
from shared.standard_streams import occupy_standard_streams
from shared.transport import Dealer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_ORPHAN_EXIT: Final = 75
_DAEMON_LAST_S: Final = 0.4  # the daemon outlives its workers by so much, so that it can record how they ended
_PIECE: Final = 1 << 16  # of a newer configuration: what a pipe holds
_TERMINATED: Final = b"T"  # on the wake pipe: SIGTERM came


class Child:
    """What a child's code sees of its runtime. Made by `run_child`; its methods may be called from any thread.

    `config` is replaced, whole, when the supervisor has read the settings again; `on_config` is called after that, in
    the runtime's thread.
    """

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
        self.on_config: Callable[[], None] = lambda: None
        self._lifeline = lifeline
        self._frames: FrameReader | None = FrameReader()
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
            if self._lifeline in events and not self._hear_parent():
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

    def _hear_parent(self) -> bool:
        """Take what came on the life-line; False at its end."""
        piece = os.read(self._lifeline, _PIECE)
        if not piece:
            return False
        try:
            newer = self._frames.feed(piece) if self._frames else None
        except ValueError as error:
            self._frames = None  # nothing can be told apart any more; the end of the life-line still can
            self.log.error("no configuration can be read from the life-line any more", error=str(error))  # noqa: TRY400
            return True
        if newer is not None:
            self._take_config(newer)
        return True

    def _take_config(self, newer: ChildConfig) -> None:
        if (newer.name, newer.incarnation) != (self.config.name, self.config.incarnation):
            self.log.error("a configuration for another child came on the life-line", meant_for=newer.name)
            return
        mask_values(set(newer.api_keys.values()))
        set_log_level(newer.settings.log_level)
        self.config = newer
        self.log.info("new settings", log_level=newer.settings.log_level, models=sorted(newer.settings.models))
        self.on_config()

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
    return LIFELINE in os.environ


def run_child(main: Callable[[Child], int]) -> int:
    """Read the configuration from the life-line, run `main` and return its exit code; called by `__main__`.

    A StepwellError is logged and ends with its code (errors.py); any other exception is logged with its traceback and
    ends with 70.
    """
    occupy_standard_streams()
    os.umask(0o077)
    faulthandler.enable()
    lifeline = int(os.environ.pop(LIFELINE))
    os.set_inheritable(lifeline, False)
    config = read_config(lifeline)
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
