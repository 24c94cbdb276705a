"""A loopback port that hands each connection on to another one, and can be shut: for settings that name a port before
its server has one, and for an endpoint that refuses from a moment on.
"""

from __future__ import annotations

import contextlib
import socket
import threading


class Relay:
    """Listens on `port` from the beginning; `target` is the port that connections are handed on to."""

    def __init__(self) -> None:
        self.target = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = self._listening(0)
        self.port = int(self._listener.getsockname()[1])

    def shut(self) -> None:
        """Cut every connection, and refuse new ones."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
        self._listener.close()
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in self._open:
            end.close()
        self._open.clear()
        self._threads.clear()

    def reopen(self) -> None:
        """Take connections again, on the same port."""
        self._listener = self._listening(self.port)

    def _listening(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        self._begin(self._accept, listener)
        return listener

    def _begin(self, target: object, *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments))  # type: ignore[arg-type]
        self._threads[-1].start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # shut
            server = socket.create_connection(("127.0.0.1", self.target))
            self._open += [client, server]
            self._begin(_pump, client, server)
            self._begin(_pump, server, client)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
