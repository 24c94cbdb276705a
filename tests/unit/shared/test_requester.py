"""Asking: an answer that is lost is asked for again, one that is late is not taken for another's."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from shared import transport
from shared.errors import BadInputError, ErrorCode, NotReachableError, StepwellError
from shared.identity import Identity
from shared.messages import (
    Accepted,
    BeginStep,
    CancelTask,
    Done,
    ErrorInfo,
    GetStatus,
    Picture,
    RecordsWritten,
    WriteRecords,
)
from shared.transport import Dealer, Incoming, Requester, Responder
from shared.wire import MAX_PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

CLI = Identity("cli-1", "c0")
WORKER = Identity("worker-1", "w0")
CANCEL = CancelTask(session_id="a")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again after a tenth of a second, so that tests need not wait for what people do not notice."""
    monkeypatch.setattr(transport, "RESEND_S", 0.1)


@pytest.fixture
def requester(context: Any, endpoint: str) -> Iterator[Requester]:
    made = Requester(context, endpoint, CLI)
    yield made
    made.close()


def done(incoming: Incoming, responder: Responder) -> None:
    responder.reply(incoming, Done(seq=5))


def test_whoever_waits_is_called_in_between_and_may_give_up(requester: Requester) -> None:
    class EnoughError(Exception):
        pass

    looks: list[float] = []

    def look() -> None:
        looks.append(time.monotonic())
        if len(looks) == 3:
            raise EnoughError

    before = time.monotonic()
    with pytest.raises(EnoughError):
        requester.request(CANCEL, 30.0, while_waiting=look)
    assert len(looks) == 3
    assert time.monotonic() - before < 5.0


def test_a_question_is_answered_and_carries_its_deadline(requester: Requester, serve: Any) -> None:
    asked = serve(done)
    before = time.monotonic()
    assert requester.request(CANCEL, 5.0) == Done(seq=5)
    (incoming,) = asked
    assert incoming.sender == CLI
    assert before + 5.0 <= incoming.message.deadline <= time.monotonic() + 5.0


def test_a_lost_answer_is_asked_for_again_with_the_same_id(requester: Requester, serve: Any) -> None:
    lost = [True, True, False]
    asked = serve(lambda incoming, responder: lost.pop(0) or done(incoming, responder))
    assert requester.request(CANCEL, 10.0) == Done(seq=5)
    assert len(asked) == 3
    assert len({incoming.id for incoming in asked}) == 1
    assert len({incoming.message for incoming in asked}) == 1, "the deadline is the first one's"


def test_a_picture_is_sent_again_with_its_record(context: Any, endpoint: str, serve: Any) -> None:
    requester = Requester(context, endpoint, WORKER)
    lost = [True, False]
    answer = RecordsWritten(results=(Accepted(seq=1),))
    asked = serve(lambda incoming, responder: lost.pop(0) or responder.reply(incoming, answer))
    png = b"\x89PNG\0" * 1000
    picture = Picture(digest="0" * 64, size_bytes=len(png), width=1, height=1)
    records = WriteRecords(records=(BeginStep(session_id="a", step_num=1, picture=picture),))
    assert requester.request(records, 10.0, png) == answer
    assert [incoming.picture for incoming in asked] == [png, png]
    requester.close()


def test_a_question_waits_for_a_store_that_is_still_starting(requester: Requester, serve: Any) -> None:
    timer = threading.Timer(0.3, serve, [done])
    timer.start()
    assert requester.request(CANCEL, 10.0) == Done(seq=5)
    timer.join()


@pytest.mark.parametrize("listening", [False, True])
def test_no_answer_in_time_is_said_to_be_unconfirmed(context: Any, endpoint: str, serve: Any, listening: bool) -> None:
    if listening:
        serve(lambda *_: None)
    requester = Requester(context, endpoint, CLI, ErrorCode.STORE_AWAY)
    before = time.monotonic()
    with pytest.raises(NotReachableError, match=r"CancelTask: no answer within 0\.3 s, not confirmed") as caught:
        requester.request(CANCEL, 0.3)
    assert 0.3 <= time.monotonic() - before < 10.0
    assert caught.value.code is ErrorCode.STORE_AWAY
    assert caught.value.retryable
    assert "stepwell status" in caught.value.remedy
    requester.close()


def test_a_late_answer_is_not_taken_for_the_next_questions(requester: Requester, serve: Any) -> None:
    waiting: list[Incoming] = []

    def answer_late(incoming: Incoming, responder: Responder) -> None:
        if isinstance(incoming.message, CancelTask):
            waiting.append(incoming)
        else:
            for late in waiting:
                responder.reply(late, Done(seq=1))
            responder.send(incoming.sender, Done(seq=2))  # unasked
            responder.reply(incoming, Done(seq=3))

    serve(answer_late)
    with pytest.raises(NotReachableError):
        requester.request(CANCEL, 0.2)
    assert requester.request(GetStatus(), 5.0) == Done(seq=3)
    assert waiting


def test_a_refusal_is_raised_as_the_peer_said_it(requester: Requester, serve: Any) -> None:
    info = ErrorInfo(code=ErrorCode.UNKNOWN_TASK, message="no task is called a", detail="see tasks", retryable=True)
    serve(lambda incoming, responder: responder.reply(incoming, info))
    with pytest.raises(StepwellError, match="no task is called a") as caught:
        requester.request(CANCEL, 5.0)
    error = caught.value
    assert (error.code, error.remedy, error.retryable) == (ErrorCode.UNKNOWN_TASK, "see tasks", True)


def test_an_answer_of_another_type_is_a_fault(requester: Requester, serve: Any) -> None:
    serve(done)
    assert requester.ask(CANCEL, Done, 5.0) == Done(seq=5)
    with pytest.raises(StepwellError, match="CancelTask was answered by Done") as caught:
        requester.ask(CANCEL, RecordsWritten, 5.0)
    assert caught.value.code is ErrorCode.INTERNAL


def test_an_unreadable_answer_is_skipped_and_asked_for_again(requester: Requester, serve: Any) -> None:
    garbled = [True, False]

    def answer(incoming: Incoming, responder: Responder) -> None:
        if garbled.pop(0):
            responder.socket.send_multipart([incoming.sender.routing_id, b"garbage"])
        else:
            done(incoming, responder)

    asked = serve(answer)
    assert requester.request(CANCEL, 10.0) == Done(seq=5)
    assert len(asked) == 2


def test_a_store_that_is_restarted_meanwhile_gets_the_question_again(endpoint: str, requester: Requester) -> None:
    """The first answerer takes the question and dies; the next one is asked by itself.

    The next one lives until the answer has come: an answer may be lost with the process that gave it, which is why it
    is asked for again, and one that dies at once could not hear that.
    """
    answered = threading.Event()

    def live_and_die_and_live() -> None:
        for answers in (False, True):
            context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()  # its end is the end of all that it had open
            responder = Responder(context, endpoint, Identity("daemon", f"d{answers:d}"))
            asked = False
            while not (answered.is_set() if answers else asked):
                if responder.socket.poll(10) and (incoming := responder.receive()):
                    asked = True
                    if answers:
                        done(incoming, responder)
            responder.close()
            context.term()

    thread = threading.Thread(target=live_and_die_and_live)
    thread.start()
    try:
        assert requester.request(CANCEL, 30.0) == Done(seq=5)
    finally:
        answered.set()
        thread.join(30)


def test_what_cannot_be_sent_is_refused_at_once(context: Any, endpoint: str, requester: Requester) -> None:
    with pytest.raises(BadInputError, match="cannot be sent"):
        requester.request(CancelTask(session_id="a", reason="\ud800"), 5.0)
    dealer = Dealer(context, endpoint, WORKER)
    with pytest.raises(BadInputError, match="a picture of 16,777,217 bytes") as caught:
        dealer.send(WriteRecords(records=(BeginStep(session_id="a", step_num=1),)), b"x" * (MAX_PICTURE + 1))
    assert caught.value.code is ErrorCode.TOO_LARGE
    dealer.close()


def test_nothing_is_queued_for_a_peer_that_is_not_there(context: Any, endpoint: str) -> None:
    dealer = Dealer(context, endpoint, CLI)
    before = time.monotonic()
    with pytest.raises(NotReachableError, match="GetStatus: nobody takes messages") as caught:
        dealer.send(GetStatus())
    assert time.monotonic() - before < 0.5
    assert caught.value.retryable
    assert dealer.receive() is None
    dealer.close()
