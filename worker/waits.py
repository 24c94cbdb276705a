"""How a task waits for a person: asked of the store, answered by the store, and by nothing else.

`wait` blocks the agent's thread until a decision is committed. It learns of it by asking the same again, each second
and whenever something may have happened, so a lost answer or a restarted daemon delays it and changes nothing. While it
waits, `meanwhile` is called: there a person acts on the phone. A stop ends it at once. Made by the context; `wake`,
`ask_pause` and the properties are for other threads.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from shared.errors import ErrorCode, StepwellError
from shared.logs import get_logger
from shared.messages import NewWait, RaiseWait, WaitingFor, WaitState
from worker.errors import Fenced, StopRequested
from worker.live import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from shared.messages import Message, Request
    from worker.live import LiveView

ASK_AGAIN_S: Final = 1.0  # a deadline that passes, or an answer whose reply was lost, is noticed so late at most


class Store(Protocol):
    """What a wait needs of the link to the daemon."""

    def request(self, message: Request) -> Future[Message]:
        """Send a request; the future holds its answer, or StepwellError."""


class Standing(Struct, frozen=True):
    """What the task waits for now; `seq` is what an answer must name."""

    waiting_for: WaitingFor
    seq: int


class Waits:
    """One per task."""

    def __init__(self, store: Store, stop: threading.Event, live: LiveView) -> None:
        self._store = store
        self._stop = stop
        self._live = live
        self._wake = threading.Event()
        self._look_now = False
        self._standing: Standing | None = None
        self._pause_asked = False
        self._since: float | None = None
        self._over_s = 0.0
        self.meanwhile: Callable[[Standing], None] = lambda _standing: None

    # --- for any thread ----------------------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing | None:
        """What the task waits for, as far as it is committed; None when it does not."""
        return self._standing

    @property
    def waited_s(self) -> float:
        """Seconds that the task has waited for persons so far."""
        since = self._since
        return self._over_s + (0.0 if since is None else time.monotonic() - since)

    @property
    def pause_asked(self) -> bool:
        """Whether a person wants the task to rest before its next step."""
        return self._pause_asked

    def ask_pause(self) -> None:
        """Let the task rest before its next step; nothing when it rests already."""
        standing = self._standing
        if standing is None or standing.waiting_for is not WaitingFor.PAUSED:
            self._pause_asked = True

    def wake(self, *, look: bool = False) -> None:
        """Let a waiting thread see what there is to do; `look`: the store may know more."""
        self._look_now = self._look_now or look
        self._wake.set()

    # --- for the agent's thread --------------------------------------------------------------------------------------

    def wait(self, new: NewWait) -> WaitState:
        """Return the committed decision; StopRequested when the task is to end, Fenced when it is not ours."""
        if new.waiting_for is WaitingFor.PAUSED:
            self._pause_asked = False
        self._since = time.monotonic()
        try:
            return self._until_settled(new)
        finally:
            self._standing = None
            self._over_s, self._since = self.waited_s, None

    def _until_settled(self, new: NewWait) -> WaitState:
        asked: Future[Message] | None = None
        ask_at = 0.0
        while True:
            self._live.enter(Phase.WAITING, new.step_num)
            if self._stop.is_set():
                raise StopRequested("stopped")
            if asked is not None and asked.done():
                state = _state_of(asked)
                asked, ask_at = None, time.monotonic() + ASK_AGAIN_S
                if state is not None and state.decision is not None:
                    return state
                if state is not None:
                    self._standing = Standing(new.waiting_for, state.seq)
            if asked is None and (self._look_now or time.monotonic() >= ask_at):
                self._look_now = False
                asked = self._store.request(RaiseWait(wait=new))
                asked.add_done_callback(lambda _done: self._wake.set())
            if self._standing is not None:
                self.meanwhile(self._standing)
            self._wake.wait(ASK_AGAIN_S if asked is not None else max(0.0, ask_at - time.monotonic()))
            self._wake.clear()


def _state_of(asked: Future[Message]) -> WaitState | None:
    """Return how the wait stands; None when the store could not say, and will be asked again.

    Raises StopRequested when the task does not run any more (a stop was recorded a moment ago), Fenced when it is not
    ours, and StepwellError when the store refuses the question itself.
    """
    error = asked.exception()
    if error is None:
        answer = asked.result()
        return answer if isinstance(answer, WaitState) else None
    if not isinstance(error, StepwellError):
        raise error
    if error.retryable or error.code is ErrorCode.DEADLINE:
        get_logger().debug("the store does not say how a wait stands", error=error.message)
        return None
    if error.code is ErrorCode.ILLEGAL_TRANSITION:
        raise StopRequested("stopped")
    if error.code is ErrorCode.FENCED:
        raise Fenced(f"the task cannot wait for a person: {error.message}")
    raise error
