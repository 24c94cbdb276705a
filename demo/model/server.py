"""The scripted model as a server on a loopback port.

`run_model` makes it; whoever calls it starts and stops it. Each connection has a thread; nothing is remembered between
requests but the planned faults. It must listen on the loopback address only. Called by `__main__.py` and by tests.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import msgspec

from demo.model.faults import Faults
from demo.model.handler import Handler


class ModelConfig(msgspec.Struct, frozen=True):
    """`port` 0 takes a free one; `pace_s` is the time of one reply, 0 for tests; `log` gets a line for each request."""

    port: int = 0
    pace_s: float = 1.0
    log: Path | None = None


class ModelServer:
    """A scripted model, bound to its port; made by `run_model`."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.faults = Faults()
        self._stopping = threading.Event()
        self._log_lock = threading.Lock()
        self._log: IO[bytes] | None = config.log.open("ab", buffering=0) if config.log else None
        self._lines = 0
        self._http = _HttpServer(("127.0.0.1", config.port), Handler)
        self._http.model = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="model", daemon=True)

    @property
    def base_url(self) -> str:
        """What a client takes as `base_url`."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def start(self) -> None:
        """Begin to answer; returns at once, and the port already listens."""
        self._thread.start()

    def stop(self) -> None:
        """Cut replies that are under way and stop listening; returns when that has happened."""
        self._stopping.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self._http.cut_connections()
        with self._log_lock:
            if self._log:
                self._log.close()
            self._log = None

    def pause(self, seconds: float) -> bool:
        """Wait; returns False at once when the server stops."""
        return not self._stopping.wait(max(seconds, 0.0))

    def log(self, **facts: object) -> None:
        """Append one line to the log, if there is one; pictures never go there."""
        with self._log_lock:
            if self._log:
                self._lines += 1
                line = {"t_monotonic_ns": time.monotonic_ns(), "n": self._lines} | facts
                self._log.write(msgspec.json.encode(line) + b"\n")


def run_model(config: ModelConfig) -> ModelServer:
    """Return a server that is bound to its port; call `start()` and, at the end, `stop()`."""
    return ModelServer(config)


class _HttpServer(ThreadingHTTPServer):
    """A server whose threads do not hold up the end of the process, and whose connections can be cut."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    model: ModelServer

    def __init__(self, address: tuple[str, int], handler: type[Handler]) -> None:
        super().__init__(address, handler)
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in a thread of its own."""
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        """Wake the threads that wait for a client; each then closes its connection."""
        with self._connections_lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the client may have closed it in this moment
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Write a fault of the server itself to its log rather than to the terminal."""
        self.model.log(status=0, error=f"a connection ended by a fault: {sys.exception()!r}")
