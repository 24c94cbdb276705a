"""What a child must know, and how it comes: the frames on the life-line, whose end-of-file means the parent's death.

A frame is a length (four bytes, big-endian) and that many bytes of JSON: one `ChildConfig`. The first is there before
the child's own code begins. Each further one is the whole configuration again, as it is from now on; it may arrive in
pieces. Keys travel here, so that they are in no argv and no environment. Called by child.py and spawn.py.
"""

from __future__ import annotations

import os
import struct
from typing import Final

import msgspec
from msgspec import Struct, field

from shared.errors import BadInputError, ErrorCode
from shared.settings import Settings

LIFELINE: Final = "STEPWELL_LIFELINE"  # the variable with the number of the inherited descriptor
MAX_FRAME: Final = 4 << 20  # a configuration of a hundred model profiles has some 40 KiB
_HEADER: Final = struct.Struct(">I")


class ChildConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The configuration of one incarnation of a child.

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


def frame_of(config: ChildConfig) -> bytes:
    """Return the frame that carries `config`; BadInputError TOO_LARGE when no child would take it."""
    data = msgspec.json.encode(config)
    if len(data) > MAX_FRAME:
        raise BadInputError(
            ErrorCode.TOO_LARGE,
            f"the configuration of {config.name} has {len(data):,} bytes, more than {MAX_FRAME:,}",
            remedy="take model profiles that nobody uses out of stepwell.toml",
        )
    return _HEADER.pack(len(data)) + data


def read_config(lifeline: int) -> ChildConfig:
    """Read the first frame, and not a byte more; EOFError when the parent ended before it had written it."""
    (length,) = _HEADER.unpack(_read_exactly(lifeline, _HEADER.size))
    return msgspec.json.decode(_read_exactly(lifeline, length), type=ChildConfig)


class FrameReader:
    """Puts the further frames together from the pieces in which they come."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, piece: bytes) -> ChildConfig | None:
        """Take a piece; return the newest configuration that is whole now, None when there is none.

        ValueError when what came is no configuration: what follows then cannot be told apart any more.
        """
        self._data += piece
        newest = None
        while (frame := self._next()) is not None:
            newest = frame
        try:
            return None if newest is None else msgspec.json.decode(newest, type=ChildConfig)
        except msgspec.MsgspecError as error:
            raise ValueError(f"a frame is no configuration: {error}") from None

    def _next(self) -> bytes | None:
        if len(self._data) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack_from(self._data)
        if length > MAX_FRAME:
            raise ValueError(f"a frame of {length:,} bytes was announced")
        end = _HEADER.size + length
        if len(self._data) < end:
            return None
        frame = bytes(self._data[_HEADER.size : end])
        del self._data[:end]
        return frame


def _read_exactly(descriptor: int, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = os.read(descriptor, length - len(data))
        if not part:
            raise EOFError("the parent ended before it had written the configuration")
        data += part
    return data
