"""`stepwell rerun`: run a record again, as a new task that names the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.identity import new_session_id
from shared.settings import load_settings
from shared.task_state import is_final
from supervisor.cli.output import HomeOption, JsonOption, TaskArgument, console, device_named, home_of
from supervisor.cli.run import connected, queue, watch

if TYPE_CHECKING:
    from shared.messages import NewTask, StepRow, TaskRow
    from shared.paths import Home
    from supervisor.client import Client

_PICTURE_MAX: Final = 16 << 20  # bytes; no stored screenshot has more


def rerun(
    task_id: TaskArgument,
    on: Annotated[
        str | None,
        typer.Option(help="The phone, by its serial; the one of that task when none is named.", callback=device_named),
    ] = None,
    max_distance: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Stop where the screen differs more, 0 to 1 (rerun_distance)."),
    ] = None,
    timeout: Annotated[float | None, typer.Option(min=0.0, help="Watch for so many seconds (exit 7).")] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the id once it is committed, and end.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="End with 6 when the task waits for a person.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a task's record again, step by step, without a model; it ends where the screen differs too much.

    Example:  stepwell rerun @last --on PHONE
    """
    place = home_of(home)
    client = connected(place, start=True)
    limit = load_settings(place.settings_file).rerun_distance if max_distance is None else max_distance
    wanted = rerun_task(client, place, task_id, on, limit)
    queue(client, wanted, as_json=as_json, no_wait=no_wait)
    watch(client, wanted.session_id, as_json=as_json, timeout_s=timeout, no_input=no_input)


def rerun_task(client: Client, home: Home, task_id: str, device: str | None, limit: float) -> NewTask:
    """Return the task that runs the record of another one again; BadInputError when there is nothing to run."""
    from shared.messages import NewTask
    from shared.rerun_plan import AGENT, plan_of, plan_text

    task = client.task(task_id).task
    _refuse_running(task)
    plan = plan_of(task.session_id, client.steps(task.session_id), limit, lambda row: _look(home, row))
    return NewTask(
        session_id=new_session_id(),
        task_description=task.task_description,
        user_id=task.user_id,
        agent=AGENT,
        device_id=device or task.device_id,
        max_steps=len(plan.steps),
        time_limit_s=task.time_limit_s,
        expect_text=task.expect_text,
        checks=tuple(task.checks),
        script=plan_text(plan),
        rerun_of=task.session_id,
    )


def _refuse_running(task: TaskRow) -> None:
    if not is_final(task.final_status):
        sentence = f"task {task.session_id[:8]} is {task.final_status}: its record is not complete"
        raise BadInputError(ErrorCode.ILLEGAL_TRANSITION, sentence, remedy="wait until it has ended: `stepwell wait`")


def _look(home: Home, row: StepRow) -> tuple[str, tuple[int, int]] | None:
    """Return hash and size of a step's picture; None when it has none, or it cannot be read any more."""
    from shared.screen_hash import hash_of

    if row.screenshot_path is None:
        return None
    try:
        with (home.root / row.screenshot_path).open("rb") as file:
            return hash_of(file.read(_PICTURE_MAX))
    except (OSError, ValueError) as error:
        console(stderr=True).print(f"step {row.step_num} is not compared: its picture: {error}", markup=False)
        return None
