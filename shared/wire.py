"""Messages to bytes and back: strict, bounded MessagePack. The one file where a value may be of any type.

A frame is the array `[version, type, id, sender, incarnation, body]`. Decoding trusts nothing: the size is checked
before the frame is touched, lengths before msgpack allocates, the depth before anything walks the object (1,023 levels
unpack, then `repr` raises), and msgspec converts the body strictly into the frozen struct that `type` names. Text
that no database can hold (lone surrogates, NUL) does not pass. Must not do I/O or know who may send what.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, Final

import msgpack
import msgspec
from msgspec import Struct

from shared.errors import BadInputError, ErrorCode
from shared.identity import IDENTIFIER, Identity
from shared.messages import PROTOCOL_VERSION, WIRE_TYPES, Message

MAX_FRAME: Final = 4 << 20  # bytes of one envelope
MAX_PICTURE: Final = 16 << 20  # bytes of the raw frame behind it
MAX_DEPTH: Final = 16
MAX_ITEMS: Final = 1 << 16  # of one array or map; the largest honest one is a page of 1,000 rows
_MAX_INT: Final = (1 << 63) - 1
_ENVELOPE_LENGTH: Final = 6


class Envelope(Struct, frozen=True):
    """A decoded frame."""

    id: int
    sender: Identity
    message: Message


def encode(sender: Identity, message: Message, request_id: int) -> bytes:
    """Return the frame that carries `message`; BadInputError TOO_LARGE when it would be over `MAX_FRAME` bytes."""
    body = msgspec.to_builtins(message, builtin_types=(bytes,))
    kind = body.pop("type")
    try:
        frame: bytes = msgpack.packb(
            [PROTOCOL_VERSION, kind, request_id, sender.name, sender.incarnation, body], use_bin_type=True
        )
    except (UnicodeEncodeError, OverflowError, ValueError) as error:
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{kind} cannot be sent: {error}") from None
    if len(frame) > MAX_FRAME:
        raise BadInputError(ErrorCode.TOO_LARGE, f"{kind} of {len(frame):,} bytes is over the limit of {MAX_FRAME:,}")
    return frame


def decode(frame: bytes) -> Envelope:
    """Return what `frame` says; BadInputError (BAD_REQUEST, TOO_LARGE, WRONG_VERSION) when it is not a good frame."""
    if len(frame) > MAX_FRAME:
        raise BadInputError(ErrorCode.TOO_LARGE, f"a frame of {len(frame):,} bytes is over the limit of {MAX_FRAME:,}")
    parts = _unpack(frame)
    if not isinstance(parts, list) or len(parts) != _ENVELOPE_LENGTH:
        raise _bad("a frame is not [version, type, id, sender, incarnation, body]")
    version, kind, request_id, name, incarnation, body = parts
    if version != PROTOCOL_VERSION or isinstance(version, bool):
        raise BadInputError(
            ErrorCode.WRONG_VERSION,
            f"protocol version {str(version)[:20]} is not {PROTOCOL_VERSION}: "
            "the two sides are of different Stepwell versions",
            remedy="bring Stepwell down and start it again, so that all its processes are of one version",
        )
    if not isinstance(request_id, int) or isinstance(request_id, bool) or not 0 <= request_id <= _MAX_INT:
        raise _bad("a frame's id is not a number")
    return Envelope(request_id, _sender(name, incarnation), _body(kind, body))


def peek_id(frame: bytes) -> int:
    """Return the id of a frame that could not be decoded, or 0, so that its refusal can still be matched."""
    if len(frame) > MAX_FRAME:
        return 0
    try:
        parts = _unpack(frame)
    except BadInputError:
        return 0
    if not isinstance(parts, list) or len(parts) != _ENVELOPE_LENGTH:
        return 0
    request_id = parts[2]
    return request_id if isinstance(request_id, int) and 0 <= request_id <= _MAX_INT else 0


def digest_of(value: Struct) -> str:
    """Return the SHA-256 of a struct's canonical encoding, hexadecimal: equal structs, and only those, are equal."""
    return hashlib.sha256(msgspec.msgpack.encode(value, order="deterministic")).hexdigest()


def _unpack(frame: bytes) -> Any:
    try:
        value = msgpack.unpackb(
            frame,
            raw=False,
            strict_map_key=True,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            max_str_len=MAX_FRAME,
            max_bin_len=MAX_FRAME,
            max_ext_len=0,
        )
    except Exception as error:  # noqa: BLE001 - msgpack raises a dozen unrelated types for bad bytes
        raise _bad(f"a frame is not MessagePack: {type(error).__name__}") from None
    _check(value)
    return value


def _check(value: Any) -> None:
    """Walk `value` without recursion and refuse depth, numbers and text that must not come in."""
    level = [value]
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for item in level:
            if type(item) is list:
                deeper.extend(item)
            elif type(item) is dict:
                deeper.extend(item.values())
                deeper.extend(item)
            else:
                _check_scalar(item)
        if not deeper:
            return
        level = deeper
    raise _bad(f"a frame is nested deeper than {MAX_DEPTH} levels")


def _check_scalar(item: Any) -> None:
    kind = type(item)
    if kind is str:
        if "\0" in item:
            raise _bad("a frame holds text with a NUL character")
    elif kind is float:
        if not math.isfinite(item):
            raise _bad("a frame holds a number that is not finite")
    elif kind is int:
        if not -_MAX_INT - 1 <= item <= _MAX_INT:
            raise _bad("a frame holds an integer beyond 64 bits")
    elif kind not in (bytes, bool, type(None)):
        raise _bad("a frame holds a MessagePack extension")


def _sender(name: Any, incarnation: Any) -> Identity:
    for part in (name, incarnation):
        if not isinstance(part, str) or not IDENTIFIER.match(part):
            raise _bad("a frame's sender is not an identifier")
    return Identity(name, incarnation)


def _body(kind: Any, body: Any) -> Message:
    if not isinstance(kind, str) or kind not in WIRE_TYPES:
        raise _bad(f"no message is called {str(kind)[:40]!r}")
    if not isinstance(body, dict) or "type" in body:
        raise _bad(f"the body of {kind} is not a map of its fields")
    try:
        return msgspec.convert(body, WIRE_TYPES[kind])
    except (msgspec.ValidationError, RecursionError) as error:
        raise _bad(f"{kind} is not well-formed: {str(error)[:300]}") from None


def _bad(sentence: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_REQUEST, sentence)
