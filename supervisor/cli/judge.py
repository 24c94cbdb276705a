"""`stepwell label` and `rm`: what a person says of a task afterwards, and what is no longer wanted.

With nothing running, the store alone is started for as long as the command takes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.identity import IDENTIFIER
from shared.messages import Label
from supervisor.cli.output import HomeOption, JsonOption, TaskArgument, console, print_json
from supervisor.cli.prune import IN_BACKUPS, wait_until_gone
from supervisor.cli.run import one_line
from supervisor.cli.tasks import connect_to_read
from supervisor.cli.verb import Bar

if TYPE_CHECKING:
    from supervisor.client import Client

_WHOLE_TASK: Final = ("task", "0")


def label(
    task_id: TaskArgument,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step's number; `task` or 0: the whole task.")],
    judgement: Annotated[Label | None, typer.Argument(metavar="right|wrong", help="What you say of it.")] = None,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="What would have been right.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Take the judgement back.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a step, or a whole task that has ended.

    Example:  stepwell label @last 3 wrong "tap Save, not Cancel", or  stepwell label @last task right
    """
    if clear == (judgement is not None):
        raise BadInputError(ErrorCode.BAD_REQUEST, "say right or wrong, or --clear to take a judgement back")
    number = step_number(step)
    client = connect_to_read(home)
    session_id = client.task(task_id).task.session_id
    client.label(session_id, number, judgement, text)
    if as_json:
        judged = {"user_label": judgement, "user_correction": text or None}
        print_json({"session_id": session_id, "step_num": number, **judged})
        return
    what = f"task {session_id[:8]}" if number is None else f"step {number} of task {session_id[:8]}"
    told = "is no longer judged" if judgement is None else f"is judged {judgement}"
    console().print(f"{what} {told}", markup=False)


def step_number(text: str) -> int | None:
    """Return the step that `STEP` names, None for the whole task; BadInputError when it is neither."""
    if text in _WHOLE_TASK:
        return None
    if text.isascii() and text.isdigit() and len(text) < len(str(1 << 31)):
        return int(text)
    raise BadInputError(ErrorCode.BAD_REQUEST, f"{text!r} is no step", remedy="give its number, or `task`")


def rm(
    task_ids: Annotated[list[str], typer.Argument(metavar="TASK_ID...", help="Tasks' ids, or @last.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete tasks that have ended, with their steps and pictures. Backups keep them until they are thinned.

    Example:  stepwell rm 3f2a 77b1 --yes
    """
    client = connect_to_read(home)
    found = dict(named(client, task_id) for task_id in task_ids)
    if not yes:
        confirm(list(found.values()))
    deleted = [{"session_id": session_id, "seq": client.delete(session_id)} for session_id in found]
    bar = Bar(wanted=not as_json)
    try:
        wait_until_gone(client, bar)
    finally:
        bar.close()
    if as_json:
        print_json({"items": deleted})
        return
    for session_id in found:
        console().print(f"deleted {session_id[:8]}", markup=False)
    console().print(IN_BACKUPS)


def named(client: Client, task_id: str) -> tuple[str, str]:
    """Return the id of the task that a person named, and how it is called; a deleted one by its whole id."""
    try:
        task = client.task(task_id).task
    except StepwellError as error:
        if error.code is not ErrorCode.UNKNOWN_TASK or not IDENTIFIER.match(task_id):
            raise
        return task_id, task_id  # the store says whether it was deleted before: then that is repeated
    return task.session_id, f"{task.session_id[:8]} {one_line(task.task_description, 60)}"


def confirm(names: list[str]) -> None:
    """Let a person at a terminal agree; BadInputError where nobody can be asked, typer.Abort when they do not."""
    if not sys.stdin.isatty():
        raise BadInputError(
            ErrorCode.BAD_REQUEST, "rm deletes for good and nobody can be asked here", remedy="say so with --yes"
        )
    for name in names:
        typer.echo(f"  {name}", err=True)
    typer.confirm(
        f"Delete {len(names)} task(s) with their pictures? Backups keep them until they are thinned.",
        abort=True,
        err=True,
    )
