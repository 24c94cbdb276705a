"""Messages to bytes and back: strict, bounded MessagePack. The one file where a value may be of any type.

A frame is the array `[version, type, id, sender, incarnation, body]`. Decoding trusts nothing, and builds nothing but
the frozen struct that `type` names: the size is checked before the frame is touched; the body is skipped over as raw
bytes until its type is known, and is then decoded straight into that type, so what is not of the type is refused when
it is met and never becomes an object. The types hold the bounds: no integer beyond 64 bits, no number that is not
finite, no array or map of more than `MAX_ITEMS`, no nesting beyond `MAX_DEPTH`, no extension (a test walks all types).
What types cannot say is checked here: text with NUL, and a field that is given twice. Text with lone surrogates is not
UTF-8. Must not do I/O or know who may send what.
"""

from __future__ import annotations

import hashlib
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgpack
import msgspec
from msgspec import Meta, Raw, Struct

from shared import messages
from shared.errors import BadInputError, ErrorCode
from shared.identity import Identity, quoted
from shared.messages import (
    PROTOCOL_VERSION,
    WIRE_TYPES,
    BeginStep,
    Count,
    FinishStep,
    Identifier,
    Message,
    WriteRecords,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FRAME: Final = 4 << 20  # bytes of one envelope
MAX_PICTURE: Final = 16 << 20  # bytes of the raw frame behind it
MAX_DEPTH: Final = 16  # of the types, the envelope included
MAX_ITEMS: Final = messages.MAX_ITEMS
_MAX_PARTS: Final = 16  # of an envelope of another version, looked into for its version and id
_LONGEST_EXPLANATION: Final = 300
_NUL_IN_JSON: Final = b"\\u0000"
# The free texts of the records that come most: what else is text in them has a pattern or a list that knows no NUL.
_TEXTS: Final[dict[type[Message], Callable[[Message], tuple[str, ...]]]] = {
    BeginStep: attrgetter(
        "thinking",
        "reply",
        "action",
        "action_params",
        "screenshot_analysis",
        "picture_missing",
        "current_app",
        "started_at",
    ),
    FinishStep: attrgetter("message", "session_id"),  # of one name alone it would make no tuple
}


def _lengths_of_heads(kind: type[Message]) -> tuple[int, int]:
    """Return where the fields begin in a body, and in msgspec's encoding of a message, which has its type first."""
    packer, count = msgpack.Packer(), len(kind.__struct_fields__)
    tag = msgpack.packb("type") + msgpack.packb(kind.__name__)
    return len(packer.pack_map_header(count)), len(packer.pack_map_header(count + 1)) + len(tag)


class Envelope(Struct, frozen=True):
    """A decoded frame."""

    id: int
    sender: Identity
    message: Message


class _Parts(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A frame whose body is not looked at yet."""

    version: int
    kind: str
    id: Count
    name: Identifier
    incarnation: Identifier
    body: Raw


_PARTS: Final = msgspec.msgpack.Decoder(_Parts)
_LOOSE_PARTS: Final = msgspec.msgpack.Decoder(Annotated[tuple[Raw, ...], Meta(max_length=_MAX_PARTS)])
_VERSION: Final = msgspec.msgpack.Decoder(int)
_ID: Final = msgspec.msgpack.Decoder(Count)
_BODIES: Final[dict[str, msgspec.msgpack.Decoder[Message]]] = {
    name: msgspec.msgpack.Decoder(kind) for name, kind in WIRE_TYPES.items()
}
_HEADS: Final = {kind: _lengths_of_heads(kind) for kind in WIRE_TYPES.values()}
_BODY_HEADS: Final = {
    kind: msgpack.Packer().pack_map_header(len(kind.__struct_fields__)) for kind in WIRE_TYPES.values()
}
_FRAME_HEAD: Final = msgpack.Packer().pack_array_header(len(_Parts.__struct_fields__))
_ENCODER: Final = msgspec.msgpack.Encoder()
_JSON: Final = msgspec.json.Encoder()


def encode(sender: Identity, message: Message, request_id: int) -> bytes:
    """Return the frame that carries `message`; BadInputError TOO_LARGE when it would be over `MAX_FRAME` bytes."""
    kind = type(message).__name__
    try:
        parts = _ENCODER.encode((PROTOCOL_VERSION, kind, request_id, sender.name, sender.incarnation))
        body = _ENCODER.encode(message)
    except UnicodeEncodeError as error:
        raise BadInputError(
            ErrorCode.BAD_REQUEST, f"{kind} cannot be sent: {quoted(error.object)} is not UTF-8 text"
        ) from None
    except (OverflowError, ValueError) as error:
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{kind} cannot be sent: {error}") from None
    frame = b"".join((_FRAME_HEAD, parts[1:], _BODY_HEADS[type(message)], memoryview(body)[_HEADS[type(message)][1] :]))
    if len(frame) > MAX_FRAME:
        raise BadInputError(ErrorCode.TOO_LARGE, f"{kind} of {len(frame):,} bytes is over the limit of {MAX_FRAME:,}")
    return frame


def decode(frame: bytes) -> Envelope:
    """Return what `frame` says; BadInputError (BAD_REQUEST, TOO_LARGE, WRONG_VERSION) when it is not a good frame."""
    if len(frame) > MAX_FRAME:
        raise BadInputError(ErrorCode.TOO_LARGE, f"a frame of {len(frame):,} bytes is over the limit of {MAX_FRAME:,}")
    try:
        parts = _PARTS.decode(frame)
    except (ValueError, RecursionError) as error:
        _require_version(_peek(frame, 0, _VERSION))
        sentence = "a frame is not [version, type, id, sender, incarnation, body]"
        raise _bad(f"{sentence}: {_explained(error)}") from None
    _require_version(parts.version)
    return Envelope(parts.id, Identity(parts.name, parts.incarnation), _message(parts, frame))


def peek_id(frame: bytes) -> int:
    """Return the id of a frame that could not be decoded, or 0, so that its refusal can still be matched."""
    if len(frame) > MAX_FRAME:
        return 0
    return _peek(frame, 2, _ID) or 0


def digest_of(value: Struct) -> str:
    """Return the SHA-256 of a struct's canonical encoding, hexadecimal: equal structs, and only those, are equal."""
    return hashlib.sha256(msgspec.msgpack.encode(value, order="deterministic")).hexdigest()


def _peek(frame: bytes, place: int, decoder: msgspec.msgpack.Decoder[int]) -> int | None:
    """Return the number at `place` of an envelope that may be of another version, None when there is none."""
    try:
        return decoder.decode(_LOOSE_PARTS.decode(frame)[place])
    except (ValueError, RecursionError, IndexError):
        return None


def _require_version(version: int | None) -> None:
    """Refuse another version before anything else is said: its frames may look like nothing that is known here."""
    if version is None or version == PROTOCOL_VERSION:
        return
    raise BadInputError(
        ErrorCode.WRONG_VERSION,
        f"protocol version {version} is not {PROTOCOL_VERSION}: the two sides are of different Stepwell versions",
        remedy="bring Stepwell down and start it again, so that all its processes are of one version",
    )


def _message(parts: _Parts, frame: bytes) -> Message:
    kind = parts.kind
    decoder = _BODIES.get(kind)
    if decoder is None:
        raise _bad(f"no message is called {kind[:40]!r}")
    try:
        message = decoder.decode(parts.body)
    except (ValueError, RecursionError) as error:
        raise _bad(f"{kind} is not well-formed: {_explained(error)}") from None
    if b"\0" in frame:
        _refuse_nul(kind, message)
    if not _is_own_encoding(message, parts.body):
        _refuse_twice_given(kind, parts.body)
    return message


def _refuse_nul(kind: str, message: Message) -> None:
    """Refuse text that no database can hold."""
    parts = message.records if isinstance(message, WriteRecords) else (message,)
    if any(map(_holds_nul, parts)):
        raise _bad(f"{kind} holds text with a NUL character")


def _holds_nul(message: Message) -> bool:
    """Look for NUL in the texts of a step by name, in any other message by way of JSON.

    JSON's encoder looks at each text faster than any loop here could. It escapes a backslash as two, so once the pairs
    are gone a NUL's escape is no longer mistaken for text about one.
    """
    texts_of = _TEXTS.get(type(message))
    if texts_of is not None:
        return "\0" in "".join(texts_of(message))
    text = _JSON.encode(message)
    return _NUL_IN_JSON in text and _NUL_IN_JSON in text.replace(b"\\\\", b"")


def _is_own_encoding(message: Message, body: Raw) -> bool:
    """Tell whether `body` is byte for byte what `encode` makes of `message`: then no field is in it twice."""
    body_head, message_head = _HEADS[type(message)]
    return _ENCODER.encode(message)[message_head:] == bytes(body)[body_head:]


def _refuse_twice_given(kind: str, body: Raw) -> None:
    """Refuse a body with two values for one field. It is known to fit the type, so its objects are few."""
    if "type" in msgpack.unpackb(body, raw=False, object_pairs_hook=lambda pairs: _unique(kind, pairs)):
        raise _bad(f"the body of {kind} is not a map of its fields")


def _unique(kind: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _bad(f"{kind} gives a field twice")
    return fields


def _explained(error: Exception) -> str:
    return str(error)[:_LONGEST_EXPLANATION]


def _bad(sentence: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_REQUEST, sentence)
