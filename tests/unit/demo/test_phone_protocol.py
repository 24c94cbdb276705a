"""The ADB device protocol, spoken by a host made of bytes: both versions, flow control, bad packets."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.phone import protocol
from demo.phone.connection import Connection, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator


class Host:
    """The host's end of a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(5)

    def send(self, command: int, arg0: int, arg1: int, payload: bytes = b"", check: int | None = None) -> None:
        total = sum(payload) if check is None else check
        head = struct.pack("<6I", command, arg0, arg1, len(payload), total, command ^ 0xFFFFFFFF)
        self.sock.sendall(head + payload)

    def exact(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def receive(self) -> tuple[protocol.Header, bytes]:
        header = protocol.decode_header(self.exact(24))
        payload = self.exact(header.length)
        assert header.checksum == sum(payload)  # computed whatever the version
        return header, payload

    def connect(self, version: int = protocol.VERSION, max_payload: int = 1 << 20) -> tuple[protocol.Header, bytes]:
        self.send(protocol.CNXN, version, max_payload, b"host::\0")
        return self.receive()


def echo_service(stream: Stream, service: str) -> None:
    """`say:N` writes N bytes; `echo:` gives back five bytes; anything else is refused."""
    kind, _, rest = service.partition(":")
    if kind == "say":
        stream.accept(ignore_input=True)
        stream.write(bytes(range(256)) * (int(rest) // 256))
    elif kind == "echo":
        stream.accept()
        stream.write(stream.read_exact(5))


@pytest.fixture
def host() -> Iterator[Host]:
    ours, theirs = socket.socketpair()
    connection = Connection(theirs, b"device::features=shell_v2", echo_service)
    thread = threading.Thread(target=connection.run)
    thread.start()
    with ours:
        yield Host(ours)
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("version", [protocol.VERSION_WITH_CHECKSUMS, protocol.VERSION])
def test_the_greeting_agrees_on_the_lower_version(host: Host, version: int) -> None:
    header, payload = host.connect(version)
    assert (header.command, header.arg0, header.arg1) == (protocol.CNXN, version, protocol.MAX_PAYLOAD)
    assert payload.startswith(b"device::")


def test_nothing_is_sent_beyond_the_hosts_payload_nor_before_its_okay(host: Host) -> None:
    host.connect(max_payload=4096)
    host.send(protocol.OPEN, 7, 0, b"say:10240\0")
    okay, _ = host.receive()
    assert (okay.command, okay.arg1) == (protocol.OKAY, 7)
    received = b""
    while True:
        header, payload = host.receive()
        if header.command == protocol.CLSE:
            break
        assert header.command == protocol.WRTE
        assert len(payload) <= 4096
        received += payload
        if len(received) < 10240:
            host.sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                host.sock.recv(1)  # the next piece waits for the OKAY
            host.sock.settimeout(5)
        host.send(protocol.OKAY, 7, okay.arg0)
    assert received == bytes(range(256)) * 40


def test_what_the_host_writes_is_acknowledged_when_it_is_taken(host: Host) -> None:
    host.connect()
    host.send(protocol.OPEN, 3, 0, b"echo:\0")
    okay, _ = host.receive()
    host.send(protocol.WRTE, 3, okay.arg0, b"he")
    assert host.receive()[0].command == protocol.OKAY
    host.send(protocol.WRTE, 3, okay.arg0, b"llo")
    assert host.receive()[0].command == protocol.OKAY
    assert host.receive()[1] == b"hello"
    host.send(protocol.OKAY, 3, okay.arg0)
    header, _ = host.receive()
    assert (header.command, header.arg0, header.arg1) == (protocol.CLSE, okay.arg0, 3)


def test_an_unknown_service_is_closed_without_an_id(host: Host) -> None:
    host.connect()
    host.send(protocol.OPEN, 9, 0, b"reboot:\0")
    header, _ = host.receive()
    assert (header.command, header.arg0, header.arg1) == (protocol.CLSE, 0, 9)


def test_streams_beyond_the_limit_are_refused_and_the_others_go_on(host: Host) -> None:
    host.connect()
    for number in range(1, 66):
        host.send(protocol.OPEN, number, 0, b"echo:\0")
    answers = [host.receive()[0].command for _ in range(65)]
    assert answers.count(protocol.OKAY) == 64
    assert answers.count(protocol.CLSE) == 1


def test_a_wrong_checksum_ends_the_connection_of_an_old_host(host: Host) -> None:
    host.connect(protocol.VERSION_WITH_CHECKSUMS)
    host.send(protocol.OPEN, 1, 0, b"echo:\0", check=1)
    with pytest.raises((EOFError, ConnectionResetError)):
        host.receive()


def test_a_later_host_need_not_send_checksums(host: Host) -> None:
    host.connect(protocol.VERSION)
    host.send(protocol.OPEN, 1, 0, b"echo:\0", check=0)
    assert host.receive()[0].command == protocol.OKAY


def test_adb_that_reconnects_greets_without_a_checksum(host: Host) -> None:
    host.send(protocol.CNXN, protocol.VERSION, 1 << 20, b"host::\0", check=0)
    assert host.receive()[0].command == protocol.CNXN


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 24])
def test_garbage_ends_the_connection(host: Host, garbage: bytes) -> None:
    host.sock.sendall(garbage)
    with pytest.raises((EOFError, ConnectionResetError)):
        host.receive()


def test_a_payload_longer_than_offered_is_refused_before_it_is_read() -> None:
    head = struct.pack("<6I", protocol.WRTE, 1, 1, 1 << 30, 0, protocol.WRTE ^ 0xFFFFFFFF)
    with pytest.raises(protocol.BadPacketError, match="longer"):
        protocol.decode_header(head)


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_packet_is_read_as_it_was_written(payload: bytes, arg0: int, arg1: int) -> None:
    packet = protocol.encode(protocol.WRTE, arg0, arg1, payload)
    header = protocol.decode_header(packet[:24])
    protocol.check_payload(header, packet[24:], protocol.VERSION_WITH_CHECKSUMS)
    assert (header.command, header.arg0, header.arg1, packet[24:]) == (protocol.WRTE, arg0, arg1, payload)
