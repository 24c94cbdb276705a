"""Reads a model's reply: thinking, followed by one `do(action=…, …)` or `finish(message=…)`.

`parse_reply` is pure and total: it returns a `ParsedReply` or raises `UnreadableReply` with a sentence that
can be handed back to the model and shown to a person. It never guesses a success: what cannot be read is not
a finish.

What it tolerates, because models write so: `<think>`/`<answer>` tags or none; code fences; words before and
after; full-width brackets, commas, quotes and equals signs in the syntax (text inside quotes is never
changed but for its escapes); unescaped quotes inside a quoted text; several actions (the first counts, the
others are noted); other spellings of an action's name; coordinates outside the grid (moved to its edge, and
noted). A call that stands in the thinking is not the answer.

Time is linear in the length of the reply: every regular expression either has possessive repeats or starts
at a distinct character. It must not evaluate anything, and must not know a device. Called by the phone
agent.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec

from worker.agents.actions import Action
from worker.agents.call_reader import Call, CallError, read_call
from worker.agents.parameters import BadParameter, build_action

MAX_THINKING_CHARS: Final = 100_000  # a reply of 3,000 tokens has some 12,000; the store takes 1 MiB
MAX_REST_CHARS: Final = 2_000  # it is only shown, never acted upon
MAX_REASON_CHARS: Final = 500

# Each begins with one plain character or set: the engine finds that far faster than a word in any case.
_HEAD: Final = re.compile(
    r"[dDfF](?<![A-Za-z0-9_].)(?i:(?:(?<=d)(o)\s*+[(（]\s*+(?=action\s*+[=＝:：])"
    r"|(?<=f)(inish)\s*+[(（]\s*+(?=(?:message|success)\s*+[=＝:：])))"
)
_THINK_OPEN: Final = re.compile(r"<(?i:think>)")
_THINK_CLOSE: Final = re.compile(r"</(?i:think>)")
_ANSWER_OPEN: Final = re.compile(r"<(?i:answer>)")
_MARKUP: Final = re.compile(r"</?(?i:think|answer)>|<\|(?:begin|end)_of_box\|>|```[A-Za-z]*+")


class UnreadableReply(Exception):  # noqa: N818 - the name of a fact about a reply
    """The reply holds no action to carry out; `reason` says why, for the model and for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ParsedReply(msgspec.Struct, frozen=True):
    """One reply, read. `rest` is what followed the action; `notes` say what was tolerated or corrected."""

    thinking: str
    action: Action
    rest: str = ""
    notes: tuple[str, ...] = ()


def parse_reply(text: str) -> ParsedReply:
    """Read `text`; raise `UnreadableReply` when it holds no complete action of the language."""
    call = _answer(text)
    try:
        action, notes = build_action(call.function, call.params)
    except BadParameter as error:
        raise UnreadableReply(_short(str(error))) from None
    if _HEAD.search(text, call.end):
        notes = (*notes, "the reply holds more than one action; only the first was taken")
    return ParsedReply(
        thinking=_plain(text[: call.start], MAX_THINKING_CHARS),
        action=action,
        rest=_plain(text[call.end :], MAX_REST_CHARS),
        notes=notes,
    )


class _Attempt(NamedTuple):
    """A place where a call begins, and what stands there."""

    start: int
    outcome: Call | CallError


def _answer(text: str) -> Call:
    """Return the call that is the reply's answer: the first one that is not part of the thinking."""
    attempt = _attempt(text, _end_of_tagged_thinking(text))
    if attempt is None:
        raise UnreadableReply(_why_no_action(text))
    # The tags are looked for only behind a call that was read, so that a tag inside quoted text is no tag.
    if not _THINK_CLOSE.search(text, 0, attempt.start):
        attempt = _attempt_behind(_THINK_CLOSE, text, attempt)
    if not _ANSWER_OPEN.search(text, 0, attempt.start):
        attempt = _attempt_behind(_ANSWER_OPEN, text, attempt)
    if isinstance(attempt.outcome, CallError):
        raise UnreadableReply(_short(attempt.outcome.reason))
    return attempt.outcome


def _end_of_tagged_thinking(text: str) -> int:
    """Return where `<think>…</think>` ends, or 0 when the first call is not inside one."""
    first_call = _HEAD.search(text)
    opened = _THINK_OPEN.search(text, 0, first_call.start() if first_call else len(text))
    if opened is None:
        return 0
    closed = _THINK_CLOSE.search(text, opened.end())
    return closed.end() if closed else opened.end()


def _attempt(text: str, position: int) -> _Attempt | None:
    head = _HEAD.search(text, position)
    if head is None:
        return None
    function = "do" if head.group(1) else "finish"
    return _Attempt(head.start(), read_call(text, function, head.start(), head.end(), _HEAD))


def _attempt_behind(tag: re.Pattern[str], text: str, attempt: _Attempt) -> _Attempt:
    """Return the first call behind the next `tag`, or `attempt` itself when nothing follows there."""
    found = tag.search(text, attempt.outcome.end)
    return (_attempt(text, found.end()) if found else None) or attempt


def _why_no_action(text: str) -> str:
    if not text.strip():
        return "the reply is empty"
    if _HEAD.search(text):
        return "the reply is only thinking: no action follows it"
    return 'the reply holds no action: one do(action="…", …) or finish(message="…") is needed'


def _plain(text: str, limit: int) -> str:
    """Return `text` without tags and fences, cut to about `limit` characters."""
    return _MARKUP.sub("", _cut(text.strip(), limit)).strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} characters more)"


def _short(reason: str) -> str:
    return _cut(reason, MAX_REASON_CHARS)
