"""`stepwell demo`: everything up in the demo's home, one task, its steps as they are committed, everything down again.

With a window everything stays up until it is closed. The supervisor is a process of its own, tied to this one: however
this one ends, nothing is left running. How the steps are shown in the terminal is in demo_view.py.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from shared.errors import NotReachableError
from shared.messages import ListTasks, Role
from shared.shapes import task_json
from shared.task_state import TaskState, is_final
from supervisor.cli.demo_view import LiveWatcher, PlainWatcher
from supervisor.cli.output import PROGRAM, HomeOption, JsonOption, console, end, print_json
from supervisor.cli.run import counted, ending_line, new_task, one_line
from supervisor.cli.watcher import CtrlC, Interrupts, RunWatcher
from supervisor.homes import find_home
from supervisor.process import CLOSED, ChildState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messages import NewTask, ProcessRow, TaskRow
    from shared.paths import Home
    from supervisor.client import Client

_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN_WORD: Final = re.compile("[A-Za-z]+")
_LOOK_S: Final = 0.2  # between two looks whether the window is still open
_STOP_S: Final = 15.0  # an agent that hangs is ended by force before


def demo(
    task: Annotated[
        str | None,
        typer.Argument(metavar="[TASK]", help="What the scripted model is to do; a sample when none."),
    ] = None,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Without the window.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="The scripted model does not wait between replies.")] = False,
    seed: Annotated[int | None, typer.Option(help="The phone's starting state.", metavar="N")] = None,
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="The language of the phone and the model.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try it: a simulated phone, a scripted model, a sample task; no phone, no key. Example:  stepwell demo --fast"""
    from supervisor.demo import SAMPLE_TASKS
    from supervisor.launch import start_detached
    from supervisor.options import StartOptions
    from supervisor.window import has_display

    place = find_home(home, demo=True)
    wanted = task if task is not None else SAMPLE_TASKS[language or "en"]
    spoken = language or ("zh" if is_chinese(wanted) else "")
    fields = new_task(
        place,
        wanted,
        agent=None,
        device=None,
        model=None,
        max_steps=None,
        expect_text="",
        key=None,
        played=("", ""),
    )
    window = has_display() and not headless and not as_json
    if not as_json:
        how = "with its window" if window else "headless" if headless else "there is no display: headless"
        print(f"Stepwell demo ({how}): starting the store, a worker, a simulated phone and a scripted model …")
    options = StartOptions(demo=True, fast=fast, seed=seed, language=spoken, window=window, ends_with_window=window)
    launched = start_detached(place, options, tied=True)
    try:
        ended, code = _run(place, fields, as_json=as_json, window=window)
    finally:
        if launched is not None:
            launched.end()
    _tell_result(place, ended, as_json=as_json)
    end(code)


def is_chinese(task: str) -> bool:
    """Tell whether a task is written in Chinese, and not only names something Chinese in another language."""
    return len(_HAN.findall(task)) > len(_LATIN_WORD.findall(task))


def _run(home: Home, task: NewTask, *, as_json: bool, window: bool) -> tuple[TaskRow | None, int]:
    """Queue the task, follow it to its end, and return it with the exit code that tells how it ended.

    With a window the demo goes on until it is closed: then the end of the demo is no failure, whatever the task did.
    """
    from supervisor.cli.follow import Follower
    from supervisor.client import Client

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
    from supervisor.cli.follow import Follower

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


def _tell_result(home: Home, task: TaskRow | None, *, as_json: bool) -> None:
    """Tell how the task ended; one that had not ended when it was seen last has ended with the demo since."""
    if as_json:
        print_json({"task": task_json(task) if task is not None and is_final(task.final_status) else None})
        return
    if task is None:
        print(f"\nThe store did not answer; how the task stands is not known. The record: {home.root}")
        return
    pictures = home.screenshots / task.session_id
    number = sum(1 for _ in pictures.glob("*"))
    where = "" if find_home(None).root == home.root else f" --home {shlex.quote(str(home.root))}"
    cut_short = "The task was being stopped when the demo ended; its record tells how it ended."
    print(f"\n{ending_line(task, hint=False) if is_final(task.final_status) else cut_short}")
    print(
        f"The record: {home.database} and {home.event_log}{os.sep}; {counted(number, 'picture')} in {pictures}{os.sep}"
    )
    print(f"Look at it:  {PROGRAM} show {task.session_id[:8]}{where}")
    print(f"Try another: {PROGRAM} demo {shlex.quote('Add a contact 张三 with number 13800138000')}")
    print(f"Everything of the demo has ended. Your own phone: {PROGRAM} doctor, then {PROGRAM} run TASK")
