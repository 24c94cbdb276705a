"""The step buffer: nothing leaves it before it is acknowledged or on disk; order is kept; refusals are told."""

from __future__ import annotations

import threading
import time

import pytest

from shared.errors import ErrorCode
from shared.messages import AddNote, BeginStep, ErrorInfo, FinishStep, Outcome, RecordsWritten, WriteRecords
from shared.wire import decode
from worker.errors import Fenced, OutOfTask, RecordRefused


def note(number: int, text: str = "x") -> AddNote:
    return AddNote(session_id="task1", note_id=f"n{number}", text=text)


def begin(number: int) -> BeginStep:
    return BeginStep(session_id="task1", step_num=number)


def finish(number: int) -> FinishStep:
    return FinishStep(session_id="task1", step_num=number, outcome=Outcome.DONE)


def never() -> bool:
    return False


def test_a_record_is_durable_when_the_daemon_has_acknowledged_it(rig):
    parcel = rig.buffer.put(begin(1))
    rig.buffer.wait_durable(parcel)
    assert rig.link.stored == [begin(1)]
    assert list(rig.folder.iterdir()) == []


def test_an_unacknowledged_record_goes_to_the_outbox_with_its_picture_and_leaves_it_when_acknowledged(rig, wait_until):
    rig.link.away = True
    parcel = rig.buffer.put(begin(1), picture=b"picture")
    rig.buffer.wait_durable(parcel)
    assert not parcel.acknowledged
    assert sorted(path.name for path in rig.folder.iterdir()) == ["00000001.png", "00000001.rec"]
    envelope = decode((rig.folder / "00000001.rec").read_bytes())
    assert envelope.message == WriteRecords(records=(begin(1),))
    assert envelope.sender == rig.identity
    assert (rig.folder / "00000001.png").read_bytes() == b"picture"
    rig.link.come_back()
    assert rig.buffer.wait_empty(never)
    wait_until(lambda: list(rig.folder.iterdir()) == [])


def test_the_outbox_keeps_the_order_of_records(rig):
    rig.link.away = True
    parcels = [rig.buffer.put(note(n)) for n in range(1, 4)]
    rig.buffer.wait_durable(parcels[-1])
    names = sorted(path.name for path in rig.folder.glob("*.rec"))
    assert names == ["00000001.rec", "00000002.rec", "00000003.rec"]
    rig.link.come_back()
    assert rig.buffer.wait_empty(never)
    assert rig.link.stored == [note(1), note(2), note(3)]


def test_ordinary_records_never_fly_side_by_side(rig):
    rig.link.away = True
    for number in range(1, 4):
        rig.buffer.put(note(number))
    assert len(rig.link.sent) == 1
    rig.link.come_back()
    assert rig.buffer.wait_empty(never)
    assert [message.records for message in rig.link.sent] == [(note(1),), (note(2),), (note(3),)]


def test_pairs_gather_in_messages_while_others_are_in_flight_and_a_step_is_never_split(rig):
    rig.link.away = True
    for number in range(1, 101):
        rig.buffer.put(begin(number), finish(number), alone=False)
    assert sum(len(message.records) for message in rig.link.sent) <= 64
    rig.link.come_back()
    assert rig.buffer.wait_empty(never)
    assert len(rig.link.stored) == 200
    assert len(rig.link.sent) < 20
    for message in rig.link.sent:
        assert len(message.records) <= 32
        assert {r.step_num for r in message.records[::2]} == {r.step_num for r in message.records[1::2]}


def test_a_lost_acknowledgement_is_asked_for_again_and_the_record_counts_once(rig):
    rig.link.away = True
    parcel = rig.buffer.put(note(1))
    busy = ErrorInfo(code=ErrorCode.STORE_BUSY, message="busy", retryable=True)
    assert rig.link.answer_first(busy) is False  # the link sends the same again
    assert not parcel.acknowledged
    assert rig.link.answer_first(RecordsWritten(results=())) is False  # an answer that does not fit
    rig.link.come_back()
    rig.buffer.wait_durable(parcel)
    assert rig.link.stored == [note(1)]


def test_a_refused_record_raises_at_who_waits_for_it(rig):
    rig.link.refuse = lambda _record: ErrorInfo(code=ErrorCode.CONFLICT, message="another stands there")
    parcel = rig.buffer.put(begin(1))
    with pytest.raises(RecordRefused, match="another stands there"):
        rig.buffer.wait_durable(parcel)


def test_a_whole_message_that_is_refused_is_taken_apart_so_that_only_the_bad_record_is_refused(rig):
    rig.link.away = True
    rig.buffer.put(begin(1), finish(1), alone=False)
    good = rig.buffer.put(begin(2), finish(2), alone=False)
    bad = rig.buffer.put(begin(3), finish(3), alone=False)
    rig.link.answer_first(RecordsWritten(results=tuple(rig.link._store(r) for r in (begin(1), finish(1)))))
    assert len(rig.link.sent) >= 2
    while rig.link.unanswered and len(rig.link.sent[-1].records) > 2:
        rig.link.answer_first(ErrorInfo(code=ErrorCode.BAD_REQUEST, message="bad"))
    rig.link.refuse = lambda r: ErrorInfo(code=ErrorCode.BAD_REQUEST, message="bad") if r.step_num == 3 else None
    rig.link.come_back()
    rig.buffer.wait_durable(good)
    with pytest.raises(RecordRefused):
        rig.buffer.wait_durable(bad)


def test_a_fence_lets_nothing_in_any_more(rig):
    rig.link.refuse = lambda _record: ErrorInfo(code=ErrorCode.FENCED, message="lost")
    with pytest.raises(Fenced):
        rig.buffer.wait_durable(rig.buffer.put(begin(1)))
    with pytest.raises(OutOfTask):
        rig.buffer.put(finish(1))


def test_a_late_intent_is_never_executed(rig):
    rig.link.late = True
    with pytest.raises(Fenced):
        rig.buffer.wait_acknowledged(rig.buffer.put(begin(1)), never)


def test_only_records_of_the_own_task_enter(rig):
    with pytest.raises(ValueError, match="none of task1"):
        rig.buffer.put(BeginStep(session_id="other", step_num=1))


def test_waiting_for_an_acknowledgement_can_be_given_up(rig):
    rig.link.away = True
    parcel = rig.buffer.put(begin(1))
    stop = threading.Event()
    threading.Timer(0.05, lambda: (stop.set(), rig.buffer.wake())).start()
    begun = time.monotonic()
    assert rig.buffer.wait_acknowledged(parcel, stop.is_set) is False
    assert time.monotonic() - begun < 2


def test_flush_puts_everything_on_disk_at_once(rig):
    rig.link.away = True
    rig.buffer.put(begin(1))
    rig.buffer.put(finish(1))
    rig.buffer.flush()
    assert len(list(rig.folder.glob("*.rec"))) == 2


def test_a_full_disk_lets_the_record_wait_for_the_daemon(rig, monkeypatch, wait_until):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rig.buffer._outbox, "write", full)
    rig.link.away = True
    parcel = rig.buffer.put(begin(1))
    waiter = threading.Thread(target=rig.buffer.wait_durable, args=[parcel])
    waiter.start()
    waiter.join(0.5)
    assert waiter.is_alive()
    rig.link.come_back()
    waiter.join(5)
    assert not waiter.is_alive()
