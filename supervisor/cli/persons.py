"""`stepwell pause`, `resume`, `approve`, `deny` and `answer`: what only a person can say to a running task.

Each answer names the wait by its `seq`; without `--seq` it is the one that is open now. The worker that runs the task
takes it, and the command ends when it is committed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.messages import Decision, WaitingFor
from shared.task_state import is_final
from supervisor.cli.output import PROGRAM, HomeOption, JsonOption, TaskArgument, console, end, print_json
from supervisor.cli.tasks import connect

if TYPE_CHECKING:
    from shared.messages import TaskView, WaitRow
    from supervisor.client import Client

_PATIENCE_S: Final = 90.0  # a pause takes effect after the step in flight; a slow model takes so long for its reply
_POLL_S: Final = 0.1
SeqOption = Annotated[
    int | None, typer.Option("--seq", metavar="N", help="The wait that is meant; the open one without it.")
]
TextArgument = Annotated[str, typer.Argument(help="What to do instead, told to the agent.")]


def open_wait(view: TaskView) -> WaitRow | None:
    """Return what a task waits for now, None when it does not wait."""
    return next((wait for wait in view.waits if wait.seq == view.task.waiting_seq), None)


def pause(task_id: TaskArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let a running task rest before its next step. Example:  stepwell pause @last"""
    client = connect(home)
    task = client.task(task_id).task
    client.pause(task)
    until = time.monotonic() + _PATIENCE_S
    while task.waiting_for is not WaitingFor.PAUSED and not is_final(task.final_status) and time.monotonic() < until:
        time.sleep(_POLL_S)
        task = client.task(task.session_id).task
    paused = task.waiting_for is WaitingFor.PAUSED
    if as_json:
        told = {"session_id": task.session_id, "state": task.final_status, "waiting_for": task.waiting_for}
        print_json({**told, "waiting_seq": task.waiting_seq})
    elif paused:
        console().print(f"paused; {PROGRAM} resume {task.session_id[:8]}", markup=False)
    else:
        waits = f" (waits for {task.waiting_for})" if task.waiting_for else ""
        console().print(f"{task.final_status}{waits}: not paused yet", markup=False)
    end(0 if paused else 7)


def resume(task_id: TaskArgument, seq: SeqOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let a paused task go on, or take it back into the agent's hands. Example:  stepwell resume @last"""
    _answer(connect(home), task_id, seq, Decision.RESUMED, as_json=as_json)


def approve(task_id: TaskArgument, seq: SeqOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Allow the very action that a task asks about. Example:  stepwell approve @last"""
    _answer(connect(home), task_id, seq, Decision.APPROVED, as_json=as_json)


def deny(
    task_id: TaskArgument,
    text: TextArgument = "",
    seq: SeqOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do not allow what a task asks for; it goes on another way.

    Example:  stepwell deny @last "not that card"
    """
    _answer(connect(home), task_id, seq, Decision.DENIED, text, as_json=as_json)


def answer(
    task_id: TaskArgument,
    text: Annotated[str, typer.Argument(help="The answer, told to the agent.")],
    seq: SeqOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer what a task asks.

    Example:  stepwell answer @last "the second one"
    """
    _answer(connect(home), task_id, seq, Decision.ANSWERED, text, as_json=as_json)


def _answer(
    client: Client, task_id: str, seq: int | None, decision: Decision, text: str = "", *, as_json: bool
) -> None:
    view = client.task(task_id)
    wait = open_wait(view) if seq is None else next((one for one in view.waits if one.seq == seq), None)
    if wait is None:
        task = view.task
        what = "does not wait for a person" if seq is None else f"never waited by the number {seq}"
        sentence = f"task {task.session_id[:8]} ({task.final_status}) {what}"
        raise BadInputError(ErrorCode.STALE, sentence, remedy=f"see `stepwell show {task.session_id[:8]}`")
    settled_seq = client.answer(view.task, wait, decision, text)
    if as_json:
        told = {"session_id": wait.session_id, "seq": wait.seq, "waiting_for": wait.waiting_for}
        print_json({**told, "decision": decision, "settled_seq": settled_seq})
    else:
        console().print(f"{wait.session_id[:8]} {decision}", markup=False)
