"""Fixtures for tests of sockets and children: a context that is always ended, short socket paths, spawned children."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from spawned_children import SUPPORT

from shared.child_config import ChildConfig
from shared.identity import Identity
from shared.paths import Home
from shared.spawn import SpawnedChild, spawn_child
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


@pytest.fixture
def home(short_path: Path) -> Home:
    made = Home(short_path / "home")
    made.prepare()
    return made


@pytest.fixture
def supervisor(context: Any, home: Home) -> Iterator[Responder]:
    made = Responder(context, home.endpoint("supervisor"), Identity("supervisor", "s0"))
    yield made
    made.close()


@pytest.fixture
def spawn(home: Home) -> Iterator[Callable[..., SpawnedChild]]:
    spawned: list[SpawnedChild] = []

    def start(act: str, name: str = "worker-1", *, module: str = "odd_child", **config: Any) -> SpawnedChild:
        options = {"act": act, **config.pop("options", {})}
        made = ChildConfig(name=name, incarnation="w0", home=str(home.root), start_id="s", options=options, **config)
        spawned.append(spawn_child(module, made, extra_env={"PYTHONPATH": SUPPORT}))
        return spawned[-1]

    yield start
    for one in spawned:
        one.process.kill()
        one.process.wait()
        one.close()
