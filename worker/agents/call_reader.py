"""Reads one call of the model's language, `do(…)` or `finish(…)`, up to its closing bracket.

Values are read as raw tokens; what they mean for which action is `parameters.py`'s matter. The hard part is
where a quoted text ends, because models leave quotes inside it unescaped. A quote can only be the closing
one when a closing bracket or `, name=` follows it; among those the first is taken that leaves nothing odd
behind (the end, a new line, a tag, another call), otherwise the first of all.

It must not raise: what cannot be read is returned as a `CallError`. Called only by `reply_parser.py`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import msgspec

from shared.texts import escaped

MAX_NAME_CHARS: Final = 64
MAX_PARAMS: Final = 8  # no action has more than three
MAX_VALUE_CHARS: Final = 20_000  # nothing that a phone agent types or says is longer; bounds the search for its end

_NAME: Final = re.compile(r"\s*+([A-Za-z_]{1,32}+)\s*+[=＝:：]\s*+")
_COMMA: Final = re.compile(r"\s*+[,，、]\s*+")
_CLOSE: Final = re.compile(r"\s*+[)）]")
_POINT: Final = re.compile(
    r"[\[［【(（]\s*+([+-]?[0-9.]{1,16}+)\s*+(?:[,，、]\s*+)?+([+-]?[0-9.]{1,16}+)\s*+[\]］】)）]"
)
_ACTION_NAME: Final = re.compile(r"([^\"'“”‘’＂＇<>()\[\]\r\n]{0,64}+)[\"'“”‘’＂＇]")
_WORD: Final = re.compile(r"[+-]?[0-9A-Za-z_.]{1,128}+")
# What may follow a closing quote. A parameter's name must be one of the language's, or text like `"a", b=c`
# would end it.
_AFTER_QUOTE: Final = re.compile(
    r"\s*+(?:([)）])|[,，、]\s*+"
    r"(?:action|app|element|start|end|text|message|duration|instruction|success)\s*+[=＝:：])",
    re.IGNORECASE,
)
_NOTHING_ODD: Final = re.compile(r"[ \t;。.]*+(?:\Z|[\r\n<`])")

_CLOSERS: Final = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "＂": "＂", "＇": "＇"}
_DOUBLE: Final = '"“”＂'
_SINGLE: Final = "'‘’＇"
_ESCAPE: Final = re.compile(r"\\(?:([\"'\\nrt])|u([0-9A-Fa-f]{4}))")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}


class Kind(Enum):
    """How a value was written."""

    TEXT = "a quoted text"
    POINT = "a point [x, y]"
    WORD = "a word or number without quotes"


class Value(msgspec.Struct, frozen=True):
    """A raw value: a text without its quotes and escapes, a word, or the two numbers of a point as `x,y`."""

    kind: Kind
    text: str


class Call(msgspec.Struct, frozen=True):
    """A whole call; `start` and `end` are its place in the reply."""

    function: str
    params: dict[str, Value]
    start: int
    end: int


class CallError(msgspec.Struct, frozen=True):
    """A call that cannot be read, why, and how far it was read."""

    reason: str
    end: int


def read_call(text: str, function: str, start: int, inside: int, head: re.Pattern[str]) -> Call | CallError:
    """Read the call of `function` that begins at `start` and whose parameters begin at `inside`.

    `head` matches the beginning of any call: a quoted text that was closed once does not reach beyond the
    next one.
    """
    params: dict[str, Value] = {}
    position = inside
    while len(params) <= MAX_PARAMS:
        name = _NAME.match(text, position)
        if name is None:
            return _unexpected(text, function, position)
        key = name.group(1).lower()
        value = _read_name(text, name.end()) if key == "action" else _read_value(text, name.end(), head)
        if isinstance(value, CallError):
            return value
        token, position = value
        if key in params:
            return CallError(f"{function}(…) names the parameter {key} twice", position)
        params[key] = token
        if close := _CLOSE.match(text, position):
            return Call(function=function, params=params, start=start, end=close.end())
        comma = _COMMA.match(text, position)
        if comma is None:
            return _unexpected(text, function, position)
        position = comma.end()
    return CallError(f"{function}(…) has more than {MAX_PARAMS} parameters", position)


def read_point(text: str) -> str | None:
    """Return `x,y` when `text` is a point and nothing else, else None."""
    match = _POINT.fullmatch(text.strip()) if len(text) <= MAX_VALUE_CHARS else None
    return f"{match.group(1)},{match.group(2)}" if match else None


def _read_name(text: str, position: int) -> tuple[Value, int] | CallError:
    """Read an action's name, which holds neither quotes nor brackets: it ends at the first quote."""
    if text[position : position + 1] not in _CLOSERS:
        return _read_value(text, position, re.compile(r"(?!)"))
    name = _ACTION_NAME.match(text, position + 1)
    if name is not None:
        return Value(Kind.TEXT, name.group(1)), name.end()
    if text.find("\n", position) < 0 and len(text) - position < MAX_NAME_CHARS:
        return CallError("the reply ends in the middle of an action", position)
    return _unexpected(text, "the action's name", position)


def _read_value(text: str, position: int, head: re.Pattern[str]) -> tuple[Value, int] | CallError:
    if text[position : position + 1] in _CLOSERS:
        return _read_quoted(text, position, head)
    if point := _POINT.match(text, position):
        return Value(Kind.POINT, f"{point.group(1)},{point.group(2)}"), point.end()
    if word := _WORD.match(text, position):
        return Value(Kind.WORD, word.group()), word.end()
    return _unexpected(text, "a parameter", position)


def _read_quoted(text: str, opening: int, head: re.Pattern[str]) -> tuple[Value, int] | CallError:
    quote = text[opening]
    alike = _DOUBLE if quote in _DOUBLE else _SINGLE
    closing = _find_closing(text, opening + 1, _CLOSERS[quote], head)
    if closing is None:  # only then may the pair be mixed, as in "…”
        closing = _find_closing(text, opening + 1, alike, head)
    if closing is None:
        if len(text) - opening > MAX_VALUE_CHARS:
            return CallError(f"a quoted text is not closed within {MAX_VALUE_CHARS} characters", opening + 1)
        return CallError("the reply ends in the middle of a quoted text: its closing quote is missing", opening + 1)
    return Value(Kind.TEXT, _unescape(text[opening + 1 : closing])), closing + 1


def _find_closing(text: str, position: int, quotes: str, head: re.Pattern[str]) -> int | None:
    """Return where the quoted text ends that begins at `position`, or None."""
    first: int | None = None
    fence = min(len(text), position + MAX_VALUE_CHARS)
    for quote in re.compile(rf"(?s:\\.)|[{quotes}]").finditer(text, position, fence):
        if quote.start() >= fence:
            break
        after = None if quote.group().startswith("\\") else _AFTER_QUOTE.match(text, quote.end())
        if after is None:
            continue
        if (
            after.group(1) is None
            or _NOTHING_ODD.match(text, after.end())
            or head.match(text, _skip(text, after.end()))
        ):
            return quote.start()
        if first is None:
            first = quote.start()
            fence = _fence(text, after.end(), fence, head)
    return first


def _fence(text: str, position: int, limit: int, head: re.Pattern[str]) -> int:
    """Return where the next call or the end of the answer stands: a text that was closed ends before it."""
    next_call = head.search(text, position, limit)
    end_of_answer = text.find("</answer>", position, limit)
    return min(next_call.start() if next_call else limit, end_of_answer if end_of_answer >= 0 else limit)


def _skip(text: str, position: int) -> int:
    blank = re.compile(r"\s*+").match(text, position)
    return blank.end() if blank else position


def _unescape(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        letter, code = match.group(1), match.group(2)
        return chr(int(code, 16)) if code else _ESCAPED.get(letter, letter)

    # Two escapes may be the halves of one character, as JSON writes it; what no text can hold stays an escape.
    return escaped(_ESCAPE.sub(replace, text))


def _unexpected(text: str, where: str, position: int) -> CallError:
    position = _skip(text, position)
    found = text[position : position + 20]
    if not found:
        return CallError("the reply ends in the middle of an action", position)
    return CallError(f"{where} cannot be read at “{found}”", position)
