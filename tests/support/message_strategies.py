"""Hypothesis strategies for Stepwell's messages, made from the types themselves, and a walk over those types."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from shared.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.messages import Message

MOST_TEXT = 40  # characters of a generated text; limits have tests of their own
MOST_ITEMS = 3


def messages_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of `kind` that its types allow."""
    return values_of(inspect.type_info(kind)).map(lambda value: msgspec.convert(value, kind))


def identities() -> st.SearchStrategy[Identity]:
    part = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")
    return st.builds(Identity, part, part)


def values_of(info: inspect.Type) -> st.SearchStrategy[object]:
    """Values of builtin types that msgspec converts to `info`."""
    return _MAKERS[type(info)](info)


def _text(info: inspect.StrType) -> st.SearchStrategy[str]:
    if info.pattern:
        return st.from_regex(info.pattern)
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(letters, min_size=info.min_length or 0, max_size=min(info.max_length or MOST_TEXT, MOST_TEXT))


def _number(info: inspect.FloatType) -> st.SearchStrategy[float]:
    smallest = info.ge if info.ge is not None else info.gt
    return st.floats(smallest, info.le, allow_nan=False, exclude_min=info.ge is None and info.gt is not None)


def _struct(info: inspect.StructType) -> st.SearchStrategy[object]:
    tag = {info.tag_field: st.just(info.tag)} if info.tag_field else {}
    fields = {field.name: values_of(field.type) for field in info.fields}
    return st.fixed_dictionaries({**tag, **fields})


def _array(info: inspect.VarTupleType) -> st.SearchStrategy[object]:
    most = min(info.max_length or MOST_ITEMS, MOST_ITEMS)
    return st.lists(values_of(info.item_type), min_size=info.min_length or 0, max_size=most)


_MAKERS: dict[type[inspect.Type], Callable[..., st.SearchStrategy[object]]] = {
    inspect.StrType: _text,
    inspect.IntType: lambda info: st.integers(info.ge, info.le),
    inspect.FloatType: _number,
    inspect.BoolType: lambda _info: st.booleans(),
    inspect.NoneType: lambda _info: st.none(),
    inspect.BytesType: lambda _info: st.binary(max_size=MOST_TEXT),
    inspect.EnumType: lambda info: st.sampled_from([member.value for member in info.cls]),
    inspect.UnionType: lambda info: st.one_of([values_of(kind) for kind in info.types]),
    inspect.StructType: _struct,
    inspect.VarTupleType: _array,
    inspect.DictType: lambda info: st.dictionaries(
        values_of(info.key_type), values_of(info.value_type), max_size=MOST_ITEMS
    ),
}


@functools.singledispatch
def _inside(_info: inspect.Type) -> list[tuple[str, inspect.Type]]:
    return []


@_inside.register
def _(info: inspect.StructType) -> list[tuple[str, inspect.Type]]:
    return [(f".{field.name}", field.type) for field in info.fields]


@_inside.register
def _(info: inspect.UnionType) -> list[tuple[str, inspect.Type]]:
    return [("", kind) for kind in info.types]


@_inside.register
def _(info: inspect.VarTupleType) -> list[tuple[str, inspect.Type]]:
    return [("[]", info.item_type)]


@_inside.register
def _(info: inspect.DictType) -> list[tuple[str, inspect.Type]]:
    return [("{key}", info.key_type), ("{}", info.value_type)]


def walk(kind: type[Message]) -> Iterator[tuple[str, int, inspect.Type]]:
    """Every type within `kind`: where it stands, how deep in containers, and what it is."""
    waiting = [(kind.__name__, 1, inspect.type_info(kind))]
    for _ in range(10_000):
        if not waiting:
            return
        where, depth, info = waiting.pop()
        yield where, depth, info
        deeper = depth + (not isinstance(info, inspect.UnionType))
        waiting += [(where + name, deeper, inner) for name, inner in _inside(info)]
    raise AssertionError(f"the types of {kind.__name__} do not end")
