"""Packets of the ADB device protocol: 24 bytes of header, then a payload. Pure; no sockets here.

Source: Android's `packages/modules/adb/protocol.txt`. A packet is six little-endian 32-bit numbers: command, two
arguments, payload length, payload checksum (the sum of its bytes), and the command inverted. Hosts of version
0x01000000 want the checksum right; later ones leave it zero and ignore it. Called by `connection`.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

CNXN: Final = 0x4E584E43
AUTH: Final = 0x48545541
OPEN: Final = 0x4E45504F
OKAY: Final = 0x59414B4F
WRTE: Final = 0x45545257
CLSE: Final = 0x45534C43

VERSION_WITH_CHECKSUMS: Final = 0x01000000
VERSION: Final = 0x01000001
OLD_MAX_PAYLOAD: Final = 4096  # what hosts could take before they said what they can
MAX_PAYLOAD: Final = 256 * 1024  # a quarter of what adb offers; a whole screenshot in one piece
HEADER_SIZE: Final = 24
_HEADER: Final = struct.Struct("<6I")
_INVERT: Final = 0xFFFFFFFF


class BadPacketError(Exception):
    """What came is not an ADB packet; the connection cannot go on."""


class Header(msgspec.Struct, frozen=True):
    """The fixed part of a packet; `arg0` and `arg1` mean what the command says."""

    command: int
    arg0: int
    arg1: int
    length: int
    checksum: int


def checksum(payload: bytes) -> int:
    """Return the sum of the payload's bytes, as hosts of the first version check it."""
    return sum(payload) & _INVERT


def encode(command: int, arg0: int, arg1: int, payload: bytes = b"") -> bytes:
    """Return a whole packet, with its checksum whatever the version (later hosts ignore it)."""
    header = _HEADER.pack(command, arg0, arg1, len(payload), checksum(payload), command ^ _INVERT)
    return header + payload


def decode_header(data: bytes) -> Header:
    """Return the header in 24 bytes; BadPacketError when the magic or the length is wrong."""
    command, arg0, arg1, length, check, magic = _HEADER.unpack(data)
    if magic != command ^ _INVERT:
        raise BadPacketError(f"the packet's magic {magic:#x} does not fit its command {command:#x}")
    if length > MAX_PAYLOAD:
        raise BadPacketError(f"a payload of {length} bytes is longer than the {MAX_PAYLOAD} offered")
    return Header(command, arg0, arg1, length, check)


def check_payload(header: Header, payload: bytes, version: int) -> None:
    """BadPacketError when the host's version promises a checksum and it does not fit."""
    if version <= VERSION_WITH_CHECKSUMS and checksum(payload) != header.checksum:
        raise BadPacketError(f"the checksum of a {header.length} byte payload does not fit")


def banner(properties: dict[str, str], features: tuple[str, ...]) -> bytes:
    """Return what a device says of itself in its CNXN packet."""
    fields = [f"{name}={value};" for name, value in properties.items()]
    return ("device::" + "".join(fields) + "features=" + ",".join(features)).encode()
