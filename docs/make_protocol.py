"""Make docs/protocol.md from shared/messages.py, so that the page cannot say anything else than the code.

    python docs/make_protocol.py            write the page
    python docs/make_protocol.py --check    exit with 1 when the page is stale

Called by a person after a change of the messages, and by tests/contract/test_protocol_page.py. Takes everything from
the types, their docstrings and the comments beside their fields; must not hold any fact of the protocol itself.
"""  # noqa: INP001 - a folder of pages with one program in it

from __future__ import annotations

import argparse
import ast
import functools
import inspect
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec import inspect as types

from shared import errors, messages, task_state, wire
from shared.errors import ErrorCode
from shared.messages import RULES, EventBody, Message, Record, Request, Rule
from shared.task_state import TRANSITIONS, TaskEvent, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

PAGE: Final = Path(__file__).with_name("protocol.md")
T = TypeVar("T")
_MIB: Final = 1 << 20

# The aliases of messages.py, by the words that the page calls them. Their limits are read from the types.
_ALIASES: Final = {
    "identifier": messages.Identifier,
    "device id": messages.DeviceId,
    "text": messages.Text,
    "task text": messages.TaskText,
    "line": messages.Line,
    "digest": messages.Digest,
    "count": messages.Count,
    "step number": messages.StepNum,
    "seconds": messages.Seconds,
    "page size": messages.Limit,
    "integer": messages.Integer,
    "number": messages.Number,
}
_CHAPTERS: Final = {"ErrorCode": "error-codes", "TaskState": "states", "TaskEvent": "states"}
_KNOWN: Final = [(types.type_info(alias), words) for words, alias in _ALIASES.items()]


# --- what is read from the source ----------------------------------------------------------------------------------


@functools.cache
def comments(module: ModuleType) -> dict[tuple[str, str], str]:
    """Return the comment beside each field or member of each class of `module`, by (class, name)."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        for item in node.body if isinstance(node, ast.ClassDef) else ():
            target = getattr(item, "target", None) or next(iter(getattr(item, "targets", [])), None)
            _, mark, comment = lines[item.lineno - 1].partition("  # ")
            if isinstance(target, ast.Name) and isinstance(node, ast.ClassDef) and mark:
                found[node.name, target.id] = comment
    return found


def doc(thing: object) -> str:
    """Return the docstring of a class or a module."""
    return inspect.cleandoc(thing.__doc__ or "")


def for_readers(text: str) -> str:
    """Return a file's docstring without the sentence about what the file itself must not do."""
    return re.split(r"\s+(?:This file must|Must) not ", text)[0]


def said(kind: type[Message]) -> dict[str, str]:
    """Return what a message's docstring says of its `Sender`, `Receiver` and `Reply` ('' when it says: No reply)."""
    text = " ".join(doc(kind).split())
    found = dict(re.findall(r"\b(Sender|Receiver): ([^.(]+?)(?: \(|\.)", text))
    found |= dict(re.findall(r"\b(Reply): `(\w+)`", text))
    return found | ({"Reply": ""} if "No reply." in text else {})


def classes(base: type[T]) -> list[type[T]]:
    """Return the classes of messages.py that derive from `base`, in the order of the file."""
    found = [kind for kind in vars(messages).values() if isinstance(kind, type) and issubclass(kind, base)]
    return [kind for kind in found if kind.__module__ == messages.__name__]


# --- types in words ------------------------------------------------------------------------------------------------


def words(info: types.Type) -> str:
    """Return a type in the page's words."""
    for known, name in _KNOWN:
        if known == info:
            return name
    return _in_words(info)


@functools.singledispatch
def _in_words(info: types.Type) -> str:
    raise TypeError(f"the page has no words for {info}")


@_in_words.register
def _(info: types.StrType) -> str:
    if info.pattern:
        pattern = info.pattern.removeprefix("\\A").removesuffix("\\Z").replace("|", "\\|")
        return f"text like `{pattern}`"
    return _bounded("text", info.min_length, info.max_length, "characters")


@_in_words.register
def _(info: types.IntType) -> str:
    return _bounded("integer", info.ge, info.le, "")


@_in_words.register
def _(info: types.FloatType) -> str:
    least = f"over {info.gt:g}" if info.gt is not None else f"at least {info.ge:g}"
    return f"number {least}, at most {info.le:g}"


@_in_words.register
def _(_info: types.BoolType) -> str:
    return "true or false"


@_in_words.register
def _(_info: types.NoneType) -> str:
    return "none"


@_in_words.register
def _(info: types.BytesType) -> str:
    return _bounded("bytes", info.min_length, info.max_length, "")


@_in_words.register
def _(info: types.EnumType) -> str:
    place = _CHAPTERS.get(info.cls.__name__, info.cls.__name__.lower())
    return f"[{info.cls.__name__}](#{place})"


@_in_words.register
def _(info: types.StructType) -> str:
    return f"[{info.cls.__name__}](#{info.cls.__name__.lower()})"


@_in_words.register
def _(info: types.UnionType) -> str:
    inner = sorted(info.types, key=lambda kind: isinstance(kind, types.NoneType))
    return " or ".join(words(kind) for kind in inner)


@_in_words.register
def _(info: types.VarTupleType) -> str:
    return _bounded(f"array of {words(info.item_type)}", info.min_length, info.max_length, "items")


@_in_words.register
def _(info: types.DictType) -> str:
    return f"map of {words(info.key_type)} to {words(info.value_type)}"


def _bounded(what: str, least: float | None, most: float | None, unit: str) -> str:
    if most is None:
        return what
    low = f"{least:,} to " if least is not None else "at most "
    return f"{what}, {low}{most:,} {unit}".rstrip()


def default(field: types.Field) -> str:
    """Return a field's default in words."""
    if field.required:
        return "required"
    value = field.default
    return f"`{value.value if isinstance(value, StrEnum) else json_like(value)}`"


def json_like(value: object) -> str:
    """Return a default as a reader of another language knows it."""
    if isinstance(value, bytes):
        return "no bytes" if not value else value.hex()
    return msgspec.json.encode(value).decode()


# --- the page ------------------------------------------------------------------------------------------------------


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    titles = list(head)
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def roles(found: frozenset[messages.Role]) -> str:
    """Return roles in the order of the enumeration."""
    return ", ".join(role for role in messages.Role if role in found)


def link(kind: type[Struct] | None) -> str:
    """Return a link to a message's paragraph, a dash for none."""
    return f"[{kind.__name__}](#{kind.__name__.lower()})" if kind else "–"


def struct(kind: type[Struct]) -> Iterator[str]:
    """Yield the paragraph of one message or part of one."""
    yield from (f"### {kind.__name__}", "", doc(kind), "")
    info = types.type_info(kind)
    assert isinstance(info, types.StructType)  # noqa: S101 - for the type checker
    rows = [
        (f"`{field.name}`", words(field.type), default(field), comment_of(kind, field.name)) for field in info.fields
    ]
    if rows:
        yield from table(("field", "type", "default", "note"), rows)


def comment_of(kind: type, name: str) -> str:
    """Return the comment beside a field, also of one that is inherited."""
    notes = comments(messages)
    return next((notes[base.__name__, name] for base in kind.__mro__ if (base.__name__, name) in notes), "")


def structs(title: str, kinds: Iterable[type[Struct]]) -> Iterator[str]:
    """Yield a chapter of paragraphs."""
    yield from (f"## {title}", "")
    for kind in kinds:
        yield from struct(kind)


def head() -> Iterator[str]:
    """Yield the beginning of the page: what travels, how, and within which limits."""
    summary, _, rest = doc(messages).partition("\n\n")
    yield from (f"# The protocol, version {messages.PROTOCOL_VERSION}", "")
    yield from ("Made from `shared/messages.py` by `python docs/make_protocol.py`; not to be edited here.", "")
    yield from (summary, "", for_readers(rest), "")
    yield from ("## Limits", "", for_readers(doc(wire).partition("\n\n")[2]), "")
    rows = [
        ("a frame", f"{wire.MAX_FRAME // _MIB} MiB"),
        ("the raw frame of a picture", f"{wire.MAX_PICTURE // _MIB} MiB"),
        ("nesting", f"{wire.MAX_DEPTH} levels"),
        ("an array or a map", f"{wire.MAX_ITEMS:,} items"),
    ]
    yield from table(("what", "at most"), rows)
    yield from ("## Words for types", "")
    yield from table(("word", "what it is"), [(word, _in_words(info)) for info, word in _KNOWN])


def rules() -> Iterator[str]:
    """Yield the table of who may say what."""
    yield from ("## Who may say what", "", "A frame that this table does not allow is refused as WRONG_ROLE.", "")
    rows = [
        (link(rule.message), roles(rule.senders), rule.receiver or said(rule.message)["Receiver"], link(rule.reply))
        for rule in RULES
    ]
    yield from table(("message", "sender", "receiver", "reply"), rows)
    yield from ("Every reply may be [ErrorInfo](#errorinfo) instead.", "")


def states() -> Iterator[str]:
    """Yield the table of states."""
    yield from ("## States", "", for_readers(doc(task_state).partition("\n\n")[2]), "")
    sources = [state for state in TaskState if any(source is state for source, _ in TRANSITIONS)]
    rows = [
        (event, *(TRANSITIONS.get((source, event), "–") for source in sources), note)
        for event in TaskEvent
        for note in [comments(task_state).get(("TaskEvent", event.name), "")]
    ]
    yield from table(("event", *(f"from {source}" for source in sources), "meaning"), rows)


def members(kind: type[StrEnum], module: ModuleType, title: str = "") -> Iterator[str]:
    """Yield the paragraph of an enumeration."""
    yield from (f"{title or '### ' + kind.__name__}", "", doc(kind), "")
    rows = [(f"`{member.value}`", comments(module).get((kind.__name__, member.name), "")) for member in kind]
    yield from table(("value", "meaning"), rows)


def page() -> str:
    """Return the whole page."""
    events = [messages.Event, messages.Position, *EventBody.__args__]
    asked = [rule.message for rule in RULES if rule.message not in events]
    elsewhere = {Message, Request, messages.Forced, *asked, *events, *Record.__args__}
    replies = [kind for kind in classes(Message) if kind not in elsewhere]
    parts = [kind for kind in classes(Struct) if not issubclass(kind, Message) and kind is not Rule]
    lines = [*head(), *rules()]
    lines += structs("Requests", [Request, *asked])
    lines += structs("Replies", replies)
    lines += structs("Records", Record.__args__)
    lines += structs("Events", events)
    lines += structs("Parts of messages", parts)
    lines += structs("Files", [messages.Forced])
    lines += ["## Enumerations", ""]
    for kind in classes(StrEnum):
        lines += members(kind, messages)
    lines += states()
    lines += members(ErrorCode, errors, "## Error codes")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description="Make docs/protocol.md from shared/messages.py.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the page is stale")
    wanted = page()
    if not parser.parse_args(arguments).check:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{PAGE} is stale; run: python docs/make_protocol.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
