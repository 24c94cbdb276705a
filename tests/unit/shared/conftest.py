"""Fixtures for tests of sockets: a context that is always ended, and a folder whose socket paths are short enough."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zmq

from shared.identity import Identity
from shared.transport import Incoming, Responder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Context = zmq.Context[zmq.Socket[bytes]]
    Handler = Callable[[Incoming, Responder], object]
    Serve = Callable[[Handler], "list[Incoming]"]

POLL_MS = 10
DAEMON = Identity("daemon", "d0")


@pytest.fixture
def context() -> Iterator[Context]:
    made: Context = zmq.Context()
    yield made
    made.destroy(linger=0)


@pytest.fixture
def short_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sw", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def endpoint(short_path: Path) -> str:
    return f"ipc://{short_path}/socket"


@pytest.fixture
def serve(context: Context, endpoint: str) -> Iterator[Serve]:
    """Answer requests in a thread, as the handler says; what was asked is in the list that it returns."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def start(handler: Handler, identity: Identity = DAEMON) -> list[Incoming]:
        asked: list[Incoming] = []

        def loop() -> None:
            responder = Responder(context, endpoint, identity)
            while not ended.is_set():
                responder.socket.poll(POLL_MS)
                if (incoming := responder.receive()) is not None:
                    asked.append(incoming)
                    handler(incoming, responder)
            responder.close()

        threads.append(threading.Thread(target=loop))
        threads[-1].start()
        return asked

    yield start
    ended.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
