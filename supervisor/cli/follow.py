"""Following one task: each step as it is committed, until the task ends.

Events only wake it up; what it tells comes from views, so a gap, a restarted daemon or a new timeline needs no special
care, and nothing is told that is not on disk. Subscribe first, then read the view.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

from shared.errors import ErrorCode, StepwellError
from shared.messages import Event, StateChanged, StepBegun, StepFinished
from shared.task_state import is_final

if TYPE_CHECKING:
    from shared.messages import Message, StepRow, TaskRow, TaskView
    from shared.publishing import Subscriber
    from supervisor.client import Client

_WAKE_S: Final = 0.1  # a look at the clock and at Ctrl-C
_LOOK_S: Final = 1.0  # read the view so often even when no event comes
_AWAY: Final = frozenset({ErrorCode.STORE_AWAY, ErrorCode.STORE_BUSY, ErrorCode.STORE_FULL})


class Watcher(Protocol):
    """Who is told."""

    def step(self, row: StepRow) -> None:
        """Take a step that has its outcome; each once, in order."""

    def look(self, task: TaskRow, open_step: StepRow | None) -> bool:
        """Take what is true now; return False to stop following. Called at least ten times a second."""

    def store_away(self) -> None:
        """Take that the daemon does not answer at the moment."""


class Follower:
    """Follows a task through the daemon's restarts."""

    def __init__(self, client: Client, session_id: str, watcher: Watcher) -> None:
        self._client = client
        self._session_id = session_id
        self._watcher = watcher
        self._told = 0
        self._open: StepRow | None = None

    def follow(self) -> TaskRow:
        """Return the task as it ended, or was when the watcher had enough; NOT_RUNNING when Stepwell went away."""
        subscriber = self._client.subscribe()
        try:
            view = self._read()
            looked = time.monotonic()
            while self._watcher.look(view.task, self._open) and not is_final(view.task.final_status):
                subscriber.socket.poll(int(_WAKE_S * 1000))
                if self._news(subscriber) or time.monotonic() - looked > _LOOK_S:
                    view = self._read()
                    looked = time.monotonic()
            return view.task
        finally:
            subscriber.close()

    def _news(self, subscriber: Subscriber) -> bool:
        found = False
        while (message := subscriber.receive()) is not None:
            found = found or _is_about(message, self._session_id)
        return found

    def _read(self) -> TaskView:
        """Read the task, then its new steps: a task that has ended has all of them."""
        while True:
            try:
                view = self._client.task(self._session_id)
                self._tell_steps()
            except StepwellError as error:
                if error.code not in _AWAY:
                    raise
                self._watcher.store_away()
            else:
                return view

    def _tell_steps(self) -> None:
        self._open = None
        for row in self._client.steps(self._session_id, self._told):
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
    return isinstance(body, StateChanged) and body.session_id == session_id
