"""The line to the daemon, over real sockets, with a daemon that is played by the test."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest
import zmq

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.identity import Identity
from shared.messages import (
    Accepted,
    AddNote,
    Claimed,
    ClaimTask,
    DeviceInfo,
    DeviceReleased,
    ErrorInfo,
    Event,
    Hello,
    RecordsWritten,
    Welcome,
    WriteRecords,
)
from shared.paths import Home
from shared.publishing import Publisher
from shared.transport import Responder
from worker.store_link import StoreLink

WORKER = Identity("worker-1", "0123456789abcdef")
HELLO = Hello(program_version="1", pid=1)
NOTE = WriteRecords(records=(AddNote(session_id="s", note_id="n", text="x"),))


class PlayedDaemon:
    """Answers what it is asked by `answer`; `heard` is what came, in order."""

    def __init__(self, home: Home, incarnation: str = "aaaa") -> None:
        self.heard: list[object] = []
        self.answer = self.usual
        self._incarnation = incarnation
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        identity = Identity("daemon", incarnation)
        self._responder = Responder(self._context, home.endpoint("daemon"), identity)
        self.events = Publisher(self._context, home.endpoint("events"), identity)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def usual(self, message):
        if isinstance(message, Hello):
            return Welcome(daemon_incarnation=self._incarnation, timeline="t", seq=1)
        if isinstance(message, WriteRecords):
            return RecordsWritten(results=tuple(Accepted(seq=1) for _ in message.records))
        return Claimed(why="nothing waits")

    def _serve(self) -> None:
        while not self._end.is_set():
            self._responder.socket.poll(20)
            self.events.welcome()
            while (incoming := self._responder.receive()) is not None:
                self.heard.append(incoming.message)
                answer = self.answer(incoming.message)
                if answer is not None:
                    self._responder.reply(incoming, answer)
        self._responder.close()
        self.events.close()

    def kinds(self) -> list[str]:
        return [type(message).__name__ for message in list(self.heard)]

    def die(self) -> None:
        self._end.set()
        self._thread.join()
        self._context.destroy(linger=0)


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "h")
    made.prepare()
    return made


@pytest.fixture
def daemons(home):
    started: list[PlayedDaemon] = []

    def start(incarnation: str = "aaaa") -> PlayedDaemon:
        started.append(PlayedDaemon(home, incarnation))
        return started[-1]

    yield start
    for daemon in started:
        if not daemon._end.is_set():
            daemon.die()


@pytest.fixture
def link(home):
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    made = StoreLink(context, home, WORKER)
    yield made
    made.close()
    context.destroy(linger=0)


def answered(link: StoreLink) -> Future:
    """Send a note; return a future of its answer."""
    future: Future = Future()
    link.send_records(NOTE, b"", lambda answer: (future.set_result(answer), True)[1])
    return future


def test_a_request_is_answered(link, daemons):
    daemons()
    link.start()
    assert link.ask(ClaimTask(claim=1), Claimed, 5.0).why == "nothing waits"


def test_a_daemon_that_is_away_makes_a_request_end_as_not_confirmed(link):
    link.start()
    begun = time.monotonic()
    with pytest.raises(NotReachableError, match="not confirmed") as caught:
        link.ask(ClaimTask(claim=1), Claimed, 0.4)
    assert caught.value.code is ErrorCode.STORE_AWAY
    assert time.monotonic() - begun < 3


def test_a_refusal_is_raised_with_its_code(link, daemons):
    daemons().answer = lambda _message: ErrorInfo(code=ErrorCode.STALE, message="older")
    link.start()
    with pytest.raises(StepwellError, match="older") as caught:
        link.ask(ClaimTask(claim=1), Claimed, 5.0)
    assert caught.value.code is ErrorCode.STALE


def test_hello_comes_first_and_again_after_a_restart_with_what_is_unanswered_behind_it(link, daemons, wait_until):
    welcomes = []
    link.on_welcome = welcomes.append
    link.say_hello(HELLO)
    link.start()
    first = daemons("aaaa")
    wait_until(lambda: welcomes)
    assert first.kinds()[0] == "Hello"
    first.answer = lambda _message: None  # it dies before it has answered
    pending = answered(link)
    wait_until(lambda: "WriteRecords" in first.kinds())
    first.die()
    second = daemons("bbbb")
    assert isinstance(pending.result(10), RecordsWritten)
    wait_until(lambda: len(welcomes) == 2)
    assert second.kinds()[:2] == ["Hello", "WriteRecords"]
    assert link.daemon_incarnation == "bbbb"


def test_the_newest_hello_counts(link, daemons, wait_until):
    welcomes = []
    link.on_welcome = welcomes.append
    link.say_hello(HELLO)
    link.start()
    daemon = daemons()
    wait_until(lambda: welcomes)
    link.say_hello(Hello(program_version="1", pid=1, device=DeviceInfo(device_id="D")))
    wait_until(lambda: len(welcomes) == 2)
    assert daemon.heard[-1].device.device_id == "D"


def test_a_record_is_resent_until_it_is_settled(link, daemons):
    daemon = daemons()
    answers = iter([None, ErrorInfo(code=ErrorCode.STORE_BUSY, message="busy", retryable=True)])
    daemon.answer = lambda message: next(answers, daemon.usual(message))
    link.start()
    settled: Future = Future()

    def on_answer(answer):
        if isinstance(answer, ErrorInfo):
            return False
        settled.set_result(answer)
        return True

    link.send_records(NOTE, b"", on_answer)
    assert isinstance(settled.result(10), RecordsWritten)
    assert daemon.kinds() == ["WriteRecords"] * 3


def test_new_work_wakes_the_worker(link, daemons, wait_until):
    woken = threading.Event()
    link.on_work = woken.set
    daemon = daemons()
    link.start()
    link.ask(ClaimTask(claim=1), Claimed, 5.0)

    def published() -> bool:
        body = DeviceReleased(device_id="D", by="cli")
        daemon.events.publish(Event(seq=1, timeline="t", at="", by="", body=body))
        return woken.wait(0.05)

    wait_until(published)
