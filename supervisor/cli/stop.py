"""`stepwell stop`: end a task, or all of them, wherever they are; with the store away too.

A running task is stopped at its worker, which the worker's own heartbeat names; only for what that does not tell is the
store asked, and not for long.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from shared.errors import BadInputError, ErrorCode, NotReachableError, StepwellError
from shared.messages import ListTasks
from shared.settings import STOP_LOOK_S
from shared.shapes import task_json
from shared.task_state import TaskState, is_final
from supervisor.cli.output import HomeOption, JsonOption, console, device_named, end, print_json
from supervisor.cli.run import counted
from supervisor.cli.tasks import connect

if TYPE_CHECKING:
    from shared.messages import TaskRow
    from supervisor.client import Client

_REASON: Final = "stopped by a person"
_PATIENCE_S: Final = 30.0
_POLL_S: Final = 0.05


def stop(
    task_id: Annotated[str | None, typer.Argument(metavar="TASK_ID", help="A task's id, or @last.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every task that runs or waits.")] = False,
    device: Annotated[
        str | None, typer.Option(help="What runs or waits for this device.", callback=device_named)
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop a task: the step in flight is finished and recorded, no new one begins.

    Example:  stepwell stop @last
    """
    if sum((task_id is not None, everything, device is not None)) != 1:
        raise BadInputError(ErrorCode.BAD_REQUEST, "name one: TASK_ID, --all or --device D")
    client = connect(home)
    stopped = stop_many(client, device) if task_id is None else [stop_one(client, task_id)]
    ended = [wait_for_end(client, session_id) for session_id in stopped]
    away = [session_id for session_id, task in zip(stopped, ended, strict=True) if task is None]
    tell(tasks := [task for task in ended if task is not None], away, as_json=as_json)
    end(0 if all(is_final(task.final_status) for task in tasks) else 7)


def stop_one(client: Client, task_id: str) -> str:
    """Ask for the end of a task, and return its whole id."""
    try:
        running = [row for row in client.at_work() if row.session_id == task_id]
    except NotReachableError:
        running = []  # the supervisor does not answer; the store knows the worker too
    for row in running:
        client.stop_worker(row, _REASON)
        return task_id
    try:
        task = client.task(task_id, STOP_LOOK_S).task
    except NotReachableError:
        session_id = client.stop_unseen(task_id, _REASON)
        if session_id is not None:
            return session_id
        task = client.task(task_id).task  # nobody runs it: the store must say what it is
    client.stop(task, _REASON)
    return task.session_id


def stop_many(client: Client, device: str | None) -> list[str]:
    """Ask for the end of all unfinished tasks, or those of a device, and return their ids.

    With the store away, what runs is stopped all the same (where no device is named), and then that is said: waiting
    tasks can only be cancelled at the store.
    """
    try:
        found = unfinished(client, device)
    except NotReachableError as error:
        if device is None:
            stop_running(client, error)
        raise
    for task in found:
        client.stop(task, _REASON)
    return [task.session_id for task in found]


def stop_running(client: Client, away: NotReachableError) -> NoReturn:
    """Stop every task that a worker's heartbeat names; raises what a person must know of the others."""
    running = client.at_work()
    for row in running:
        client.stop_worker(row, _REASON)
    sentence = f"{len(running)} running tasks are being stopped; the store does not answer: what waits is not cancelled"
    raise NotReachableError(away.code, sentence, remedy="see `stepwell status`, then stop again")


def unfinished(client: Client, device: str | None) -> list[TaskRow]:
    """Return the tasks that wait, run or are being stopped: the waiting ones first, so that none of them begins."""
    found: list[TaskRow] = []
    for state in (TaskState.CREATED, TaskState.RUNNING, TaskState.STOPPING):
        after: str | None = ""
        while after is not None:
            page = client.tasks(ListTasks(state=state, device_id=device, after=after, limit=500), STOP_LOOK_S)
            found += page.items
            after = page.next
    return found


def wait_for_end(client: Client, session_id: str) -> TaskRow | None:
    """Wait until a stopped task has ended, for as long as a stop may take; None when the store does not answer."""
    until = time.monotonic() + _PATIENCE_S
    try:
        row = client.task(session_id).task
        while not is_final(row.final_status) and time.monotonic() < until:
            time.sleep(_POLL_S)
            row = client.task(session_id).task
    except StepwellError as error:
        if error.code is not ErrorCode.STORE_AWAY:
            raise
        return None
    return row


def tell(tasks: list[TaskRow], away: list[str], *, as_json: bool) -> None:
    """Print how the tasks ended, and which ones the store could not tell of."""
    if as_json:
        print_json({"items": [task_json(task) for task in tasks]} | ({"stopping": away} if away else {}))
        return
    for task in tasks:
        console().print(
            f"{task.session_id[:8]} {task.final_status} after {counted(task.total_steps, 'step')}", markup=False
        )
    for session_id in away:
        told = "is being stopped; the store does not answer, so its end is recorded when it is back"
        console().print(f"{session_id[:8]} {told}", markup=False)
    if not tasks and not away:
        console().print("nothing runs or waits")
