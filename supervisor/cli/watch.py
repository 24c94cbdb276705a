"""`stepwell watch`: every committed event, as it comes; from a seq on, when one is named.

What is told is complete and in order, whatever happens to the daemon: a gap, a position ahead of what was told, or a
new timeline is filled from the event log (`ListEvents`). Ctrl-C ends it; so does the end of Stepwell.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.events import session_of
from shared.messages import Event, Position
from supervisor.cli.event_text import event_json, event_line
from supervisor.cli.output import HomeOption, JsonOption, print_json
from supervisor.cli.tasks import connect
from supervisor.cli.watcher import Interrupts

if TYPE_CHECKING:
    from shared.messages import EventPage
    from supervisor.client import Client

_WAKE_S: Final = 0.25  # a look at Ctrl-C and at whether Stepwell still runs
_AWAY: Final = frozenset({ErrorCode.STORE_AWAY, ErrorCode.STORE_BUSY})
_NEWEST: Final = (1 << 63) - 1


def watch(
    since: Annotated[
        int | None, typer.Option(metavar="SEQ", min=0, help="Begin behind this event, not with the next one.")
    ] = None,
    task: Annotated[str | None, typer.Option(metavar="TASK_ID", help="Only events of this task.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print each committed event, until Ctrl-C. Example:  stepwell watch --since 120 --json"""
    client = connect(home)
    session_id = None if task is None else client.task(task).task.session_id
    try:
        EventWatcher(client, session_id, as_json=as_json).follow(since)
    except KeyboardInterrupt:
        return
    finally:
        client.close()


class EventWatcher:
    """Tells events, each once, by rising seq."""

    def __init__(self, client: Client, session_id: str | None, *, as_json: bool) -> None:
        self._client = client
        self._session_id = session_id
        self._as_json = as_json
        self._timeline = ""
        self._told = 0
        self._interrupts = Interrupts()  # a Ctrl-C must not cut a line in two

    def follow(self, since: int | None) -> None:
        """Tell what comes, until Ctrl-C; NotReachableError NOT_RUNNING when Stepwell has ended."""
        subscriber = self._client.subscribe()  # first, so that nothing falls between
        try:
            page = self._page(_NEWEST)
            self._timeline, self._told = page.timeline, page.seq if since is None else min(since, page.seq)
            self._catch_up()
            while not self._interrupts.count:
                subscriber.socket.poll(int(_WAKE_S * 1000))
                while (message := subscriber.receive()) is not None:
                    self._take(message)
                self._require_running()
        finally:
            subscriber.close()

    def _take(self, message: object) -> None:
        if not isinstance(message, Event | Position):
            return
        if message.timeline != self._timeline:  # the store was rebuilt or restored: it may stand before what was told
            self._timeline = message.timeline
            self._told = min(self._told, message.seq - 1)
        if isinstance(message, Event) and message.seq == self._told + 1:
            self._tell(message)
        elif message.seq > self._told:
            self._catch_up()

    def _catch_up(self) -> None:
        following: int | None = self._told
        while following is not None and not self._interrupts.count:
            page = self._page(following)
            for event in page.items:
                self._tell(event)
            following = page.next
            if following is None:
                self._told = max(self._told, page.seq)  # what the log no longer holds is not waited for

    def _page(self, after: int) -> EventPage:
        """Read a page of the log, waiting while the daemon is away."""
        while True:
            try:
                return self._client.events(after)
            except StepwellError as error:
                if error.code not in _AWAY:
                    raise
                self._require_running()
                if self._interrupts.count:
                    raise KeyboardInterrupt from None  # nobody waits for it any more
                time.sleep(_WAKE_S)

    def _require_running(self) -> None:
        from supervisor.client import is_running

        if not is_running(self._client.home):
            raise NotReachableError(
                ErrorCode.NOT_RUNNING, "Stepwell has ended", remedy=f"go on with --since {self._told} once it is up"
            )

    def _tell(self, event: Event) -> None:
        self._told = event.seq
        if self._session_id is not None and session_of(event) != self._session_id:
            return
        if self._as_json:
            print_json(event_json(event))
        else:
            print(event_line(event), flush=True)
