"""What every command shares: its options, its exit codes, and the one way in which an error is told.

An error is one sentence on stderr that says what to do; under `--json` an object with code, message and remedy.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from shared.errors import BadInputError, ErrorCode, NotConfirmedError, StepwellError
from shared.identity import quoted
from shared.paths import Home, check_root, default_home
from shared.task_state import TaskState

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA: Final = 1
PROGRAM: Final = os.environ.get("STEPWELL_COMMAND", "stepwell")  # as the person calls it: bin/stepwell in a checkout

_COMMAND: Final = re.compile(r"(?<![\w/.-])stepwell(?= [a-z])")  # in a sentence; our name in prose is Stepwell

EXIT_OF_STATE: Final = {
    TaskState.SUCCESS: 0,
    TaskState.FAILED: 1,
    TaskState.STOPPED: 4,
    TaskState.CRASHED: 5,
}
EXIT_BAD_INPUT: Final = 2
EXIT_NOT_RUNNING: Final = 3
EXIT_WAITS_FOR_PERSON: Final = 6
EXIT_TIMEOUT: Final = 7
EXIT_LEFT_RUNNING: Final = 130
_NOT_RUNNING: Final = frozenset(
    {ErrorCode.NOT_RUNNING, ErrorCode.STORE_AWAY, ErrorCode.DEADLINE, ErrorCode.STORE_BUSY, ErrorCode.STORE_FULL}
)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="STEPWELL_HOME",
        help="Stepwell's folder, instead of the default one.",
        metavar="DIR",
        readable=False,  # whether it can be read we tell ourselves, with the code that scripts know
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
TaskArgument = Annotated[str, typer.Argument(metavar="TASK_ID", help="A task's id, its unique beginning, or @last.")]


def device_named(device: str | None) -> str | None:
    """Return the device that a person named; BadInputError when no device can be called that."""
    import msgspec

    from shared.messages import DeviceId

    try:
        return msgspec.convert(device, DeviceId | None)
    except msgspec.ValidationError:
        sentence = f"{quoted(device or '')} is no device's serial"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="see `stepwell devices`") from None


def home_of(path: Path | None) -> Home:
    """Return the home that `--home` names, else the real one, or the demo's when only that one runs."""
    if path is not None:
        root = check_root(path.expanduser().absolute())
        if os.path.exists(root) and not os.path.isdir(root):  # noqa: PTH110, PTH112 - these two never raise
            raise BadInputError(
                ErrorCode.BAD_HOME, f"{root} is a file, not a folder", remedy="name a folder by --home DIR"
            )
        return Home(root)
    real, demo = Home(default_home()), Home(default_home(demo=True))
    from supervisor.homes import supervisor_pid

    return demo if supervisor_pid(demo) is not None and supervisor_pid(real) is None else real


def console(*, stderr: bool = False) -> Console:
    """Return a console; without a terminal it draws no colours and wraps nothing."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 200
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=not stream.isatty())


def print_json(value: dict[str, Any]) -> None:
    """Print one object with the schema's number, on one line."""
    print(json.dumps({"schema": SCHEMA, **value}, ensure_ascii=False), flush=True)


def exit_code(error: StepwellError) -> int:
    """Return the exit code that tells a script of `error`."""
    if error.code in _NOT_RUNNING:
        return EXIT_NOT_RUNNING
    return 1 if error.code is ErrorCode.INTERNAL else EXIT_BAD_INPUT


def tell_error(error: StepwellError, *, as_json: bool) -> None:
    """Print an error to stderr."""
    if as_json:
        told = {"code": str(error.code), "message": error.message, "remedy": error.remedy}
        if isinstance(error, NotConfirmedError):
            told["session_id"] = error.session_id
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
        return
    remedy = f" ({as_called(error.remedy)})" if error.remedy else ""
    print(f"stepwell: {error.message}{remedy}", file=sys.stderr)


def as_called(sentence: str) -> str:
    """Return a sentence with our commands in it as the person calls them, so that they can be copied."""
    return _COMMAND.sub(lambda _found: PROGRAM, sentence)


def end(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)
