"""How much goes into one answer: a page ends where its frame is full, and a row that alone is too large is shortened.

A row's texts may have 1 MiB each, a frame 4 MiB (wire.py). Rows are taken from the query one by one, so that a page of
large ones does not fill the memory either. Called by whatever makes a view. Must not run a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from msgspec import Struct

from shared.wire import MAX_FRAME

if TYPE_CHECKING:
    from collections.abc import Iterable

S = TypeVar("S", bound=Struct)

FRAME_ROOM: Final = MAX_FRAME - (64 << 10)  # bytes for rows; the rest is the envelope's and the view's own
_LONGEST: Final = (256 << 10, 64 << 10, 16 << 10, 4 << 10, 1 << 10)  # characters: texts are cut no shorter than needed
_encoder: Final = msgspec.msgpack.Encoder()  # as long as what wire.py makes


def take(found: Iterable[S], limit: int) -> tuple[tuple[S, ...], bool]:
    """Return what comes first, at most `limit` and what fits one frame, and whether there is more.

    The first one always comes, shortened when it must be, so that a reader gets on.
    """
    items: list[S] = []
    size = 0
    for item in found:
        if len(items) == limit:
            return tuple(items), True
        size += _size(item)
        if size > FRAME_ROOM and items:
            return tuple(items), True
        items.append(item if size <= FRAME_ROOM else fit(item))
    return tuple(items), False


def fit(value: S) -> S:
    """Return `value`, its longest texts cut and marked as cut when it would not fit one frame."""
    for longest in _LONGEST:
        if _size(value) <= FRAME_ROOM:
            break
        value = cast("S", _cut(value, longest))
    return value


def _size(value: Struct) -> int:
    return len(_encoder.encode(value))


def _cut(value: Any, longest: int) -> Any:
    if type(value) is str and len(value) > longest:
        return f"{value[:longest]}… (shortened for this answer: {len(value):,} characters are stored)"
    if isinstance(value, tuple):
        return tuple(_cut(part, longest) for part in value)
    if isinstance(value, Struct):
        changes = {name: _cut(getattr(value, name), longest) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changes)
    return value
