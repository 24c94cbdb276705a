"""One host's connection: the handshake, then streams, each served by a thread of its own.

Flow control is the protocol's: after a WRTE a stream waits for the host's OKAY before it sends the next, and the
host's WRTE is answered by OKAY only when somebody took the data. Whatever is wrong with a packet ends the connection
and nothing else. Started by `server`; what a stream does is decided by `services`.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from typing import TYPE_CHECKING, Final

from demo.phone import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_STREAMS: Final = 64  # a host that opens more without closing any is refused


class StreamClosedError(Exception):
    """The host closed the stream, or the connection went away."""


class Stream:
    """One opened service: bytes in, bytes out. Used by one service thread."""

    def __init__(self, connection: Connection, local_id: int, remote_id: int) -> None:
        self._connection = connection
        self._incoming: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None: nothing more will come
        self._ready = threading.Event()
        self._ready.set()
        self._closed = False
        self._left = b""
        self._ignore_input = False
        self.accepted = False
        self.local_id = local_id
        self.remote_id = remote_id

    def accept(self, *, ignore_input: bool = False) -> None:
        """Tell the host that the service exists; with `ignore_input` what it sends is taken and dropped."""
        self._ignore_input = ignore_input
        self.accepted = True
        self._connection.send(protocol.OKAY, self.local_id, self.remote_id)

    def write(self, data: bytes) -> None:
        """Send all of `data`, piece by piece as the host takes it; StreamClosedError when it is gone."""
        size = self._connection.max_payload
        for start in range(0, len(data), size):
            self._wait_ready()
            self._connection.send(protocol.WRTE, self.local_id, self.remote_id, data[start : start + size])

    def read_exact(self, size: int) -> bytes:
        """Return exactly `size` bytes from the host; StreamClosedError when it closed before."""
        while len(self._left) < size:
            payload = self._incoming.get()
            if payload is None:
                self._incoming.put(None)  # the next reader is to see the end too
                raise StreamClosedError
            self._left += payload
            self._connection.send(protocol.OKAY, self.local_id, self.remote_id)
        data, self._left = self._left[:size], self._left[size:]
        return data

    def received(self, payload: bytes) -> None:
        """Take a WRTE of the host (called by the connection's reader)."""
        if self._ignore_input:
            self._connection.send(protocol.OKAY, self.local_id, self.remote_id)
        else:
            self._incoming.put(payload)

    def acknowledged(self) -> None:
        """Take an OKAY of the host: the next piece may go (called by the connection's reader)."""
        self._ready.set()

    def end(self) -> None:
        """Note that the host closed it or went away: whoever waits is woken (called by the connection's reader)."""
        self._closed = True
        self._incoming.put(None)
        self._ready.set()

    def _wait_ready(self) -> None:
        self._ready.wait()
        self._ready.clear()  # before the look at _closed: an end() after this line sets it again
        if self._closed:
            raise StreamClosedError


class Connection:
    """A host's transport. `run` returns when the host went away, broke the protocol, or `close` was called."""

    def __init__(
        self, sock: socket.socket, banner: bytes, serve: Callable[[Stream, str], Callable[[], None] | None]
    ) -> None:
        self._socket = sock
        self._banner = banner
        self._serve = serve
        self._sending = threading.Lock()
        self._streams: dict[int, Stream] = {}
        self._streams_lock = threading.Lock()
        self._last_id = 0
        self._version = protocol.VERSION_WITH_CHECKSUMS  # until the host says its own
        self.max_payload = protocol.OLD_MAX_PAYLOAD

    def run(self) -> None:
        """Read packets until the end."""
        try:
            while True:
                header = protocol.decode_header(self._receive(protocol.HEADER_SIZE))
                payload = self._receive(header.length)
                # adb that reconnects leaves the sum out of its very greeting, which names its version
                version = header.arg0 if header.command == protocol.CNXN else self._version
                protocol.check_payload(header, payload, version)
                self._handle(header, payload)
        except (OSError, EOFError, protocol.BadPacketError):
            pass  # the host went away or speaks something else: the connection ends, the phone goes on
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection, as a cable that is pulled out. Safe to repeat, from any thread."""
        with contextlib.suppress(OSError):  # it may have been shut down by the host
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._streams_lock:
            streams = list(self._streams.values())
            self._streams.clear()
        for stream in streams:
            stream.end()

    def send(self, command: int, arg0: int, arg1: int, payload: bytes = b"") -> None:
        """Send one packet; StreamClosedError when the connection is gone."""
        try:
            with self._sending:
                self._socket.sendall(protocol.encode(command, arg0, arg1, payload))
        except OSError as error:
            raise StreamClosedError from error

    def _receive(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = self._socket.recv(size)
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _handle(self, header: protocol.Header, payload: bytes) -> None:
        if header.command == protocol.CNXN:
            self._greet(header)
        elif header.command == protocol.OPEN:
            self._open(header.arg0, payload)
        else:
            self._to_stream(header, payload)

    def _greet(self, header: protocol.Header) -> None:
        self._version = min(header.arg0, protocol.VERSION)
        self.max_payload = max(1, min(header.arg1, protocol.MAX_PAYLOAD))
        self._send_quietly(protocol.CNXN, self._version, protocol.MAX_PAYLOAD, self._banner)

    def _open(self, remote_id: int, payload: bytes) -> None:
        with self._streams_lock:
            full = len(self._streams) >= _MAX_STREAMS
            if not full:
                self._last_id += 1
                stream = Stream(self, self._last_id, remote_id)
                self._streams[stream.local_id] = stream
        if full:
            self._send_quietly(protocol.CLSE, 0, remote_id)
            return
        service = payload.rstrip(b"\0").decode("utf-8", "replace")
        threading.Thread(target=self._run_stream, args=(stream, service), daemon=True).start()

    def _run_stream(self, stream: Stream, service: str) -> None:
        after: Callable[[], None] | None = None
        try:
            after = self._serve(stream, service)
        except StreamClosedError:
            pass  # the host did not wait for the end; what was asked for has been done all the same
        finally:
            with self._streams_lock:
                self._streams.pop(stream.local_id, None)
            refused = 0  # a CLSE that answers an OPEN carries no id
            self._send_quietly(protocol.CLSE, stream.local_id if stream.accepted else refused, stream.remote_id)
            if after is not None:
                after()

    def _to_stream(self, header: protocol.Header, payload: bytes) -> None:
        with self._streams_lock:
            stream = self._streams.get(header.arg1)
        if stream is None:
            return  # a late packet for a stream that has ended, or AUTH and the like, which a demo does not ask for
        if header.command == protocol.WRTE:
            stream.received(payload)
        elif header.command == protocol.OKAY:
            stream.acknowledged()
        elif header.command == protocol.CLSE:
            stream.end()

    def _send_quietly(self, command: int, arg0: int, arg1: int, payload: bytes = b"") -> None:
        with contextlib.suppress(StreamClosedError):  # the reader notices the same end
            self.send(command, arg0, arg1, payload)
