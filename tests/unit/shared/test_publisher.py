"""Events: sent to whoever listens, never waited for; what is not the daemon's is not believed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from shared.errors import ErrorCode
from shared.identity import Identity
from shared.messages import DeviceReleased, Event, Message, Position, RecordSetAside
from shared.publishing import Publisher, Subscriber
from shared.wire import MAX_FRAME, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

DAEMON = Identity("daemon", "d0")
SOON_S = 5.0


@pytest.fixture
def publisher(context: Any, endpoint: str) -> Iterator[Publisher]:
    made = Publisher(context, endpoint, DAEMON)
    yield made
    made.close()


@pytest.fixture
def subscriber(context: Any, endpoint: str, publisher: Publisher) -> Iterator[Subscriber]:
    """One that is known to be connected."""
    made = Subscriber(context, endpoint)
    end = time.monotonic() + SOON_S
    while not made.socket.poll(10):
        publisher.welcome()
        publisher.publish(Position(timeline="hello", seq=0))
        assert time.monotonic() < end
    while made.receive() is not None:
        pass
    yield made
    made.close()


def next_of(subscriber: Subscriber) -> Message:
    """The next message that is not left over from connecting."""
    end = time.monotonic() + SOON_S
    while time.monotonic() < end:
        subscriber.socket.poll(50)
        message = subscriber.receive()
        if message is not None and getattr(message, "timeline", "") != "hello":
            return message
    raise AssertionError("nothing was published")


def event(seq: int) -> Event:
    return Event(seq=seq, timeline="t", at="", by="", body=DeviceReleased(device_id="a", by=""))


def test_events_come_in_order(publisher: Publisher, subscriber: Subscriber) -> None:
    for seq in range(100):
        publisher.publish(event(seq))
    assert [next_of(subscriber) for _ in range(100)] == [event(seq) for seq in range(100)]
    assert subscriber.receive() is None


def test_what_is_not_the_daemons_or_not_readable_is_skipped(
    context: Any, endpoint: str, publisher: Publisher, subscriber: Subscriber
) -> None:
    position = Position(timeline="t", seq=1)
    for frame in (
        b"garbage",
        encode(Identity("worker-1", "a"), position, 0),
        encode(Identity("nobody-1", "a"), position, 0),
        encode(DAEMON, position, 0)[:-1],
    ):
        publisher.socket.send(frame)
    publisher.publish(event(2))
    assert next_of(subscriber) == event(2)


def test_an_event_that_is_too_large_leaves_a_gap_and_harms_nothing(
    publisher: Publisher, subscriber: Subscriber
) -> None:
    body = RecordSetAside(
        session_id=None, kind="x", code=ErrorCode.INTERNAL, message="", raw="x" * MAX_FRAME, sender="", incarnation=""
    )
    publisher.publish(Event(seq=1, timeline="t", at="", by="", body=body))
    publisher.publish(event(2))
    assert next_of(subscriber) == event(2)


def test_a_subscriber_that_does_not_read_holds_nobody_up(
    context: Any, endpoint: str, publisher: Publisher, subscriber: Subscriber
) -> None:
    deaf = context.socket(zmq.SUB)
    deaf.setsockopt(zmq.RCVHWM, 1)
    deaf.setsockopt(zmq.SUBSCRIBE, b"")
    deaf.connect(endpoint)
    assert publisher.socket.poll(int(SOON_S * 1000)), "it does not want to listen"
    publisher.welcome()
    before, received = time.monotonic(), 0
    for seq in range(5000):
        publisher.publish(event(seq))
        received += subscriber.receive() is not None
    assert time.monotonic() - before < SOON_S
    assert received > 0
    deaf.close(0)


def test_publishing_to_nobody_is_nothing(publisher: Publisher) -> None:
    for seq in range(3000):
        publisher.publish(event(seq))


def test_what_a_listener_wants_besides_everything_costs_nothing(
    context: Any, endpoint: str, publisher: Publisher, subscriber: Subscriber
) -> None:
    odd = context.socket(zmq.XSUB)
    odd.connect(endpoint)
    for word in (b"\x01narrow", b"\x00", b"\x02what", b"\x01" + b"x" * 100_000, b"junk"):
        odd.send(word)
    assert publisher.socket.poll(int(SOON_S * 1000)), "nothing came"
    publisher.welcome()
    publisher.publish(event(1))
    assert next_of(subscriber) == event(1)
    assert not odd.poll(100), "it never asked for everything"
    odd.close(0)


def test_nothing_is_encoded_before_anybody_listens(
    publisher: Publisher, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[Message] = []

    def counted(sender: Identity, message: Message, request_id: int) -> bytes:
        encoded.append(message)
        return encode(sender, message, request_id)

    monkeypatch.setattr("shared.publishing.encode", counted)
    publisher.publish(event(1))
    assert encoded == []
    heard = request.getfixturevalue("subscriber")
    publisher.publish(event(2))
    assert next_of(heard) == event(2)
