"""What the daemon publishes, made gapless: events in order, or the word that the views must be read again.

Pure: messages and the time come in as arguments, what is to be reported comes out. Owned by the link's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gui.link.orders import News, Report, Resync, StorePresence
from shared.messages import Event, Position

if TYPE_CHECKING:
    from shared.messages import Message

SILENT_S: Final = 3.0  # the daemon says its position each second; three missed ones are no hiccup
EVENTS_MAX: Final = 2000  # of one batch; who has missed more reads the views, which costs less


class Hearing:
    """Where the published stream stands."""

    def __init__(self) -> None:
        self._timeline: str | None = None
        self._seq = 0
        self._heard_at: float | None = None
        self._here = False
        self._events: list[Event] = []
        self._resync = False

    def take(self, message: Message, now: float) -> None:
        """Take what was published."""
        self._heard_at = now
        if isinstance(message, Event):
            self._event(message)
        elif isinstance(message, Position) and (message.timeline, message.seq) != (self._timeline, self._seq):
            self._start_anew(message.timeline, message.seq)

    def reports(self, now: float) -> list[Report]:
        """Return what the window must be told since the last call."""
        found: list[Report] = []
        here = self._heard_at is not None and now - self._heard_at < SILENT_S
        if here != self._here:
            self._here = here
            found.append(StorePresence(here))
        if self._resync:
            found.append(Resync())
        elif self._events:
            found.append(News(tuple(self._events)))
        self._events.clear()
        self._resync = False
        return found

    def _event(self, event: Event) -> None:
        if event.timeline != self._timeline or event.seq != self._seq + 1 or len(self._events) >= EVENTS_MAX:
            self._start_anew(event.timeline, event.seq)
            return
        self._seq = event.seq
        self._events.append(event)

    def _start_anew(self, timeline: str, seq: int) -> None:
        self._timeline, self._seq = timeline, seq
        self._events.clear()
        self._resync = True
