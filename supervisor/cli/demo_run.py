"""The demo's course once everything is up: its task queued, followed to its end, or until the window is closed.

Loaded by demo.py when the supervisor has been started: what following a task needs would make a person wait for the
window.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from shared.errors import NotReachableError
from shared.messages import ListTasks, Role
from shared.task_state import TaskState
from supervisor.cli.demo_view import LiveWatcher, PlainWatcher
from supervisor.cli.follow import Follower
from supervisor.cli.output import console, end, print_json
from supervisor.cli.run import one_line
from supervisor.cli.watcher import CtrlC, Interrupts, RunWatcher
from supervisor.client import Client
from supervisor.process import CLOSED, ChildState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messages import NewTask, ProcessRow, TaskRow
    from shared.paths import Home

_LOOK_S: Final = 0.2  # between two looks whether the window is still open
_STOP_S: Final = 15.0  # an agent that hangs is ended by force before


def run_demo(home: Home, task: NewTask, *, as_json: bool, window: bool) -> tuple[TaskRow | None, int]:
    """Queue the task, follow it to its end, and return it with the exit code that tells how it ended.

    With a window the demo goes on until it is closed: then the end of the demo is no failure, whatever the task did.
    """
    client = Client(home)
    try:
        _clear_queue(client)
        submitted = client.submit(task)
        if as_json:
            print_json({"session_id": submitted.session_id, "existing": submitted.existing, "held": submitted.held})
        else:
            print(f"task {submitted.session_id}: {one_line(task.task_description, 200)}", flush=True)
        if window and stay_until_closed(client):
            return _end_of(client, submitted.session_id), 0
        with _watcher(client, as_json=as_json) as watcher:
            watcher.session_id = submitted.session_id
            ended = Follower(client, submitted.session_id, watcher).follow()
        return ended, watcher.exit_code(ended)
    finally:
        client.close()


def stay_until_closed(client: Client) -> bool:
    """Wait until the person closes the window, or presses Ctrl-C; False, and said, when there is no window to close."""
    interrupts = Interrupts()
    print("The window shows it. Close it, or press Ctrl-C here, to end the demo.", flush=True)
    while not interrupts.count:
        row = _window_of(client)
        if row is None or row.state == ChildState.FAILED:
            print(f"There is no window: {row.detail if row else 'it was not started'}", flush=True)
            return False
        if row.state == ChildState.ENDED and row.detail == CLOSED:
            return True
        time.sleep(_LOOK_S)
    return True


def _window_of(client: Client) -> ProcessRow | None:
    """Return the demo's window; end the command well when somebody else has brought the demo down."""
    try:
        found = client.processes().items
    except NotReachableError:
        found = ()
    if not found or all(row.state == ChildState.ENDED for row in found if row.role == Role.DAEMON):
        print("The demo was brought down.", flush=True)
        end(0)
    return next((row for row in found if row.role == Role.GUI), None)


def _end_of(client: Client, session_id: str) -> TaskRow | None:
    """Stop the task, if it still runs, and return it as it ended."""
    client.stop(client.task(session_id).task, "the demo was ended")
    quiet = RunWatcher(client, as_json=False, quiet=True, timeout_s=_STOP_S, no_input=False)
    return Follower(client, session_id, quiet).follow()


@contextmanager
def _watcher(client: Client, *, as_json: bool) -> Iterator[RunWatcher]:
    """Give the watcher that fits where the output goes."""
    if as_json:
        yield RunWatcher(client, as_json=True, quiet=False, timeout_s=None, no_input=False, ctrl_c=CtrlC.STOPS_IN_DEMO)
    elif not sys.stdout.isatty():
        yield PlainWatcher(client)
    else:
        from rich.live import Live

        with Live(console=console(), auto_refresh=False) as live:
            yield LiveWatcher(client, live)


def _clear_queue(client: Client) -> None:
    """Take what an earlier demo left: its waiting tasks, and the hold of its phone, which is a new one now."""
    for row in client.tasks(ListTasks(state=TaskState.CREATED, limit=1000)).items:
        client.stop(row, "left over from an earlier demo")
    for device in client.devices().items:
        if device.held:
            client.release(device.device_id)
