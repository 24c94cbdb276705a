"""`stepwell demo`: everything up in the demo's home, one task, its steps as they are committed, everything down again.

The supervisor is a process of its own, tied to this one: however this one ends, nothing is left running.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from shared.messages import ListTasks
from shared.task_state import TaskState, is_final
from supervisor.cli.output import PROGRAM, HomeOption, JsonOption, console, end, print_json
from supervisor.cli.run import action_text, ending_line, new_task, one_line, step_line
from supervisor.cli.shapes import decoded, task_json
from supervisor.cli.watcher import RunWatcher
from supervisor.homes import find_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Group
    from rich.live import Live
    from rich.table import Table

    from shared.messages import NewTask, StepRow, TaskRow
    from shared.paths import Home
    from supervisor.client import Client

_THINKING: Final = 70  # characters of it that the table shows


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
    from supervisor.cli.lifecycle import why_headless
    from supervisor.demo import SAMPLE_TASKS
    from supervisor.launch import start_detached
    from supervisor.options import StartOptions

    place = find_home(home, demo=True)
    wanted = task if task is not None else SAMPLE_TASKS[language or "en"]
    fields = new_task(
        place,
        wanted,
        agent=None,
        device=None,
        model=None,
        max_steps=None,
        expect_text="",
        key=None,
        script=None,
    )
    if not as_json:
        reason = "headless" if headless else f"{why_headless()}: headless"
        print(f"Stepwell demo ({reason}): starting the store, a worker, a simulated phone and a scripted model …")
    options = StartOptions(demo=True, fast=fast, seed=seed, language=language or "")
    launched = start_detached(place, options, tied=True)
    try:
        ended, code = _run(place, fields, as_json=as_json)
    finally:
        if launched is not None:
            launched.end()
    _tell_result(place, ended, as_json=as_json)
    end(code)


class LiveWatcher(RunWatcher):
    """Shows a task's steps as a live table: thinking, action, outcome, time; below it what is going on now."""

    def __init__(self, client: Client, live: Live) -> None:
        super().__init__(client, as_json=False, quiet=True, timeout_s=None, no_input=False)
        self._live = live
        self._rows: list[StepRow] = []
        self._note = ""

    def step(self, row: StepRow) -> None:
        """Add a step that is committed with its outcome."""
        self._rows.append(row)

    def look(self, task: TaskRow | None, open_step: StepRow | None) -> bool:
        """Draw what is true now."""
        self._live.update(self._drawn(task, open_step), refresh=True)
        return super().look(task, open_step)

    def _say(self, sentence: str) -> None:
        self._note = sentence

    def _drawn(self, task: TaskRow | None, open_step: StepRow | None) -> Group:
        from rich.console import Group
        from rich.text import Text

        table = step_table([*self._rows, *([open_step] if open_step else [])])
        return Group(table, Text(self._progress(task), style="cyan"), Text(self._note, style="yellow"))

    def _progress(self, task: TaskRow | None) -> str:
        done = f"{len(self._rows)} step{'' if len(self._rows) == 1 else 's'} committed"
        waited = time.monotonic() - self._began
        if task is not None and is_final(task.final_status):
            return f"{done} · {task.final_status} · {waited:.0f} s"
        spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(waited * 10) % 10]
        state = TaskState.CREATED if task is None else task.final_status
        return f"{spinner} {done} · {state} · {waited:.0f} s · Ctrl-C stops the task"


def step_table(rows: list[StepRow]) -> Table:
    """Return the steps so far as a table."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("step", justify="right", min_width=4)
    table.add_column("thinking", no_wrap=True, overflow="ellipsis", ratio=3)
    table.add_column("action", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("outcome", no_wrap=True, min_width=8)
    table.add_column("time", justify="right", no_wrap=True, min_width=6)
    for row in rows:
        outcome = {"done": "[green]done[/]", None: "[cyan]…[/]"}.get(row.outcome, f"[red]{row.outcome}[/]")
        took = "" if row.execution_time is None else f"{row.execution_time:.1f} s"
        action = escape(action_text(decoded(row.action)))
        table.add_row(str(row.step_num), escape(one_line(row.thinking, _THINKING)), action, outcome, took)
    return table


def plain_line(row: StepRow) -> str:
    """Return a step on one line, with its thinking, for where there is no terminal."""
    return f"{step_line(row)}  | {one_line(row.thinking, _THINKING)}" if row.thinking else step_line(row)


class PlainWatcher(RunWatcher):
    """Prints a line a step."""

    def step(self, row: StepRow) -> None:
        """Print a step that is committed with its outcome."""
        print(plain_line(row), flush=True)


def _run(home: Home, task: NewTask, *, as_json: bool) -> tuple[TaskRow | None, int]:
    """Queue the task, follow it to its end, and return it with the exit code that tells how it ended."""
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
        with _watcher(client, as_json=as_json) as watcher:
            watcher.session_id = submitted.session_id
            ended = Follower(client, submitted.session_id, watcher).follow()
        return ended, watcher.exit_code(ended)
    finally:
        client.close()


@contextmanager
def _watcher(client: Client, *, as_json: bool) -> Iterator[RunWatcher]:
    """Give the watcher that fits where the output goes."""
    if as_json:
        yield RunWatcher(client, as_json=True, quiet=False, timeout_s=None, no_input=False)
    elif not sys.stdout.isatty():
        yield PlainWatcher(client, as_json=False, quiet=False, timeout_s=None, no_input=False)
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
    if as_json:
        print_json({"task": None if task is None else task_json(task)})
        return
    if task is None:
        print(f"\nThe store did not answer; how the task stands is not known. The record: {home.root}")
        return
    pictures = home.screenshots / task.session_id
    where = "" if find_home(None).root == home.root else f" --home {shlex.quote(str(home.root))}"
    print(f"\n{ending_line(task, hint=False)}")
    print(
        f"The record: {home.database} and {home.event_log}{os.sep}; {task.total_steps} pictures in {pictures}{os.sep}"
    )
    print(f"Look at it:  {PROGRAM} show {task.session_id[:8]}{where}")
    print(f"Try another: {PROGRAM} demo {shlex.quote('Add a contact 张三 with number 13800138000')}")
    print(f"Everything of the demo has ended. Your own phone: {PROGRAM} doctor, then {PROGRAM} run TASK")
