"""Answering: only good requests are handed out, and nobody's silence, flood or size harms the others."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
import zmq

from shared import messages as m
from shared.errors import ErrorCode
from shared.identity import Identity
from shared.messages import (
    RULES,
    BeginStep,
    CancelTask,
    Done,
    ErrorInfo,
    GetStatus,
    Message,
    NewTask,
    Role,
    WriteRecords,
)
from shared.transport import Dealer, Incoming, Reply, Responder, deadline_in
from shared.wire import MAX_FRAME, MAX_PICTURE, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAEMON = Identity("daemon", "d0")
CLI = Identity("cli-1", "c0")
WORKER = Identity("worker-1", "w0")
HONEST = Identity("cli-honest", "h0")
SOON_MS = 5000
NEVER_MS = 200
STEP = WriteRecords(records=(BeginStep(session_id="a", step_num=1),))


def status() -> GetStatus:
    return GetStatus(deadline=deadline_in(60))


class Sockets:
    """A Responder and the Dealers that talk to it, all in this thread."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str) -> None:
        self.context, self.endpoint = context, endpoint
        self.responder = Responder(context, endpoint, DAEMON)
        self.opened: list[Dealer] = []

    def dealer(self, who: Identity = CLI) -> Dealer:
        dealer = Dealer(self.context, self.endpoint, who)
        self.opened.append(dealer)
        assert dealer.socket.poll(SOON_MS, zmq.POLLOUT), "not connected"
        return dealer

    def next(self) -> Incoming | None:
        """The next good request; None when there is none among what has come."""
        assert self.responder.socket.poll(SOON_MS), "nothing came"
        return self.responder.receive()

    def close(self) -> None:
        for dealer in self.opened:
            dealer.close()
        self.responder.close()


def said(dealer: Dealer) -> Reply:
    assert dealer.socket.poll(SOON_MS), "no answer"
    reply = dealer.receive()
    assert reply is not None
    return reply


@pytest.fixture
def sockets(context: Any, endpoint: str) -> Iterator[Sockets]:
    made = Sockets(context, endpoint)
    yield made
    made.close()


def serves(sockets: Sockets, who: Identity = HONEST) -> bool:
    """Whether an honest peer is served at once."""
    dealer = sockets.dealer(who)
    number = dealer.send(status())
    for _ in range(1000):
        incoming = sockets.next()
        if incoming is not None and incoming.sender == who:
            sockets.responder.reply(incoming, Done(seq=9))
            return said(dealer) == Reply(number, Done(seq=9))
    return False


# --- what is refused -----------------------------------------------------------------------------------------------


def refused(sockets: Sockets, dealer: Dealer, *frames: bytes) -> ErrorInfo:
    dealer.socket.send_multipart(list(frames))
    assert sockets.next() is None
    reply = said(dealer).message
    assert isinstance(reply, ErrorInfo)
    return reply


@pytest.mark.parametrize(
    ("frames", "code", "words"),
    [
        ([b""], ErrorCode.BAD_REQUEST, "a frame is not"),
        ([b"", b""], ErrorCode.BAD_REQUEST, "a frame is not"),
        ([b"x", b"y", b"z"], ErrorCode.BAD_REQUEST, "a message of 3 frames"),
        ([b"\0" * (MAX_FRAME + 1)], ErrorCode.TOO_LARGE, "over the limit"),
        ([encode(CLI, GetStatus(deadline=1e9), 7), b"picture"], ErrorCode.BAD_REQUEST, "GetStatus carries no picture"),
        ([encode(CLI, STEP, 7)], ErrorCode.WRONG_ROLE, "cli may not send WriteRecords to daemon"),
        ([encode(CLI, Done(seq=1), 7)], ErrorCode.WRONG_ROLE, "cli may not send Done to daemon"),
        ([encode(CLI, GetStatus(), 7)], ErrorCode.DEADLINE, "GetStatus came after its deadline and was dropped"),
        ([msgpack.packb([2, "X", 7, "cli-1", "c0", {}])], ErrorCode.WRONG_VERSION, "version 2"),
    ],
)
def test_what_is_no_good_request_is_answered_with_its_reason_and_not_handed_out(
    sockets: Sockets, frames: list[bytes], code: ErrorCode, words: str
) -> None:
    info = refused(sockets, sockets.dealer(), *frames)
    assert info.code is code
    assert words in info.message
    assert serves(sockets)


def test_a_refusal_carries_the_id_of_what_it_refuses(sockets: Sockets) -> None:
    dealer = sockets.dealer()
    number = dealer.send(STEP)
    assert sockets.next() is None
    assert said(dealer).id == number


def test_a_deadline_is_kept_by_the_responders_clock(context: Any, endpoint: str) -> None:
    now = [100.0]
    responder = Responder(context, endpoint, DAEMON, lambda: now[0])
    dealer = Dealer(context, endpoint, CLI)
    assert dealer.socket.poll(SOON_MS, zmq.POLLOUT)
    outcomes = []
    for clock in (104.9, 105.0, 106.0):
        now[0] = clock
        dealer.send(GetStatus(deadline=105.0))
        assert responder.socket.poll(SOON_MS)
        outcomes.append(responder.receive() is not None)
    assert outcomes == [True, False, False]
    dealer.close()
    responder.close()


def test_a_sender_that_is_not_the_connections_is_refused(sockets: Sockets) -> None:
    """Nobody speaks in another's name: neither is it believed, nor does the other hear of it."""
    victim, liar = sockets.dealer(WORKER), sockets.dealer(CLI)
    info = refused(sockets, liar, encode(WORKER, STEP, 7))
    assert (info.code, info.message) == (
        ErrorCode.BAD_REQUEST,
        "the sender is not who the connection belongs to",
    )
    former = Identity(CLI.name, "former")
    assert refused(sockets, liar, encode(former, status(), 8)).code is ErrorCode.BAD_REQUEST
    assert not victim.socket.poll(NEVER_MS)


def test_a_name_of_no_role_is_refused(sockets: Sockets) -> None:
    stranger = Identity("nobody-1", "a")
    info = refused(sockets, sockets.dealer(stranger), encode(stranger, status(), 7))
    assert (info.code, info.message) == (ErrorCode.WRONG_ROLE, "no process is called nobody-1")


def test_a_peer_without_any_routing_id_of_ours_is_refused(sockets: Sockets) -> None:
    raw = sockets.context.socket(zmq.DEALER)
    raw.connect(sockets.endpoint)
    raw.send(encode(CLI, status(), 7))
    assert sockets.next() is None
    assert raw.poll(SOON_MS)
    assert b"BAD_REQUEST" in raw.recv()
    raw.close(0)


WAIT = m.NewWait(session_id="a", wait_id="w", waiting_for=m.WaitingFor.PAUSED)
BODIES: dict[type[Message], Callable[[], Message]] = {
    m.Hello: lambda: m.Hello(program_version="1", pid=1, deadline=1e9),
    m.WriteRecords: lambda: STEP,
    m.CreateTask: lambda: m.CreateTask(task=NewTask(session_id="a", task_description="x"), deadline=1e9),
    m.SubmitTask: lambda: m.SubmitTask(task=NewTask(session_id="a", task_description="x"), deadline=1e9),
    m.ClaimTask: lambda: m.ClaimTask(claim=1, deadline=1e9),
    m.OweDebt: lambda: m.OweDebt(debt=m.Debt(debt_id="a", device_id="a", kind="keyboard", detail="x"), deadline=1e9),
    m.SettleDebt: lambda: m.SettleDebt(debt_id="a", attempt=1, deadline=1e9),
    m.HoldDevice: lambda: m.HoldDevice(device_id="a", deadline=1e9),
    m.ReleaseDevice: lambda: m.ReleaseDevice(device_id="a", deadline=1e9),
    m.GetTask: lambda: m.GetTask(task_id="a", deadline=1e9),
    m.Ready: lambda: m.Ready(name="a", pid=1),
    m.Heartbeat: lambda: m.Heartbeat(name="a"),
    m.Quit: m.Quit,
    m.ExpectStop: lambda: m.ExpectStop(worker="a", incarnation="a", session_id="a", deadline=1e9),
    m.ForceStop: lambda: m.ForceStop(worker="a", incarnation="a", session_id="a", deadline=1e9),
    m.Event: lambda: m.Event(seq=1, timeline="a", at="", by="", body=m.DeviceReleased(device_id="a", by="")),
    m.Position: lambda: m.Position(timeline="a", seq=1),
    m.FindMoment: partial(m.FindMoment, at="2026-01-01T00:00:00Z", deadline=1e9),
    m.AnswerWait: lambda: m.AnswerWait(session_id="a", seq=1, decision=m.Decision.RESUMED, deadline=1e9),
    m.SettleWait: lambda: m.SettleWait(session_id="a", seq=1, decision=m.Decision.RESUMED, deadline=1e9),
    m.RaiseWait: lambda: m.RaiseWait(wait=WAIT, deadline=1e9),
    m.PersonAct: lambda: m.PersonAct(session_id="a", seq=1, act_id="x", kind=m.ActKind.TAP, deadline=1e9),
    m.KillWorker: lambda: m.KillWorker(worker="a", incarnation="a", deadline=1e9),
}  # fmt: skip
ONLY_A_TASK = (CancelTask, m.DeleteTask, m.GetLive, m.GetScreen, m.LabelTask, m.ListSteps, m.PauseTask, m.StopTask)
BODIES |= {kind: partial(kind, session_id="a", deadline=1e9) for kind in ONLY_A_TASK}


@pytest.mark.parametrize("receiver", [Role.DAEMON, Role.WORKER, Role.SUPERVISOR])
def test_each_role_may_send_what_the_table_of_rules_says_and_nothing_else(
    context: Any, endpoint: str, receiver: Role
) -> None:
    responder = Responder(context, endpoint, Identity(f"{receiver}-0", "r0"))
    for role in Role:
        who = Identity(f"{role}-1", "a0")
        dealer = Dealer(context, endpoint, who)
        assert dealer.socket.poll(SOON_MS, zmq.POLLOUT)
        for rule in RULES:
            message = BODIES[rule.message]() if rule.message in BODIES else rule.message(deadline=1e9)  # type: ignore[call-arg]
            dealer.send(message)
            assert responder.socket.poll(SOON_MS)
            allowed = rule.receiver is receiver and role in rule.senders
            assert (responder.receive() is not None) == allowed, f"{role} → {receiver}: {rule.message.__name__}"
            if not allowed:
                assert said(dealer).message.code is ErrorCode.WRONG_ROLE  # type: ignore[attr-defined]
        dealer.close()
    responder.close()


# --- what must not harm the others ---------------------------------------------------------------------------------


def test_a_peer_that_does_not_read_blocks_nobody(sockets: Sockets) -> None:
    deaf = sockets.dealer(Identity("cli-deaf", "a"))
    deaf.socket.setsockopt(zmq.RCVHWM, 1)
    deaf.send(status())
    incoming = sockets.next()
    assert incoming is not None
    answer = ErrorInfo(code=ErrorCode.INTERNAL, message="x" * 20_000)
    before, delivered = time.monotonic(), 0
    while sockets.responder.reply(incoming, answer):
        delivered += 1
        assert delivered < 20_000, "its queue has no end"
    assert not sockets.responder.send(deaf.identity, Done())
    assert time.monotonic() - before < 5, "a send waited"
    assert serves(sockets)
    assert said(deaf).message == answer, "what it was sent before is still there"


def test_a_flood_of_bad_frames_does_not_keep_the_loop_from_turning(sockets: Sockets) -> None:
    flood = sockets.dealer(Identity("cli-flood", "a"))
    for _ in range(900):
        flood.socket.send(b"garbage")
    calls = 0
    while sockets.responder.socket.poll(NEVER_MS):
        assert sockets.responder.receive() is None
        calls += 1
    assert calls >= 900 / 256, "one call answers so many at most"
    assert serves(sockets)


def test_a_frame_beyond_what_the_socket_takes_only_ends_its_senders_connection(sockets: Sockets) -> None:
    big = sockets.dealer(Identity("worker-big", "a"))
    big.socket.send_multipart([encode(big.identity, STEP, 1), b"x" * (MAX_PICTURE + 1)])
    assert not sockets.responder.socket.poll(NEVER_MS)
    assert serves(sockets)
    assert big.socket.poll(SOON_MS, zmq.POLLOUT), "it may connect again"
    big.send(STEP)
    assert sockets.next() is not None


def test_the_largest_picture_comes_through(sockets: Sockets) -> None:
    worker = sockets.dealer(WORKER)
    worker.send(STEP, b"x" * MAX_PICTURE)
    incoming = sockets.next()
    assert incoming is not None
    assert incoming.picture == b"x" * MAX_PICTURE


def test_an_answer_that_is_too_large_becomes_an_error(sockets: Sockets) -> None:
    dealer = sockets.dealer()
    number = dealer.send(status())
    incoming = sockets.next()
    assert incoming is not None
    assert sockets.responder.reply(incoming, ErrorInfo(code=ErrorCode.INTERNAL, message="x" * (MAX_FRAME + 1)))
    reply = said(dealer)
    assert reply.id == number
    assert isinstance(reply.message, ErrorInfo)
    assert reply.message.code is ErrorCode.TOO_LARGE


# --- who is answered -----------------------------------------------------------------------------------------------


def test_answers_find_their_questions_in_any_order(sockets: Sockets) -> None:
    dealer, other = sockets.dealer(), sockets.dealer(WORKER)
    numbers = [dealer.send(status()) for _ in range(3)]
    other_number = other.send(status())
    asked = [sockets.next() for _ in range(4)]
    for incoming in reversed(asked):
        assert incoming is not None
        sockets.responder.reply(incoming, Done(seq=incoming.id * 10 + (incoming.sender == WORKER)))
    answers = {reply.id: reply.message for reply in (said(dealer) for _ in numbers)}
    assert answers == {number: Done(seq=number * 10) for number in numbers}
    assert said(other) == Reply(other_number, Done(seq=other_number * 10 + 1))


def test_a_restarted_peer_gets_its_own_answers_and_its_former_lifes_go_nowhere(sockets: Sockets) -> None:
    former = sockets.dealer(Identity("worker-1", "first"))
    former.send(status())
    asked_before = sockets.next()
    assert asked_before is not None
    former.close()
    reborn = sockets.dealer(Identity("worker-1", "second"))
    number = reborn.send(status())
    asked = sockets.next()
    assert asked is not None
    end = time.monotonic() + SOON_MS / 1000
    while sockets.responder.reply(asked_before, Done(seq=1)):  # until the router has seen that it is gone
        assert time.monotonic() < end
    sockets.responder.reply(asked, Done(seq=2))
    assert said(reborn) == Reply(number, Done(seq=2))
    assert not reborn.socket.poll(NEVER_MS)


def test_a_peer_that_connects_anew_takes_its_place_over(sockets: Sockets) -> None:
    """ROUTER_HANDOVER: without it the second connection of one identity would be ignored for ever."""
    first = sockets.dealer(WORKER)
    first.send(status())
    assert sockets.next() is not None
    second = sockets.dealer(WORKER)
    number = second.send(status())
    incoming = sockets.next()
    assert incoming is not None
    assert sockets.responder.reply(incoming, Done(seq=3))
    assert said(second) == Reply(number, Done(seq=3))


def test_what_is_said_unasked_has_no_id_and_needs_a_peer(sockets: Sockets) -> None:
    dealer = sockets.dealer(WORKER)
    dealer.send(status())
    assert sockets.next() is not None
    assert sockets.responder.send(WORKER, m.Quit(reason="down"))
    assert said(dealer) == Reply(0, m.Quit(reason="down"))
    assert not sockets.responder.send(Identity("worker-2", "never"), m.Quit())
