"""`stepwell continue`: a new task that goes on where another one ended, with its record in the agent's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import BadInputError, ErrorCode
from shared.identity import new_session_id, session_id_from_key
from shared.messages import NewTask
from shared.settings import load_settings
from shared.task_state import is_final
from supervisor.cli.output import HomeOption, JsonOption, TaskArgument, home_of
from supervisor.cli.run import connected, queue, watch

if TYPE_CHECKING:
    from shared.messages import TaskRow


def continue_task(
    task_id: TaskArgument,
    max_steps: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="End FAILED after so many steps; as before without it.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Watch for so many seconds; the task goes on (exit 7).")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="A name for this task: the same key never makes a second one.")
    ] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the id once it is committed, and end.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="End with 6 when the task waits for a person.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on where a task ended: a new one, on the same phone, whose agent is told first what may have half happened.

    Example:  stepwell continue @last
    """
    place = home_of(home)
    client = connected(place, start=False)
    former = client.task(task_id).task
    if not is_final(former.final_status):
        sentence = f"task {former.session_id[:8]} is {former.final_status}: only one that has ended can be continued"
        raise BadInputError(ErrorCode.ILLEGAL_TRANSITION, sentence, remedy="stop it first, or wait for its end")
    session_id = new_session_id() if key is None else session_id_from_key(key)
    # An imported task does not tell how many steps it was allowed.
    most = max_steps or former.max_steps or load_settings(place.settings_file).task.max_steps
    wanted = continuation(former, session_id, most)
    queue(client, wanted, as_json=as_json, no_wait=no_wait)
    watch(client, wanted.session_id, as_json=as_json, timeout_s=timeout, no_input=no_input)


def continuation(former: TaskRow, session_id: str, max_steps: int) -> NewTask:
    """Return the task that goes on where `former` ended, as that one was asked for."""
    return NewTask(
        session_id=session_id,
        task_description=former.task_description,
        user_id=former.user_id,
        agent=former.agent,
        device_id=former.device_id,
        model=former.model,
        max_steps=max_steps,
        time_limit_s=former.time_limit_s,
        expect_text=former.expect_text,
        script=former.script,
        checks=former.checks,
        continues=former.session_id,
    )
