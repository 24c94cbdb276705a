"""Following one task: each step as it is committed, until the task ends.

Events only wake it up; what it tells comes from views, so a gap, a restarted daemon or a new timeline needs no special
care, and nothing is told that is not on disk. Subscribe first, then read the view. While the daemon is away the watcher
is called all the same, so that Ctrl-C and a time-out act at once; a store that is busy is asked again after a pause.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import Event, StateChanged, StepBegun, StepFinished, WaitRaised, WaitSettled
from shared.task_state import is_final
from supervisor.client import is_running

if TYPE_CHECKING:
    from shared.messages import Message, StepRow, TaskRow
    from shared.publishing import Subscriber
    from supervisor.client import Client

_WAKE_S: Final = 0.1  # a look at the clock and at Ctrl-C
_LOOK_S: Final = 1.0  # read the view so often even when no event comes
_PAUSE_S: Final = 0.5  # before a store that could not answer is asked again
AWAY: Final = frozenset({ErrorCode.STORE_AWAY, ErrorCode.STORE_BUSY, ErrorCode.STORE_FULL, ErrorCode.DEADLINE})


class Enough(Exception):  # noqa: N818 - the name of a fact
    """The watcher wants to look now, not when an answer has come."""


class Watcher(Protocol):
    """Who is told."""

    def step(self, row: StepRow) -> None:
        """Take a step that has its outcome; each once, in order."""

    def look(self, task: TaskRow | None, open_step: StepRow | None) -> bool:
        """Take what was true last (None: nothing is known yet); return False to stop following. Called all the time."""

    def is_pressed(self) -> bool:
        """Tell whether `look` should be called at once, although an answer is being waited for."""

    def store_away(self) -> None:
        """Take that the daemon does not answer at the moment; once, until it is back."""

    def store_back(self) -> None:
        """Take that the daemon answers again."""


class Follower:
    """Follows a task through the daemon's restarts. `task_id`: its id, the unique beginning of it, or @last."""

    def __init__(self, client: Client, task_id: str, watcher: Watcher) -> None:
        self._client = client
        self._task_id = task_id
        self._watcher = watcher
        self._task: TaskRow | None = None
        self._told = 0
        self._open: StepRow | None = None
        self._away = False
        self._due_at = 0.0

    def follow(self) -> TaskRow | None:
        """Return the task as it ended, or was when the watcher had enough: None when nothing was known of it by then.

        Raises NotReachableError NOT_RUNNING when Stepwell has gone.
        """
        subscriber = self._client.subscribe()
        self._client.while_waiting = self._while_waiting
        try:
            while True:
                if time.monotonic() >= self._due_at:
                    self._read()
                if not self._watcher.look(self._task, self._open) or self._has_ended():
                    return self._task
                self._wait(subscriber)
        finally:
            self._client.while_waiting = lambda: None
            subscriber.close()

    def _has_ended(self) -> bool:
        return self._task is not None and is_final(self._task.final_status)

    def _while_waiting(self) -> None:
        if self._watcher.is_pressed():
            raise Enough
        if not is_running(self._client.home):
            sentence = f"Stepwell has ended in {self._client.home.root}; the task was left as it stood"
            raise NotReachableError(ErrorCode.NOT_RUNNING, sentence, remedy="start it: stepwell up")

    def _wait(self, subscriber: Subscriber) -> None:
        subscriber.socket.poll(int(_WAKE_S * 1000))
        if self._news(subscriber) and not self._away:
            self._due_at = 0.0

    def _news(self, subscriber: Subscriber) -> bool:
        found = False
        while (message := subscriber.receive()) is not None:
            found = found or (self._task is not None and _is_about(message, self._task.session_id))
        return found

    def _read(self) -> None:
        """Read the task, then its new steps: a task that has ended has all of them."""
        try:
            task = self._client.task(self._task_id).task
            self._task_id = task.session_id
            self._tell_steps()
        except Enough:
            return  # read again after the look
        except StepwellError as error:
            if error.code not in AWAY:
                raise
            self._while_waiting()
            self._due_at = time.monotonic() + _PAUSE_S
            self._say_away()
        else:
            self._task = task
            self._due_at = time.monotonic() + _LOOK_S
            self._say_back()

    def _say_away(self) -> None:
        if not self._away:
            self._away = True
            self._watcher.store_away()

    def _say_back(self) -> None:
        if self._away:
            self._away = False
            self._watcher.store_back()

    def _tell_steps(self) -> None:
        self._open = None
        for row in self._client.steps(self._task_id, self._told):
            if row.outcome is None:
                self._open = row
                return
            self._told = row.step_num
            self._watcher.step(row)


def _is_about(message: Message, session_id: str) -> bool:
    if not isinstance(message, Event):
        return False
    body = message.body
    if isinstance(body, StepBegun | StepFinished):
        return body.step.session_id == session_id
    if isinstance(body, WaitRaised):
        return body.wait.session_id == session_id
    return isinstance(body, StateChanged | WaitSettled) and body.session_id == session_id
