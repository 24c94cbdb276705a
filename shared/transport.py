"""Requests and replies over ZeroMQ (events: publishing.py): nothing blocks, nothing is trusted, no option is by chance.

ZeroMQ drops silently: a peer that dies takes its queue along, a full queue swallows, a second bind steals a path. So
reliability is the protocol's (ids, acknowledgements, resending, records that are safe to repeat), and these classes
only make the sockets honest: every send is NOBLOCK and says when it did not happen; a ROUTER refuses to drop
(MANDATORY), lets a restarted peer in (HANDOVER) and bounds what comes (MAXMSGSIZE); frames, roles and deadlines are
checked before anybody sees a message. One object belongs to one thread. Must not know what a message means.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec
import zmq
from msgspec import Struct

from shared.errors import BadInputError, ErrorCode, NotReachableError, StepwellError
from shared.identity import Identity
from shared.logs import get_logger
from shared.messages import RULE_OF, ErrorInfo, Message, Request, WriteRecords
from shared.posix import in_the_way
from shared.settings import RECEIVE_HIGH_WATER, RESEND_S, SEND_HIGH_WATER
from shared.wire import MAX_PICTURE, decode, encode, peek_id

if TYPE_CHECKING:
    from collections.abc import Callable

_LINGER_MS: Final = 500  # a last reply may leave; a peer that does not read cannot hold us
_SKIP_MAX: Final = 256  # bad frames answered in one call, so that a flood cannot starve the loop
_FRAMES: Final = (2, 3)  # routing id, envelope, and perhaps a picture

T = TypeVar("T", bound=Message)
Look: TypeAlias = "Callable[[], None]"


class Reply(Struct, frozen=True):
    """An answer, with the id of its request."""

    id: int
    message: Message


class Incoming(Struct, frozen=True):
    """A good request. `picture` is the raw frame behind it, b'' when there is none."""

    sender: Identity
    id: int
    message: Message
    picture: bytes = b""


def deadline_in(seconds: float) -> float:
    """Return the CLOCK_MONOTONIC time that is so many seconds ahead."""
    return time.monotonic() + seconds


def error_info(error: StepwellError) -> ErrorInfo:
    """Return the refusal that tells a peer of `error`."""
    return ErrorInfo(code=error.code, message=error.message, detail=error.remedy, retryable=error.retryable)


def raise_error(info: ErrorInfo) -> None:
    """Raise what a peer's refusal says."""
    raise StepwellError(info.code, info.message, remedy=info.detail, retryable=info.retryable)


def bounded(socket: zmq.Socket[bytes]) -> None:
    """Set the limits of a socket that is about to bind or connect: they hold only for connections made later."""
    socket.setsockopt(zmq.SNDHWM, SEND_HIGH_WATER)
    socket.setsockopt(zmq.RCVHWM, RECEIVE_HIGH_WATER)
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_PICTURE)


def bind(socket: zmq.Socket[bytes], endpoint: str) -> None:
    """Bind an ipc endpoint; BadInputError BAD_HOME names what lies in its place and cannot be replaced (a folder)."""
    path = Path(endpoint.removeprefix("ipc://"))
    if path.is_dir():
        raise in_the_way(path, "socket")
    socket.bind(endpoint)


class Dealer:
    """The asking side of a connection. Messages do not queue up while nobody listens (IMMEDIATE)."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, identity: Identity) -> None:
        self.identity = identity
        self.socket = context.socket(zmq.DEALER)
        bounded(self.socket)
        self.socket.setsockopt(zmq.ROUTING_ID, identity.routing_id)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.socket.setsockopt(zmq.LINGER, _LINGER_MS)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)  # ms; a restarted daemon is met again at once
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 200)
        self.socket.connect(endpoint)
        self._ids = itertools.count(1)

    def send(self, message: Message, picture: bytes = b"", request_id: int | None = None) -> int:
        """Send at once and return the request's id; NotReachableError when nobody listens or the queue is full."""
        number = next(self._ids) if request_id is None else request_id
        if len(picture) > MAX_PICTURE:
            raise BadInputError(ErrorCode.TOO_LARGE, f"a picture of {len(picture):,} bytes is over {MAX_PICTURE:,}")
        frames = [encode(self.identity, message, number)]
        if picture:
            frames.append(picture)
        try:
            self.socket.send_multipart(frames, zmq.NOBLOCK)
        except zmq.Again:
            what = type(message).__name__
            raise NotReachableError(ErrorCode.NOT_RUNNING, f"{what}: nobody takes messages", retryable=True) from None
        return number

    def receive(self) -> Reply | None:
        """Return the next answer, or None when there is none yet. What is no good message is logged and skipped."""
        while True:
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            try:
                envelope = decode(frames[0])
            except StepwellError as error:
                get_logger().warning("an answer was not readable", error=error.message)
                continue
            return Reply(envelope.id, envelope.message)

    def close(self) -> None:
        """Close the socket; what was sent gets half a second to leave."""
        self.socket.close()


class Requester:
    """One question at a time: resent until answered or too late. `away` is the code of `NotReachableError`."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        identity: Identity,
        away: ErrorCode = ErrorCode.NOT_RUNNING,
    ) -> None:
        self._dealer = Dealer(context, endpoint, identity)
        self._endpoint = endpoint
        self._away = away

    def request(
        self, message: Message, timeout_s: float, picture: bytes = b"", while_waiting: Look = lambda: None
    ) -> Message:
        """Return the answer to `message`; its deadline is filled in.

        `while_waiting` is called every `RESEND_S` while there is no answer; what it raises ends the waiting.
        Raises StepwellError with the peer's code when it refuses, and NotReachableError when there is no answer
        within `timeout_s` seconds: then it is not confirmed whether the request was carried out.
        """
        end = deadline_in(timeout_s)
        if isinstance(message, Request):
            message = msgspec.structs.replace(message, deadline=end)
        number: int | None = None
        while (left := end - time.monotonic()) > 0:
            number = self._send(message, picture, number, min(left, RESEND_S))
            answer = self._await(number, min(end, deadline_in(RESEND_S)))
            if isinstance(answer, ErrorInfo):
                raise_error(answer)
            if answer is not None:
                return answer
            while_waiting()
        name = type(message).__name__
        raise NotReachableError(
            self._away,
            f"{name}: no answer within {timeout_s:g} s, not confirmed",
            remedy="see `stepwell status`",
            retryable=True,
        )

    def ask(self, message: Message, reply_type: type[T], timeout_s: float, while_waiting: Look = lambda: None) -> T:
        """`request`, for an answer of one type; StepwellError INTERNAL when the answer is of another."""
        answer = self.request(message, timeout_s, while_waiting=while_waiting)
        if not isinstance(answer, reply_type):
            raise StepwellError(ErrorCode.INTERNAL, f"{type(message).__name__} was answered by {type(answer).__name__}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._dealer.close()

    def _send(self, message: Message, picture: bytes, number: int | None, patience_s: float) -> int | None:
        try:
            return self._dealer.send(message, picture, number)
        except NotReachableError:
            self._dealer.socket.poll(int(patience_s * 1000), zmq.POLLOUT)
            return number

    def _await(self, number: int | None, until: float) -> Message | None:
        while number is not None:
            left = until - time.monotonic()
            if left <= 0 or not self._dealer.socket.poll(int(left * 1000) + 1):
                return None
            reply = self._dealer.receive()
            if reply is not None and reply.id == number:
                return reply.message
        return None


class Responder:
    """The answering side: a ROUTER that hands out good requests only. The caller holds its lock before it binds."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        identity: Identity,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.identity = identity
        self._clock = clock
        self.socket = context.socket(zmq.ROUTER)
        bounded(self.socket)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self.socket.setsockopt(zmq.LINGER, _LINGER_MS)
        bind(self.socket, endpoint)

    def receive(self) -> Incoming | None:
        """Return the next good request, or None when there is none now; bad ones are answered, logged and skipped."""
        for _ in range(_SKIP_MAX):
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            try:
                return self._checked(frames)
            except StepwellError as error:
                self._refuse(frames, error)
        return None

    def reply(self, incoming: Incoming, message: Message) -> bool:
        """Answer a request; False when its sender is gone or does not read: then it will ask again, or not."""
        return self._send(incoming.sender.routing_id, message, incoming.id)

    def send(self, peer: Identity, message: Message) -> bool:
        """Say something unasked to a peer that has spoken before; False when it is gone or does not read."""
        return self._send(peer.routing_id, message, 0)

    def close(self) -> None:
        """Close the socket; last replies get half a second to leave.

        ZeroMQ closes in the background and then removes the socket's file, also when somebody has bound that path
        anew meanwhile: so end the context, or the process, before the same endpoint is bound again.
        """
        self.socket.close()

    def _send(self, routing_id: bytes, message: Message, number: int) -> bool:
        try:
            frame = encode(self.identity, message, number)
        except BadInputError as error:
            frame = encode(self.identity, error_info(error), number)
        try:
            self.socket.send_multipart([routing_id, frame], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                raise
            get_logger().warning("a peer does not take its reply", peer=repr(routing_id), reply=type(message).__name__)
            return False
        return True

    def _checked(self, frames: list[bytes]) -> Incoming:
        if len(frames) not in _FRAMES:
            raise BadInputError(ErrorCode.BAD_REQUEST, f"a message of {len(frames) - 1} frames")
        envelope = decode(frames[1])
        sender, message = envelope.sender, envelope.message
        if sender.routing_id != frames[0]:
            raise BadInputError(ErrorCode.BAD_REQUEST, "the sender is not who the connection belongs to")
        self._check_role(sender, message)
        picture = frames[2] if len(frames) == _FRAMES[1] else b""
        if picture and not isinstance(message, WriteRecords):
            raise BadInputError(ErrorCode.BAD_REQUEST, f"{type(message).__name__} carries no picture")
        if isinstance(message, Request) and message.deadline <= self._clock():
            raise StepwellError(ErrorCode.DEADLINE, f"{type(message).__name__} came after its deadline and was dropped")
        return Incoming(sender, envelope.id, message, picture)

    def _check_role(self, sender: Identity, message: Message) -> None:
        name = type(message).__name__
        try:
            role = sender.role
        except ValueError:
            raise BadInputError(ErrorCode.WRONG_ROLE, f"no process is called {sender.name}") from None
        rule = RULE_OF.get(type(message))
        if rule is None or rule.receiver is not self.identity.role or role not in rule.senders:
            raise BadInputError(ErrorCode.WRONG_ROLE, f"{role} may not send {name} to {self.identity.role}")

    def _refuse(self, frames: list[bytes], error: StepwellError) -> None:
        get_logger().warning("a frame was refused", peer=repr(frames[0][:80]), code=error.code, error=error.message)
        number = peek_id(frames[1]) if len(frames) > 1 else 0
        self._send(frames[0], error_info(error), number)
