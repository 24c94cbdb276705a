"""One peer's open questions: each is sent, sent again while it is unanswered, and given up at its deadline.

The same question may be sent twice, since every request is safe to repeat; its answer is taken once. Owned by the
link's thread. Must not import Qt.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from gui.link.orders import Answer, Ask
from shared.errors import BadInputError, ErrorCode, NotReachableError
from shared.messages import ErrorInfo, Message, Role
from shared.settings import RESEND_S
from shared.transport import Dealer, error_info

if TYPE_CHECKING:
    import zmq

    from shared.identity import Identity


class _Open:
    """A question that waits for its answer."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.end = time.monotonic() + ask.timeout_s
        self.message = msgspec.structs.replace(ask.message, deadline=self.end)
        self.number: int | None = None
        self.send_at = 0.0


class Peer:
    """A connection to one process, with its open questions."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], name: str, endpoint: str, identity: Identity) -> None:
        self._name = name
        self._dealer = Dealer(context, endpoint, identity)
        self._open: list[_Open] = []
        self.socket = self._dealer.socket

    def ask(self, ask: Ask) -> None:
        """Take a question; `turn` sends it."""
        self._open.append(_Open(ask))

    def turn(self) -> list[Answer]:
        """Send what is due, and return the questions that were answered, refused or given up."""
        found: list[Answer] = []
        while (reply := self._dealer.receive()) is not None:
            answered = next((one for one in self._open if one.number == reply.id), None)
            if answered is not None:
                self._open.remove(answered)
                found.append(Answer(answered.ask.ticket, reply.message))
        now = time.monotonic()
        for one in list(self._open):
            ended = self._give_up(one, now) if now >= one.end else self._send(one, now)
            if ended is not None:
                self._open.remove(one)
                found.append(Answer(one.ask.ticket, ended))
        return found

    def next_at(self) -> float:
        """Return the time by which `turn` must be called again (CLOCK_MONOTONIC); infinity when nothing is open."""
        return min((min(one.end, one.send_at) for one in self._open), default=float("inf"))

    def close(self) -> None:
        """Close the connection; open questions are forgotten."""
        self._dealer.close()

    def _send(self, one: _Open, now: float) -> Message | None:
        if now < one.send_at:
            return None
        one.send_at = now + RESEND_S
        try:
            one.number = self._dealer.send(one.message, request_id=one.number)
        except NotReachableError:
            one.send_at = now + RESEND_S / 5  # nobody listens yet; a process that starts is met soon
        except BadInputError as error:
            return error_info(error)
        return None

    def _give_up(self, one: _Open, _now: float) -> ErrorInfo:
        what = type(one.ask.message).__name__
        code = ErrorCode.STORE_AWAY if self._name == Role.DAEMON else ErrorCode.NOT_RUNNING
        sentence = f"{what}: no answer within {one.ask.timeout_s:g} s, not confirmed"
        return ErrorInfo(code=code, message=sentence, retryable=True)
