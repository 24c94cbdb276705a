"""What passes between the window's thread and the link's thread: small frozen things, by two queues.

Used by link.py and thread.py. Must not import Qt.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from shared.messages import ErrorInfo, Event, Message, Request

Then = Callable[[Message], None]
Failed = Callable[[ErrorInfo], None]


class Ask(Struct, frozen=True):
    """A question to a process: `target` is its name (`daemon`, `supervisor`, `worker-1`)."""

    ticket: int
    target: str
    message: Request
    timeout_s: float


class Answer(Struct, frozen=True):
    """What came of a question: the answer, a refusal, or that there was none in time."""

    ticket: int
    message: Message


class News(Struct, frozen=True):
    """Committed events, in order and without a gap since the last `News` or `Resync`."""

    events: tuple[Event, ...]


class Resync(Struct, frozen=True):
    """The views must be read again: the first contact, a gap, or a new timeline."""


class StorePresence(Struct, frozen=True):
    """Whether the daemon is heard."""

    here: bool


Report = Answer | News | Resync | StorePresence
