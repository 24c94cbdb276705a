"""What waits while the store takes nothing, and for how long; the clock is a number."""

from __future__ import annotations

import pytest

from persistence_daemon.holdup import Holdup, Waiting
from shared.identity import Identity
from shared.messages import BeginStep, HoldDevice, WriteRecords
from shared.settings import BATCH_MAX, STORE_RETRY_S
from shared.transport import Incoming

WORKER = Identity("worker-1", "a000000000000001")
CLI = Identity("cli-1", "c000000000000003")
SENTENCE = "the disk is full"


def records(number: int, picture: bytes = b"") -> Incoming:
    step = BeginStep(session_id="task-1", step_num=number)
    return Incoming(WORKER, number, WriteRecords(records=(step,)), picture)


def request(number: int, deadline: float) -> Incoming:
    return Incoming(CLI, number, HoldDevice(device_id="phone", reason="x", deadline=deadline))


def test_it_is_tried_three_times_within_five_seconds_and_then_each_second_until_it_heals() -> None:
    holdup, now, tries = Holdup(), 100.0, []
    for _ in range(7):
        assert holdup.is_due(now)
        holdup.failed(now, SENTENCE)
        assert not holdup.is_due(now)
        tries.append(holdup.retry_at - now)
        now = holdup.retry_at
    assert tries == [*STORE_RETRY_S, 1.0, 1.0, 1.0, 1.0]
    assert sum(STORE_RETRY_S) <= 5.0
    assert holdup.sentence == SENTENCE
    holdup.healed()
    assert holdup.sentence == ""
    assert holdup.is_due(now)
    holdup.failed(now, SENTENCE)
    assert holdup.retry_at == now + STORE_RETRY_S[0], "the next trouble is met as patiently as the first"


def test_records_wait_through_the_first_tries_and_are_answered_after_each_later_one() -> None:
    holdup, now = Holdup(), 0.0
    waits = []
    for _ in range(5):
        holdup.failed(now, SENTENCE)
        waits.append(holdup.may_wait(records(1)))
        now = holdup.retry_at
    assert waits == [True, True, True, False, False]


@pytest.mark.parametrize(("deadline", "waits"), [(100.4, False), (100.5, False), (100.6, True)])
def test_a_request_waits_only_when_its_deadline_lies_behind_the_next_try(deadline: float, *, waits: bool) -> None:
    holdup = Holdup()
    holdup.failed(100.0, SENTENCE)
    assert holdup.may_wait(request(1, deadline)) is waits


def test_a_hurried_try_comes_at_once() -> None:
    holdup = Holdup()
    holdup.failed(100.0, SENTENCE)
    holdup.hurry()
    assert holdup.is_due(100.0)


def test_what_is_resent_waits_once_and_the_order_stays() -> None:
    waiting = Waiting()
    for one in (records(1), request(1, 50.0), records(2), records(1)):
        assert waiting.add(one)
    assert [(one.sender, one.id) for one in waiting.take(0.0)] == [(WORKER, 1), (CLI, 1), (WORKER, 2)]
    assert len(waiting) == 0


def test_a_request_is_dropped_at_its_deadline_and_a_record_never() -> None:
    waiting = Waiting()
    waiting.add(request(1, 50.0))
    waiting.add(records(1))
    assert [one.sender for one in waiting.take(50.0)] == [WORKER]


def test_no_more_waits_than_one_commit_takes() -> None:
    waiting = Waiting()
    for number in range(1, BATCH_MAX + 1):
        assert waiting.add(records(number))
    assert waiting.is_full
    assert not waiting.add(records(BATCH_MAX + 1))
    assert waiting.add(records(1)), "what waits already is not refused"
    waiting.take(0.0)
    assert waiting.add(records(1))


def test_the_pictures_that_wait_are_bounded() -> None:
    waiting = Waiting()
    picture = bytes(16 << 20)
    added = [waiting.add(records(number, picture)) for number in range(1, 7)]
    assert added == [True, True, True, True, False, False]
