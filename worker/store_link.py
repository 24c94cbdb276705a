"""The worker's line to the daemon: one thread that owns the socket, resends until answered, and says Hello again.

Records are sent until the daemon answers, however long that takes. Requests (Hello apart) carry a deadline and end,
unanswered, as STORE_AWAY, "not confirmed". A connection that is made anew is noticed by a monitor of the socket: then
Hello goes first, and everything unanswered again behind it, in its order. Events are listened to only to wake an idle
worker at once. Called from any thread; callbacks run in the link's own thread and must not block.
"""

from __future__ import annotations

import itertools
import os
import queue
import socket
import struct
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import zmq

from shared.errors import BadInputError, ErrorCode, NotReachableError, StepwellError
from shared.logs import get_logger
from shared.messages import (
    DeviceReleased,
    ErrorInfo,
    Event,
    Hello,
    Message,
    Request,
    StateChanged,
    TaskCreated,
    Welcome,
    WriteRecords,
)
from shared.publishing import Subscriber
from shared.settings import REQUEST_S, RESEND_S
from shared.transport import Dealer, error_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.identity import Identity
    from shared.paths import Home

T = TypeVar("T", bound=Message)

_BROKEN_EXIT: Final = 70  # as any fault of its own: the supervisor starts the worker again
_TURN_S: Final = 0.5  # the loop turns at least so often
_RETRY_S: Final = 0.05  # nobody listens: try again so soon, so that a restarted daemon is met at once
_MONITORED: Final = struct.Struct(
    "=hi"
)  # an event of a socket's monitor, and its value; zmq.utils loads all of asyncio
_WAKING: Final = (TaskCreated, DeviceReleased, StateChanged)  # events after which there may be work


class _Job:
    """A message on its way, until it is answered or given up."""

    def __init__(self, message: Message, picture: bytes, on_answer: Callable[[Message], bool]) -> None:
        self.message = message
        self.picture = picture
        self.on_answer = on_answer
        self.deadline: float | None = None
        self.next_send = 0.0


class StoreLink:
    """See the head of this file. `start` it once; `close` ends its thread."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], home: Home, identity: Identity) -> None:
        self._context = context
        self._home = home
        self._identity = identity
        self._new: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._jobs: dict[int, _Job] = {}
        self._ids = itertools.count(1)
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._waking = threading.Lock()
        self._hello: Hello | None = None
        self._hello_id = 0
        self._hello_sent: Hello | None = None
        self._welcomed_as: Hello | None = None
        self._hello_at = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-link", daemon=True)
        self.on_work: Callable[[], None] = lambda: None
        self.on_welcome: Callable[[Welcome], None] = lambda _welcome: None
        self.daemon_incarnation = ""

    # --- for any thread --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect and to send."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; what is unanswered stays so."""
        self._closing.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)
        with self._waking:
            self._wake_write.close()
            self._wake_read.close()

    def say_hello(self, hello: Hello) -> None:
        """Introduce this worker now, and again after each reconnection; the newest words count."""
        self._hello = hello
        self._hello_at = 0.0
        self._wake()

    def request(self, message: Request, timeout_s: float = REQUEST_S) -> Future[Message]:
        """Send a request; the future holds its answer, StepwellError, or NotReachableError STORE_AWAY."""
        answer: Future[Message] = Future()
        deadline = time.monotonic() + timeout_s
        job = _Job(msgspec.structs.replace(message, deadline=deadline), b"", lambda reply: _settle(answer, reply))
        job.deadline = deadline
        self._add(job)
        return answer

    def ask(self, message: Request, reply_type: type[T], timeout_s: float = REQUEST_S) -> T:
        """`request`, waited for; StepwellError INTERNAL when the answer is of another type."""
        try:
            answer = self.request(message, timeout_s).result(timeout_s + 2 * _TURN_S)
        except TimeoutError:  # the link's thread was held up for longer than the deadline
            name = type(message).__name__
            raise NotReachableError(
                ErrorCode.STORE_AWAY, f"{name}: no answer within {timeout_s:g} s, not confirmed", retryable=True
            ) from None
        if not isinstance(answer, reply_type):
            raise StepwellError(ErrorCode.INTERNAL, f"{type(message).__name__} was answered by {type(answer).__name__}")
        return answer

    def send_records(self, message: WriteRecords, picture: bytes, on_answer: Callable[[Message], bool]) -> None:
        """Send records until they are answered (`worker.step_buffer.RecordLink`)."""
        self._add(_Job(message, picture, on_answer))

    def _add(self, job: _Job) -> None:
        self._new.put(job)
        self._wake()

    def _wake(self) -> None:
        with self._waking:
            if self._wake_write.fileno() < 0:
                return  # closed: nothing is sent any more
            try:
                self._wake_write.send(b"!")
            except BlockingIOError:
                return  # it is being woken already

    # --- the link's own thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        dealer = Dealer(self._context, self._home.endpoint("daemon"), self._identity)
        events = Subscriber(self._context, self._home.endpoint("events"))
        monitor = dealer.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        poller = zmq.Poller()
        for source in (self._wake_read, dealer.socket, events.socket, monitor):
            poller.register(source, zmq.POLLIN)
        try:
            while not self._closing.is_set():
                poller.poll(int(self._patience() * 1000) + 1)
                self._clear_wake()
                self._turn(dealer, events, monitor)
        except Exception:  # noqa: BLE001 - the edge of a thread
            # Without this thread nothing is stored, while the control thread would go on sending heartbeats. Ending
            # the process is the truth: the daemon takes its lock, its outbox and its task.
            get_logger().exception("the line to the store broke")
            os._exit(_BROKEN_EXIT)
        finally:
            dealer.socket.disable_monitor()
            monitor.close(linger=0)
            events.close()
            dealer.close()

    def _turn(self, dealer: Dealer, events: Subscriber, monitor: zmq.Socket[bytes]) -> None:
        if _drained(monitor):
            self._connected_anew()
        self._receive(dealer)
        while not self._new.empty():
            self._jobs[next(self._ids)] = self._new.get()
        self._give_up_late()
        self._send_due(dealer)
        self._listen(events)

    def _clear_wake(self) -> None:
        try:
            self._wake_read.recv(4096)
        except BlockingIOError:
            return  # nobody woke it

    def _patience(self) -> float:
        due = [job.next_send for job in self._jobs.values()]
        due += [job.deadline for job in self._jobs.values() if job.deadline is not None]
        if self._hello is not self._welcomed_as:
            due.append(self._hello_at)
        return max(0.0, min(_TURN_S, min(due, default=1e12) - time.monotonic()))

    def _connected_anew(self) -> None:
        get_logger().info("connected to the store", unanswered=len(self._jobs))
        self._welcomed_as = None
        self._hello_at = 0.0
        for job in self._jobs.values():
            job.next_send = 0.0

    def _receive(self, dealer: Dealer) -> None:
        while (reply := dealer.receive()) is not None:
            if reply.id == self._hello_id:
                self._take_welcome(reply.message)
                continue
            job = self._jobs.get(reply.id)
            if job is None:
                continue  # the second answer to something that was resent
            if job.on_answer(reply.message):
                del self._jobs[reply.id]
            else:
                job.next_send = time.monotonic() + RESEND_S

    def _take_welcome(self, answer: Message) -> None:
        if isinstance(answer, Welcome):
            self._welcomed_as = self._hello_sent
            if self.daemon_incarnation not in ("", answer.daemon_incarnation):
                get_logger().info("the store was restarted", incarnation=answer.daemon_incarnation)
            self.daemon_incarnation = answer.daemon_incarnation
            if self._welcomed_as is self._hello:
                self.on_welcome(answer)
        elif isinstance(answer, ErrorInfo) and answer.code is not ErrorCode.DEADLINE:
            self._hello_at = time.monotonic() + (RESEND_S if answer.retryable else REQUEST_S)
            get_logger().error("the store refused this worker's hello", code=answer.code, error=answer.message)

    def _give_up_late(self) -> None:
        now = time.monotonic()
        late = [number for number, job in self._jobs.items() if job.deadline is not None and job.deadline <= now]
        for number in late:
            job = self._jobs.pop(number)
            name = type(job.message).__name__
            job.on_answer(ErrorInfo(code=ErrorCode.STORE_AWAY, message=f"{name}: the store does not answer", detail=""))

    def _send_due(self, dealer: Dealer) -> None:
        now = time.monotonic()
        hello = self._hello
        if hello is not None and hello is not self._welcomed_as and self._hello_at <= now:
            self._hello_id = next(self._ids)
            self._hello_sent = hello
            words = msgspec.structs.replace(hello, deadline=now + REQUEST_S)
            self._hello_at = now + (RESEND_S if self._sent(dealer, words, b"", self._hello_id) else _RETRY_S)
        for number, job in list(self._jobs.items()):
            if job.next_send > now:
                continue
            try:
                sent = self._sent(dealer, job.message, job.picture, number)
            except BadInputError as error:
                get_logger().error("a message cannot be sent", error=error.message)
                del self._jobs[number]
                job.on_answer(error_info(error))
                continue
            job.next_send = now + (RESEND_S if sent else _RETRY_S)
            if not sent:
                return  # in order, or not at all

    def _sent(self, dealer: Dealer, message: Message, picture: bytes, number: int) -> bool:
        try:
            dealer.send(message, picture, number)
        except NotReachableError:
            return False
        return True

    def _listen(self, events: Subscriber) -> None:
        work = False
        while (message := events.receive()) is not None:
            work = work or (isinstance(message, Event) and isinstance(message.body, _WAKING))
        if work:
            self.on_work()


def _settle(answer: Future[Message], reply: Message) -> bool:
    if not isinstance(reply, ErrorInfo):
        answer.set_result(reply)
    elif reply.code is ErrorCode.STORE_AWAY:
        remedy = "see `stepwell status`; what was asked is not confirmed"
        sentence = f"{reply.message}, not confirmed"
        answer.set_exception(NotReachableError(ErrorCode.STORE_AWAY, sentence, remedy=remedy, retryable=True))
    else:
        answer.set_exception(StepwellError(reply.code, reply.message, remedy=reply.detail, retryable=reply.retryable))
    return True


def _drained(monitor: zmq.Socket[bytes]) -> bool:
    """Read what the socket's monitor has to say; True when a connection was made."""
    made = False
    while monitor.poll(0):
        event, _ = _MONITORED.unpack(monitor.recv_multipart()[0])
        made = event == zmq.EVENT_HANDSHAKE_SUCCEEDED or made
    return made
