"""`stepwell run`: queue a task, print each step as it is committed, end with the code that says how it ended."""

from __future__ import annotations

import atexit
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.identity import new_session_id, quoted, session_id_from_key
from shared.settings import load_settings
from supervisor.cli.output import (
    PROGRAM,
    HomeOption,
    JsonOption,
    console,
    device_named,
    end,
    home_of,
    print_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.messages import NewTask, StepRow, TaskRow
    from shared.paths import Home
    from supervisor.client import Client

_MAX_SCRIPT: Final = 1 << 20
_FLOW: Final = "name a YAML flow of the script agent"
DeviceOption = Annotated[
    str | None, typer.Option(help="The device's serial; any device when none is named.", callback=device_named)
]
VarOption = Annotated[
    list[str] | None, typer.Option(metavar="NAME=VALUE", help="A value for a variable of the script; may be repeated.")
]
CommandOption = Annotated[
    str | None, typer.Option(help="The program of the command agent, with its arguments; started in this folder.")
]


def step_line(row: StepRow) -> str:
    """Return a step on one line: number, action, outcome, time, message."""
    from shared.shapes import decoded

    took = step_time(row)
    said = f"  {one_line(row.message, 80)}" if row.message else ""
    return f"{row.step_num:>3}  {action_text(decoded(row.action)):<44} {row.outcome or '…':<12} {took:>7}{said}"


def step_time(row: StepRow) -> str:
    """Return how long a step took, the model's thinking and the action together; '' while that is not known."""
    if row.execution_time is None:
        return ""
    return f"{(row.model_time_s or 0.0) + row.execution_time:.1f} s"


def counted(count: int, noun: str) -> str:
    """Return `1 step`, `2 steps`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def action_text(action: Any) -> str:
    """Return an action for people: `Tap [500, 120]`."""
    if not isinstance(action, dict):
        return one_line(str(action or "(no action)"), 44)
    named = dict(action)
    name = named.pop("action", "?")
    rest = " ".join(str(value) for value in named.values() if value not in (None, "") and value is not False)
    return one_line(f"{name} {rest}".strip(), 44)


def one_line(text: str, width: int) -> str:
    """Return `text` on one line of at most `width` characters, control characters left out."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def new_task(
    home: Home,
    text: str,
    *,
    agent: str | None,
    device: str | None,
    model: str | None,
    max_steps: int | None,
    expect_text: Sequence[str],
    key: str | None,
    played: tuple[str, str],
) -> NewTask:
    """Return the task that the options describe; BadInputError when they are not well-formed.

    `played` is what `what_is_played` returns.
    """
    import msgspec

    from shared.messages import NewTask

    if not text.strip():
        raise BadInputError(ErrorCode.BAD_REQUEST, "the task's text is empty", remedy="say in words what is to be done")
    if not is_utf8(text):
        raise BadInputError(ErrorCode.BAD_REQUEST, "the task's text is not UTF-8", remedy="write it in UTF-8")
    defaults = load_settings(home.settings_file).task
    agent_played, text_played = played
    fields = {
        "session_id": new_session_id() if key is None else session_id_from_key(key),
        "task_description": text,
        "user_id": defaults.user,
        "agent": agent or agent_played or defaults.agent,
        "device_id": device,
        "model": model or defaults.model,
        "max_steps": defaults.max_steps if max_steps is None else max_steps,
        "time_limit_s": defaults.time_limit_s,
        "expect_text": expect_text[0] if expect_text else "",
        "checks": tuple(expect_text[1:]),
        "script": text_played,
    }
    try:
        return msgspec.convert(fields, NewTask)
    except msgspec.ValidationError as error:
        raise BadInputError(
            ErrorCode.BAD_REQUEST, f"the task cannot be queued: {in_plain_words(str(error))}", remedy="see run --help"
        ) from None


def what_is_played(script: Path | None, given: list[str], command: str | None) -> tuple[str, str]:
    """Return the agent that --script or --command means, and the text that it gets; both '' without either."""
    if (script is not None or given) and command is not None:
        remedy = "name one of them"
        raise BadInputError(ErrorCode.BAD_REQUEST, "--script and --command are for different agents", remedy=remedy)
    if command is not None:
        from shared.outside_program import AGENT, program_of, program_text

        return AGENT, program_text(program_of(command, os.getcwd()))  # noqa: PTH109 - a path for another process
    if script is None:
        if given:
            raise BadInputError(ErrorCode.BAD_REQUEST, "--var is for a script", remedy="name it: --script FILE")
        return "", ""
    return "script", read_script(script) + given_variables(given)


def given_variables(given: list[str]) -> str:
    """Return the values of --var NAME=VALUE as the YAML document that stands behind a script; '' without any."""
    if not given:
        return ""
    import yaml

    values = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not (name and sign and is_utf8(pair)):
            remedy = "write --var name=value"
            raise BadInputError(ErrorCode.BAD_REQUEST, f"--var {quoted(pair)} gives no value", remedy=remedy)
        values[name] = value
    return "\n" + yaml.safe_dump(values, explicit_start=True, allow_unicode=True, default_style='"')


def is_utf8(text: str) -> bool:
    """Tell whether an argument was UTF-8: bytes that are none come as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def in_plain_words(sentence: str) -> str:
    """Return msgspec's sentence about an option without its regular expression and paths."""
    plain = re.sub(r"`str` matching regex '.*'", "a name of letters, digits, - and _", sentence)
    plain = plain.replace("Expected `str` of length <= 65536", "Expected a text of at most 65,536 characters")
    return plain.replace("`$.", "`").replace("max_steps", "--max-steps")


def read_script(path: Path) -> str:
    """Return the text of a flow, from a file or a pipe; BadInputError when it cannot be read.

    No more is read than can be used: a pipe tells no size and need not end, nor does a device.
    """
    try:
        with path.open("rb") as file:
            if stat.S_ISCHR(os.fstat(file.fileno()).st_mode):
                raise BadInputError(ErrorCode.BAD_REQUEST, f"{path} is a device, not a file", remedy=_FLOW)
            data = file.read(_MAX_SCRIPT + 1)
        if len(data) > _MAX_SCRIPT:
            raise BadInputError(ErrorCode.TOO_LARGE, f"{path} is larger than 1 MiB", remedy=_FLOW)
        return data.decode("utf-8")
    except OSError as error:
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{path} cannot be read: {error.strerror}", remedy=_FLOW) from None
    except UnicodeDecodeError:
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{path} is not UTF-8 text", remedy=_FLOW) from None


def run(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is to be done, in words.")],
    agent: Annotated[str | None, typer.Option(help="The agent that works on it.")] = None,
    device: DeviceOption = None,
    model: Annotated[str | None, typer.Option(help="The model profile of stepwell.toml.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="End FAILED after so many steps.")] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Watch for so many seconds; the task goes on (exit 7).")
    ] = None,
    expect_text: Annotated[
        list[str] | None,
        typer.Option(help="Must be on the screen at the end, or the task is FAILED; once for each text."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="A name for this task: the same key never makes a second one.")
    ] = None,
    script: Annotated[Path | None, typer.Option(help="The YAML flow of the script agent.")] = None,
    var: VarOption = None,
    command: CommandOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the id once it is committed, and end.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="End with 6 when the task waits for a person.")] = False,
    no_start: Annotated[bool, typer.Option("--no-start", help="Do not start Stepwell when nothing runs.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a task and print each step as it is committed; Ctrl-C asks for a stop and waits for it.

    Example:  stepwell run "Open Settings and turn on dark mode" --max-steps 20
    """
    place = home_of(home)
    wanted = new_task(
        place,
        task,
        agent=agent,
        device=device,
        model=model,
        max_steps=max_steps,
        expect_text=expect_text or (),
        key=key,
        played=what_is_played(script, var or [], command),
    )
    client = connected(place, start=not no_start)
    queue(client, wanted, as_json=as_json, no_wait=no_wait)
    watch(client, wanted.session_id, as_json=as_json, timeout_s=timeout, no_input=no_input)


def queue(client: Client, wanted: NewTask, *, as_json: bool, no_wait: bool) -> None:
    """Queue a task and print its id; with `no_wait` the command ends here."""
    submitted = client.submit(wanted)
    if as_json:
        print_json({"session_id": submitted.session_id, "existing": submitted.existing, "held": submitted.held})
    elif no_wait:
        print(submitted.session_id)
    else:
        console().print(f"task {submitted.session_id}", markup=False)
    if no_wait:
        end(0)


def connected(home: Home, *, start: bool) -> Client:
    """Return a client of `home`; with nothing running there, Stepwell is started first when `start` is true."""
    from supervisor.client import Client, is_running

    if start and not is_running(home):
        from supervisor.launch import start_detached

        start_detached(home)
    client = Client(home)
    atexit.register(client.close)  # however the command ends: sockets that are only collected may wait for ever
    return client


def watch(
    client: Client,
    task_id: str,
    *,
    as_json: bool,
    timeout_s: float | None,
    no_input: bool = False,
    quiet: bool = False,
    only_watches: bool = False,
) -> None:
    """Follow a task to its end and end the command with its code; `only_watches`: Ctrl-C stops nothing."""
    from shared.shapes import task_json
    from supervisor.cli.follow import Follower
    from supervisor.cli.watcher import CtrlC, RunWatcher

    ctrl_c = CtrlC.NOTHING if only_watches else CtrlC.STOPS
    watcher = RunWatcher(client, as_json=as_json, quiet=quiet, timeout_s=timeout_s, no_input=no_input, ctrl_c=ctrl_c)
    watcher.session_id = "" if task_id == "@last" else task_id
    task = Follower(client, task_id, watcher).follow()
    if as_json:
        print_json({"task": None if task is None else task_json(task)})
    elif not quiet:
        said = "the store does not answer; how the task stands is not known" if task is None else ending_line(task)
        console().print(said, markup=False)
    end(watcher.exit_code(task))


def ending_line(task: TaskRow, *, hint: bool = True) -> str:
    """Return how a task stands, for people, and (`hint`) how to look at it."""
    verdict = f" ({task.verdict})" if task.verdict else ""
    why = f": {task.error_message}" if task.error_message else ""
    took = "" if task.total_time is None else f" in {task.total_time:.1f} s"
    look = f"; {PROGRAM} show {task.session_id[:8]}" if hint else ""
    return f"{task.final_status}{verdict}{why} — {counted(task.total_steps, 'step')}{took}{look}"
