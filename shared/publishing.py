"""Committed events over ZeroMQ: one sender, whoever wants to listens, and nobody waits for anybody.

A listener that does not read loses events, sees the gap and reads a view instead. What comes from listeners is no
message but a subscription, and there is only one: to everything. It is taken by hand (XPUB_MANUAL), since the library
would build an index, in the sender's memory, of whatever a stranger says it wants. Must not know what an event means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import zmq

from shared.errors import BadInputError, StepwellError
from shared.logs import get_logger
from shared.messages import Message, Role
from shared.transport import bind, bounded
from shared.wire import decode, encode

if TYPE_CHECKING:
    from shared.identity import Identity

_SUBSCRIBE: Final = b"\x01"  # to everything
_SUBSCRIPTION_BYTES: Final = 256  # what is longer drops its connection; the library's own handshake is shorter
_SUBSCRIPTIONS_WAITING: Final = 64  # unread ones of one listener
_TURN_MAX: Final = 256  # subscriptions looked at in one call, so that a flood cannot starve the loop


class Publisher:
    """The sending side. What is too large is logged; listeners see the gap and read a view.

    `socket` becomes readable when somebody wants to listen, or no longer; then `welcome` must be called.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, identity: Identity) -> None:
        self._identity = identity
        self._was_listened_to = False
        self.socket = context.socket(zmq.XPUB)
        bounded(self.socket)
        self.socket.setsockopt(zmq.MAXMSGSIZE, _SUBSCRIPTION_BYTES)
        self.socket.setsockopt(zmq.RCVHWM, _SUBSCRIPTIONS_WAITING)
        self.socket.setsockopt(zmq.XPUB_MANUAL, 1)
        self.socket.setsockopt(zmq.LINGER, 0)
        bind(self.socket, endpoint)

    def welcome(self) -> None:
        """Let those listen who have asked to; anything else that came is no subscription and is dropped."""
        for _ in range(_TURN_MAX):
            try:
                said = self.socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            if said == _SUBSCRIBE:
                self.socket.setsockopt(zmq.SUBSCRIBE, b"")  # for the one whose word was read last
                self._was_listened_to = True

    def publish(self, message: Message) -> None:
        """Send to whoever listens; a listener that does not read loses it."""
        if not self._was_listened_to:
            return  # the socket would drop it: nobody has been let in yet, so the encoding is saved
        try:
            self.socket.send(encode(self._identity, message, 0), zmq.NOBLOCK)
        except zmq.Again:
            get_logger().warning("an event was not published: the queue is full", event_type=type(message).__name__)
        except BadInputError as error:
            get_logger().warning("an event was not published", error=error.message)

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


class Subscriber:
    """The receiving side. Subscribe first, read the view, then drop what the view already shows."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str) -> None:
        self.socket = context.socket(zmq.SUB)
        bounded(self.socket)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SUBSCRIBE, b"")
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 200)
        self.socket.connect(endpoint)

    def receive(self) -> Message | None:
        """Return the next `Event` or `Position`, or None when there is none now."""
        while True:
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            try:
                envelope = decode(frames[0])
            except StepwellError as error:
                get_logger().warning("a published message was not readable", error=error.message)
                continue
            if envelope.sender.name.partition("-")[0] == Role.DAEMON:
                return envelope.message
            get_logger().warning("a published message was not the daemon's", sender=str(envelope.sender))

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
