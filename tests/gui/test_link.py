"""The window's link against real sockets: answers, refusals, silence, and events without a gap."""

from __future__ import annotations

import contextlib
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import zmq
from core_desk import status
from PySide6.QtCore import QLocale, QObject
from shiboken6 import delete

from gui import words
from gui.link.hearing import EVENTS_MAX
from gui.link.link import Link
from gui.refusals import meaning
from shared.errors import ErrorCode
from shared.identity import Identity
from shared.messages import (
    Done,
    ErrorInfo,
    Event,
    GetProcesses,
    GetStatus,
    HoldDevice,
    Position,
    ProcessList,
    ReleaseDevice,
    StoreStatus,
    TaskDeleted,
)
from shared.publishing import Publisher
from shared.transport import Responder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from shared.messages import Message
    from shared.paths import Home
    from shared.transport import Incoming

DAEMON = Identity("daemon", "d0")


class Peers:
    """A daemon and a supervisor in a thread: `replies` says what is answered, `said` is published."""

    def __init__(self, home: Home) -> None:
        self.replies: dict[type[Message], Callable[[Incoming], Message | None]] = {
            GetStatus: lambda _incoming: status(),
            GetProcesses: lambda _incoming: ProcessList(items=(), home="", start_id="s", demo=False),
        }
        self.heard: list[Message] = []
        self.said: list[Message] = []
        self._home = home
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _serve(self) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        daemon = Responder(context, self._home.endpoint("daemon"), DAEMON)
        supervisor = Responder(context, self._home.endpoint("supervisor"), Identity("supervisor", "s0"))
        publisher = Publisher(context, self._home.endpoint("events"), DAEMON)
        while not self._ended.wait(0.002):
            publisher.welcome()
            self._answer(daemon)
            self._answer(supervisor)
            while self.said:
                publisher.publish(self.said.pop(0))
        for socket in (daemon, supervisor, publisher):
            socket.close()
        context.destroy(linger=0)

    def _answer(self, responder: Responder) -> None:
        while (incoming := responder.receive()) is not None:
            self.heard.append(incoming.message)
            reply = self.replies.get(type(incoming.message), lambda _incoming: Done())(incoming)
            if reply is not None:
                responder.reply(incoming, reply)


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, core: object) -> Home:
    made = core.home  # type: ignore[attr-defined]
    made.run.mkdir(exist_ok=True)
    return made


@pytest.fixture
def peers(home: Home) -> Iterator[Peers]:
    made = Peers(home)
    yield made
    made.end()


@pytest.fixture
def link(home: Home, qapp: object) -> Iterator[Link]:
    made = Link(home, Identity("gui", "g0"))
    yield made
    made.close()


class Asker(QObject):
    """A widget's place: it keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def take(self, answer: object) -> None:
        self.told.append(answer)


def event(seq: int, timeline: str = "t") -> Event:
    body = TaskDeleted(session_id=f"s{seq}", by="x")
    return Event(timeline=timeline, seq=seq, at="2026-01-01T10:00:00.000Z", by="x", body=body)


def test_answers_refusals_and_the_views_of_the_start_arrive(link: Link, peers: Peers, qtbot: QtBot) -> None:
    refusal = ErrorInfo(code=ErrorCode.UNKNOWN_DEVICE, message="there is no such device")
    peers.replies[ReleaseDevice] = lambda _incoming: refusal
    good, bad = Asker(), Asker()
    link.start()
    link.ask("daemon", HoldDevice(device_id="d"), Done, good.take, bad.take)
    link.ask("daemon", ReleaseDevice(device_id="d"), Done, good.take, bad.take)
    qtbot.waitUntil(lambda: len(good.told) == len(bad.told) == 1)
    assert isinstance(good.told[0], Done)
    assert bad.told == [refusal]
    qtbot.waitUntil(lambda: link.store is not None and link.processes is not None)


def test_an_answer_of_a_wrong_kind_is_a_failure_and_any_message_is_no_refusal(
    link: Link, peers: Peers, qtbot: QtBot
) -> None:
    good, bad = Asker(), Asker()
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d"), StoreStatus, good.take, bad.take)
    qtbot.waitUntil(lambda: bool(bad.told))
    assert good.told == []
    assert bad.told[0].code is ErrorCode.INTERNAL  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", [QLocale.Language.English, QLocale.Language.Chinese])
def test_an_answer_of_a_wrong_kind_is_told_in_one_sentence_and_the_log_says_more(
    link: Link, peers: Peers, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, language: QLocale.Language
) -> None:
    logged: list[dict[str, str]] = []
    log = SimpleNamespace(error=lambda _event, **fields: logged.append(fields))
    monkeypatch.setattr("gui.link.link.get_logger", lambda: log)
    QLocale.setDefault(QLocale(language))
    bad = Asker()
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d"), StoreStatus, bad.take, bad.take)
    qtbot.waitUntil(lambda: bool(bad.told))
    assert words.refusal(bad.told[0]) == meaning(ErrorCode.INTERNAL)  # type: ignore[arg-type]
    assert logged == [{"expected": "StoreStatus", "came": "Done"}]


def test_no_answer_from_the_daemon_says_that_the_store_is_away(link: Link, qtbot: QtBot) -> None:
    asker, other = Asker(), Asker()
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d"), Done, asker.take, asker.take, timeout_s=0.2)
    link.ask("worker-1", HoldDevice(device_id="d"), Done, other.take, other.take, timeout_s=0.2)
    qtbot.waitUntil(lambda: bool(asker.told and other.told))
    assert (asker.told[0].code, asker.told[0].retryable) == (ErrorCode.STORE_AWAY, True)  # type: ignore[attr-defined]
    assert other.told[0].code is ErrorCode.NOT_RUNNING  # type: ignore[attr-defined]


def test_an_unanswered_question_is_sent_again_and_its_answer_taken_once(link: Link, peers: Peers, qtbot: QtBot) -> None:
    def late(incoming: Incoming) -> Message | None:
        same = [message for message in peers.heard if isinstance(message, HoldDevice)]
        return Done() if len(same) > 1 else None

    peers.replies[HoldDevice] = late
    asker = Asker()
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d"), Done, asker.take, asker.take, timeout_s=5)
    qtbot.waitUntil(lambda: bool(asker.told))
    assert len({str(message) for message in peers.heard if isinstance(message, HoldDevice)}) == 1
    assert len(asker.told) == 1


def test_a_process_that_starts_later_is_met(link: Link, home: Home, qtbot: QtBot) -> None:
    asker = Asker()
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d"), Done, asker.take, asker.take, timeout_s=5)
    peers = Peers(home)
    try:
        qtbot.waitUntil(lambda: bool(asker.told))
    finally:
        peers.end()
    assert isinstance(asker.told[0], Done)


def test_a_forgotten_question_and_a_deleted_asker_are_not_called(link: Link, peers: Peers, qtbot: QtBot) -> None:
    gone, forgotten, last = Asker(), Asker(), Asker()
    told = gone.told
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d"), Done, gone.take, gone.take)
    link.forget(link.ask("daemon", HoldDevice(device_id="d"), Done, forgotten.take, forgotten.take))
    delete(gone)
    link.ask("daemon", HoldDevice(device_id="d"), Done, last.take)
    qtbot.waitUntil(lambda: bool(last.told))
    assert told == forgotten.told == []


class Listener:
    """What the link says, in order."""

    def __init__(self, link: Link) -> None:
        self.said: list[str | int] = []
        self.batches = 0
        link.resync.connect(lambda: self.said.append("resync"))
        link.news.connect(self._news)

    def _news(self, events: tuple[Event, ...]) -> None:
        self.batches += 1
        self.said += [event.seq for event in events]


def listen(link: Link, peers: Peers, qtbot: QtBot, seq: int) -> Listener:
    """Let the link hear the daemon at `seq`: it has read the views then."""
    listener = Listener(link)
    link._thread.start()

    def heard() -> None:
        peers.said.append(Position(timeline="t", seq=seq))
        qtbot.waitUntil(lambda: "resync" in listener.said, timeout=300)

    for _ in range(20):
        with contextlib.suppress(Exception):
            heard()
            break
    assert listener.said == ["resync"]
    listener.said.clear()
    return listener


def test_events_come_in_order_and_a_gap_means_reading_again(link: Link, peers: Peers, qtbot: QtBot) -> None:
    listener = listen(link, peers, qtbot, 7)
    peers.said += [event(8), event(9)]
    qtbot.waitUntil(lambda: listener.said == [8, 9])
    peers.said.append(event(11))
    qtbot.waitUntil(lambda: listener.said == [8, 9, "resync"])
    peers.said.append(event(12))
    qtbot.waitUntil(lambda: listener.said == [8, 9, "resync", 12])
    peers.said.append(event(13, "another"))
    qtbot.waitUntil(lambda: listener.said[-1] == "resync")


def test_two_thousand_events_arrive_in_few_batches_and_more_as_the_word_to_read_again(
    link: Link, peers: Peers, qtbot: QtBot
) -> None:
    listener = listen(link, peers, qtbot, 0)
    peers.said += [event(seq) for seq in range(1, 901)]  # below the socket's own limit
    qtbot.waitUntil(lambda: bool(listener.said) and listener.said[-1] == 900)
    assert listener.said == list(range(1, 901))
    assert listener.batches < 450
    from gui.link.hearing import Hearing

    hearing = Hearing()
    hearing.take(Position(timeline="t", seq=0), 0.0)
    hearing.reports(0.0)
    for seq in range(1, EVENTS_MAX + 2):
        hearing.take(event(seq), 0.0)
    assert [type(report).__name__ for report in hearing.reports(0.0)] == ["Resync"]


def test_a_silent_daemon_is_away_and_one_that_speaks_again_is_here(
    link: Link, peers: Peers, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.link.hearing.SILENT_S", 0.6)
    listen(link, peers, qtbot, 0)
    assert link.store_here is True
    began = time.monotonic()
    qtbot.waitUntil(lambda: link.store_here is False, timeout=4000)
    assert time.monotonic() - began > 0.3
    peers.said.append(Position(timeline="t", seq=0))
    qtbot.waitUntil(lambda: link.store_here is True)


def test_only_ready_workers_take_submissions(core: object) -> None:
    from core_desk import process

    core.show_processes(  # type: ignore[attr-defined]
        process("daemon"), process("worker-1"), process("worker-2", state="starting"), process("worker-3")
    )
    assert core.desk.link.ready_workers() == ["worker-1", "worker-3"]  # type: ignore[attr-defined]


def test_a_question_that_cannot_be_encoded_is_refused(link: Link, qtbot: QtBot, tmp_path: Path) -> None:
    asker = Asker()
    link._thread.start()
    link.ask("daemon", HoldDevice(device_id="d", reason="x" * (40 << 20)), Done, asker.take, asker.take)
    qtbot.waitUntil(lambda: bool(asker.told))
    assert asker.told[0].code is ErrorCode.TOO_LARGE  # type: ignore[attr-defined]
