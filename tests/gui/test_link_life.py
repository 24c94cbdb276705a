"""The window's link to the other processes: an identity of its own, and what follows when the store is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from gui.link.link import Link
from gui.link.orders import StorePresence
from shared.identity import Identity, new_incarnation
from shared.messages import GetProcesses, Role
from shared.paths import Home
from shared.transport import Incoming, Responder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

US = Identity("gui", new_incarnation())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    found.prepare()
    return found


@pytest.fixture
def link(home: Home) -> Iterator[Link]:
    found = Link(home, US)
    found.start()
    yield found
    found.close()


def test_its_questions_do_not_take_the_place_of_the_processs_own_connection(
    qtbot: QtBot, home: Home, link: Link
) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    supervisor = Responder(context, home.endpoint("supervisor"), Identity(Role.SUPERVISOR, new_incarnation()))
    heard: list[Incoming] = []

    def asked() -> bool:
        incoming = supervisor.receive()
        if incoming is not None:
            heard.append(incoming)
        return bool(heard)

    qtbot.waitUntil(asked)
    assert isinstance(heard[0].message, GetProcesses)
    assert heard[0].sender.name == US.name
    assert heard[0].sender != US
    supervisor.close()
    context.term()


def test_everything_is_read_anew_when_the_store_is_back(qtbot: QtBot, link: Link) -> None:
    seen: list[bool | None] = []
    link.resync.connect(lambda: seen.append(link.store_here))
    link._take([StorePresence(True)])
    assert seen == [], "the first contact brings a resync of its own"
    link._take([StorePresence(False)])
    assert seen == []
    link._take([StorePresence(True)])
    assert seen == [True]
