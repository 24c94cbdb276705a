"""The thread that owns the window's sockets: one poller, and batches of reports by one signal.

A batch goes out at most each 16 ms, one frame of the screen, however many messages came: a signal for each of them
would flood the window's event loop. The window's thread never touches a socket, this one never touches a widget.
"""

from __future__ import annotations

import os
import queue
import time
from typing import TYPE_CHECKING, Final

import zmq
from PySide6.QtCore import QThread, Signal

from gui.link.asking import Peer
from gui.link.hearing import Hearing
from shared.publishing import Subscriber

if TYPE_CHECKING:
    from gui.link.orders import Ask, Report
    from shared.identity import Identity
    from shared.paths import Home

_BATCH_S: Final = 0.016
_IDLE_S: Final = 0.5  # the silence of the daemon must be noticed although nothing comes


class LinkThread(QThread):
    """See the head of this file. `reports` carries a list of `Report`."""

    reports = Signal(object)

    def __init__(self, home: Home, identity: Identity) -> None:
        super().__init__()
        self._home = home
        self._identity = identity
        self._asked: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()

    def ask(self, ask: Ask | None) -> None:
        """Hand over a question, from any thread; None ends the thread."""
        self._asked.put(ask)
        os.write(self._wake_write, b"!")

    def run(self) -> None:
        """Serve until the end is asked for."""
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        subscriber = Subscriber(context, self._home.endpoint("events"))
        loop = _Loop(context, self._home, self._identity, subscriber, self._wake_read)
        while loop.take(self._asked):
            due = loop.turn()
            if due:
                self.reports.emit(due)
        loop.close()
        context.destroy(linger=0)


class _Loop:
    """The thread's own things; they must not be touched from outside it."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        home: Home,
        identity: Identity,
        subscriber: Subscriber,
        wake: int,
    ) -> None:
        self._context = context
        self._home = home
        self._identity = identity
        self._subscriber = subscriber
        self._wake = wake
        self._hearing = Hearing()
        self._peers: dict[str, Peer] = {}
        self._ready: list[Report] = []
        self._sent_at = 0.0
        self._poller = zmq.Poller()
        self._poller.register(wake, zmq.POLLIN)
        self._poller.register(subscriber.socket, zmq.POLLIN)

    def take(self, asked: queue.SimpleQueue[Ask | None]) -> bool:
        """Take the questions that wait; False when the end is asked for."""
        while not asked.empty():
            ask = asked.get()
            if ask is None:
                return False
            self._peer(ask.target).ask(ask)
        return True

    def turn(self) -> list[Report]:
        """Wait for the next thing to happen, and return the reports that are due."""
        for peer in self._peers.values():
            self._ready += peer.turn()
        self._wait()
        now = time.monotonic()
        while (message := self._subscriber.receive()) is not None:
            self._hearing.take(message, now)
        if now - self._sent_at < _BATCH_S:
            return []
        due = [*self._ready, *self._hearing.reports(now)]
        self._ready.clear()
        if due:
            self._sent_at = now
        return due

    def close(self) -> None:
        """Close every connection."""
        self._subscriber.close()
        for peer in self._peers.values():
            peer.close()

    def _wait(self) -> None:
        now = time.monotonic()
        until = min([now + _IDLE_S, *(peer.next_at() for peer in self._peers.values())])
        if self._ready or now - self._sent_at < _BATCH_S:
            until = min(until, self._sent_at + _BATCH_S)
        events = dict(self._poller.poll(max(0, int((until - now) * 1000) + 1)))
        if self._wake in events:
            os.read(self._wake, 4096)

    def _peer(self, name: str) -> Peer:
        if name not in self._peers:
            peer = Peer(self._context, name, self._home.endpoint(name), self._identity)
            self._poller.register(peer.socket, zmq.POLLIN)
            self._peers[name] = peer
        return self._peers[name]
