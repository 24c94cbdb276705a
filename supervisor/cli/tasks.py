"""`stepwell tasks`, `show`, `wait` and `stop`: what was asked, what happened, and its end."""

from __future__ import annotations

import atexit
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.identity import quoted
from shared.messages import ListTasks
from shared.outside_program import AGENT, MARK
from shared.shapes import decoded, plain, step_json, task_json, wait_json
from shared.task_state import TaskState
from supervisor.cli.conflicts import conflict_json, conflict_lines
from supervisor.cli.output import (
    PROGRAM,
    HomeOption,
    JsonOption,
    TaskArgument,
    console,
    device_named,
    home_of,
    print_json,
)
from supervisor.cli.run import action_text, connected, one_line, step_time, watch
from supervisor.cli.wait_text import wait_line

if TYPE_CHECKING:
    from rich.table import Table

    from shared.messages import StepRow, TaskRow, TaskView
    from supervisor.client import Client

_AGO: Final = re.compile(r"(\d+)([smhdw])\Z")
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_COLOURS: Final = {
    TaskState.SUCCESS: "green",
    TaskState.FAILED: "red",
    TaskState.CRASHED: "bold red",
    TaskState.STOPPED: "yellow",
    TaskState.RUNNING: "cyan",
    TaskState.STOPPING: "yellow",
    TaskState.CREATED: "dim",
}


def connect(home: Any) -> Client:
    """Return a client of the home that the options name."""
    return connected(home_of(home), start=False)


def connect_to_read(home: Any) -> Client:
    """Return a client for work on records: with nothing running, the store alone is started until this command ends."""
    from supervisor.client import is_running
    from supervisor.launch import start_detached
    from supervisor.options import StartOptions

    place = home_of(home)
    if not is_running(place) and place.database.exists():
        launched = start_detached(place, StartOptions(demo=place.demo_mark.exists(), store_only=True), tied=True)
        if launched is not None:
            atexit.register(launched.end)  # the next command finds it gone, not going
    return connect(home)


def moment(text: str) -> str:
    """Return `--since` as ISO 8601: a time, or `2h`, `3d` ago; BadInputError when it is neither."""
    if not text:
        return ""
    try:
        if found := _AGO.match(text):
            ago = timedelta(**{UNITS[found[2]]: int(found[1])})
            return (datetime.now(UTC) - ago).isoformat()
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # no time, or one outside the calendar
        raise BadInputError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(text)} is no time",
            remedy="write 2026-01-31T14:30, or 2h, 3d for so long ago",
        ) from None


def tasks(
    state: Annotated[TaskState | None, typer.Option(help="Only tasks in this state.", case_sensitive=False)] = None,
    device: Annotated[str | None, typer.Option(help="Only tasks of this device.", callback=device_named)] = None,
    since: Annotated[str, typer.Option(help="Only tasks queued since a time, or for so long: 2h, 3d.")] = "",
    after: Annotated[str, typer.Option(metavar="CURSOR", help="The `next` of the page before.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List tasks, newest first. Example:  stepwell tasks --state FAILED --since 2d"""
    query = ListTasks(state=state, device_id=device, since=moment(since), after=after, limit=limit)
    page = connect_to_read(home).tasks(query)
    if as_json:
        print_json({"items": [task_json(row) for row in page.items], "next": page.next})
        return
    if not page.items:
        console().print("no tasks" if not (state or device or since or after) else "no tasks that fit")
        return
    console().print(task_table(page.items))
    if page.next:
        console().print(f"more: {PROGRAM} tasks --after {page.next}")


def task_table(rows: tuple[TaskRow, ...]) -> Table:
    """Return tasks as a table for people."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title, right in (("id", False), ("state", False), ("steps", True), ("queued (UTC)", False), ("task", False)):
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        colour = _COLOURS[row.final_status]
        state = f"[{colour}]{row.final_status}[/]" + (" held" if row.held else "")
        state += f" waits: {row.waiting_for}" if row.waiting_for else ""
        text = escape(one_line(row.task_description, 60))
        table.add_row(row.session_id[:8], state, str(row.total_steps), row.timestamp, text)
    return table


def show(
    task_id: TaskArgument,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Also what was set aside, beside what is stored.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what happened in a task, step by step. Example:  stepwell show @last"""
    client = connect_to_read(home)
    view = client.task(task_id)
    steps = list(client.steps(view.task.session_id))
    aside = list(client.set_aside(view.task.session_id)) if conflicts else []
    if as_json:
        told: dict[str, Any] = {
            "task": task_json(view.task),
            "steps": [step_json(row) for row in steps],
            "transitions": [plain(row) for row in view.transitions],
            "notes": [plain(row) for row in view.notes],
            "waits": [wait_json(row) for row in view.waits],
        }
        print_json(told | ({"set_aside": [conflict_json(row, view, steps) for row in aside]} if conflicts else {}))
        return
    print_task(view, steps)
    for row in aside:
        for line in conflict_lines(row, view, steps):
            console().print(line, markup=False)
    if conflicts and not aside:
        console().print("nothing of it was set aside")


def print_task(view: TaskView, steps: list[StepRow]) -> None:
    """Print a task for people: what was asked, the steps, how it went from state to state."""
    out, task = console(), view.task
    out.print(one_line(task.task_description, 200), markup=False, style="bold")
    who = f"{task.agent} on {task.device_id or 'any device'}" + (f", {task.model_name}" if task.model_name else "")
    out.print(f"task {task.session_id} · {who}", markup=False)
    if task.continues is not None:
        out.print(f"continues task {task.continues}", markup=False)
    if task.rerun_of:
        out.print(f"runs again what task {task.rerun_of} did", markup=False)
    if task.agent == AGENT:
        out.print(f"run by {MARK}", style="yellow")
    if steps:
        out.print(step_table(steps))
    for note in view.notes:
        where = "" if note.step_num is None else f" (step {note.step_num})"
        out.print(f"note{where}: {one_line(note.text, 160)}", markup=False)
    for wait in view.waits:
        out.print(one_line(wait_line(wait), 300), markup=False, style="bold yellow" if wait.decision is None else None)
    for row in view.transitions:
        reason = f": {one_line(row.reason, 160)}" if row.reason else ""
        out.print(f"{row.at}  {row.from_state or '·'} → {row.to_state}{reason}", markup=False)
    if task.unknown_step is not None:
        out.print(
            f"step {task.unknown_step} may have happened, wholly or in part; nothing repeats it", style="bold red"
        )
    closing = task.closing_screenshot_path or task.closing_missing
    if closing:
        out.print(f"closing picture: {closing}", markup=False)


def step_table(steps: list[StepRow]) -> Table:
    """Return steps as a table for people."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("step", justify="right")
    table.add_column("action", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("thinking, message")
    for row in steps:
        said = " — ".join(one_line(text, 100) for text in (row.thinking, row.message, row.user_correction) if text)
        outcome = (row.outcome or "open") + (" late" if row.late else "")
        outcome += f", judged {row.user_label}" if row.user_label else ""
        table.add_row(
            str(row.step_num), escape(action_text(decoded(row.action))), outcome, step_time(row), escape(said)
        )
    return table


def wait(
    task_id: TaskArgument,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Give up watching after so many seconds (exit 7).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Wait until a task has ended; the exit code says how. Ctrl-C ends the waiting (exit 130), not the task.

    Example:  stepwell wait @last --timeout 60
    """
    client = connect(home)
    watch(client, task_id, as_json=as_json, timeout_s=timeout, quiet=True, only_watches=True)
