"""`stepwell run`: queue a task, print each step as it is committed, end with the code that says how it ended."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.identity import new_session_id, session_id_from_key
from shared.settings import load_settings
from shared.task_state import TaskState, is_final
from supervisor.cli.output import (
    EXIT_LEFT_RUNNING,
    EXIT_OF_STATE,
    EXIT_TIMEOUT,
    EXIT_WAITS_FOR_PERSON,
    HomeOption,
    JsonOption,
    console,
    end,
    home_of,
    print_json,
)

if TYPE_CHECKING:
    from shared.messages import NewTask, StepRow, TaskRow
    from shared.paths import Home
    from supervisor.client import Client

_HELD_HINT_S: Final = 1.0  # a task that has not begun by then is told why
_MAX_SCRIPT: Final = 1 << 20


class Interrupts:
    """Counts Ctrl-C instead of dying of it: the first asks for a stop, the second leaves the task running."""

    def __init__(self) -> None:
        self.count = 0
        signal.signal(signal.SIGINT, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.count += 1


class RunWatcher:
    """Prints what `run` and `wait` show, and decides when they have seen enough."""

    def __init__(self, client: Client, *, as_json: bool, quiet: bool, timeout_s: float | None, no_input: bool) -> None:
        self.code: int | None = None
        self._client = client
        self._as_json = as_json
        self._quiet = quiet
        self._no_input = no_input
        self._began = time.monotonic()
        self._timeout_s = timeout_s
        self._interrupts = Interrupts()
        self._stop_asked = False
        self._hinted = False
        self._console = None if as_json else console()

    def step(self, row: StepRow) -> None:
        """Print a step."""
        from shared.shapes import step_json

        if self._quiet:
            return
        if self._as_json:
            print_json(step_json(row))
        elif self._console is not None:
            self._console.print(step_line(row), markup=False)

    def look(self, task: TaskRow, open_step: StepRow | None) -> bool:
        """Ask for a stop at Ctrl-C; end at the second one, at the time-out, and where only a person could go on."""
        del open_step
        if self._interrupts.count and not self._stop_asked and not is_final(task.final_status):
            self._stop_asked = True
            self._say("stopping … (Ctrl-C again leaves the task running)")
            self._client.stop(task, "Ctrl-C")
        if self._interrupts.count > 1:
            self.code = EXIT_LEFT_RUNNING
        elif self._timeout_s is not None and time.monotonic() - self._began > self._timeout_s:
            self.code = EXIT_TIMEOUT
        elif self._no_input and task.waiting_for is not None:
            self.code = EXIT_WAITS_FOR_PERSON
        self._hint(task)
        return self.code is None

    def store_away(self) -> None:
        """Say that the daemon does not answer; the watching goes on."""
        self._say("the store does not answer; waiting for it …")

    def _hint(self, task: TaskRow) -> None:
        waits = task.final_status is TaskState.CREATED and time.monotonic() - self._began > _HELD_HINT_S
        if waits and not self._hinted:
            self._hinted = True
            self._say(why_waiting(self._client, task))

    def _say(self, sentence: str) -> None:
        print(f"stepwell: {sentence}", file=sys.stderr, flush=True)


def why_waiting(client: Client, task: TaskRow) -> str:
    """Return why a task has not begun, and what lets it."""
    if task.held:
        return f"the task is held: {task.held}. Let it go on: stepwell devices release DEVICE"
    held = [row for row in client.devices().items if row.held and task.device_id in (None, row.device_id)]
    if held:
        return f"device {held[0].device_id} is held: {held[0].held}. stepwell devices release {held[0].device_id}"
    return "the task waits for a free device; `stepwell status` shows which there are"


def step_line(row: StepRow) -> str:
    """Return a step on one line: number, action, outcome, time, message."""
    from shared.shapes import decoded

    took = "" if row.execution_time is None else f"{row.execution_time:.1f} s"
    said = f"  {one_line(row.message, 80)}" if row.message else ""
    return f"{row.step_num:>3}  {action_text(decoded(row.action)):<44} {row.outcome or '…':<12} {took:>7}{said}"


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
    expect_text: str,
    key: str | None,
    script: Path | None,
) -> NewTask:
    """Return the task that the options describe; BadInputError when they are not well-formed."""
    import msgspec

    from shared.messages import NewTask

    if not text.strip():
        raise BadInputError(ErrorCode.BAD_REQUEST, "the task's text is empty", remedy="say in words what is to be done")
    defaults = load_settings(home.settings_file).task
    fields = {
        "session_id": new_session_id() if key is None else session_id_from_key(key),
        "task_description": text,
        "user_id": defaults.user,
        "agent": agent or ("script" if script else defaults.agent),
        "device_id": device,
        "model": model or defaults.model,
        "max_steps": defaults.max_steps if max_steps is None else max_steps,
        "time_limit_s": defaults.time_limit_s,
        "expect_text": expect_text,
        "script": "" if script is None else read_script(script),
    }
    try:
        return msgspec.convert(fields, NewTask)
    except msgspec.ValidationError as error:
        raise BadInputError(
            ErrorCode.BAD_REQUEST, f"the task cannot be queued: {in_plain_words(str(error))}", remedy="see run --help"
        ) from None


def in_plain_words(sentence: str) -> str:
    """Return msgspec's sentence about an option without its regular expression and paths."""
    plain = re.sub(r"`str` matching regex '.*'", "a name of letters, digits, - and _", sentence)
    plain = plain.replace("Expected `str` of length <= 65536", "Expected a text of at most 65,536 characters")
    return plain.replace("`$.", "`").replace("max_steps", "--max-steps")


def read_script(path: Path) -> str:
    """Return the text of a flow; BadInputError when it cannot be read."""
    try:
        if path.stat().st_size > _MAX_SCRIPT:
            raise BadInputError(ErrorCode.TOO_LARGE, f"{path} is larger than 1 MiB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(ErrorCode.BAD_REQUEST, f"{path} cannot be read: {error}") from None


def run(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is to be done, in words.")],
    agent: Annotated[str | None, typer.Option(help="The agent that works on it.")] = None,
    device: Annotated[str | None, typer.Option(help="The device's serial; any device when none is named.")] = None,
    model: Annotated[str | None, typer.Option(help="The model profile of stepwell.toml.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="End FAILED after so many steps.")] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Watch for so many seconds; the task goes on (exit 7).")
    ] = None,
    expect_text: Annotated[str, typer.Option(help="Must be on the screen at the end, or the task is FAILED.")] = "",
    key: Annotated[
        str | None, typer.Option(help="A name for this task: the same key never makes a second one.")
    ] = None,
    script: Annotated[Path | None, typer.Option(help="The YAML flow of the script agent.")] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the id once it is committed, and end.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="End with 6 when the task waits for a person.")] = False,
    no_start: Annotated[bool, typer.Option("--no-start", help="Do not start Stepwell when nothing runs.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a task and print each step as it is committed.

    Ctrl-C asks for a stop and waits for it. Example:

        stepwell run "Open Settings and turn on dark mode" --max-steps 20
    """
    place = home_of(home)
    wanted = new_task(
        place,
        task,
        agent=agent,
        device=device,
        model=model,
        max_steps=max_steps,
        expect_text=expect_text,
        key=key,
        script=script,
    )
    client = connected(place, start=not no_start)
    submitted = client.submit(wanted)
    if as_json:
        print_json({"session_id": submitted.session_id, "existing": submitted.existing, "held": submitted.held})
    elif no_wait:
        print(submitted.session_id)
    else:
        console().print(f"task {submitted.session_id}", markup=False)
    if no_wait:
        end(0)
    watch(client, submitted.session_id, as_json=as_json, timeout_s=timeout, no_input=no_input)


def connected(home: Home, *, start: bool) -> Client:
    """Return a client of `home`; with nothing running there, Stepwell is started first when `start` is true."""
    from supervisor.client import Client, is_running

    if start and not is_running(home):
        from supervisor.launch import start_detached

        start_detached(home)
    return Client(home)


def watch(
    client: Client,
    session_id: str,
    *,
    as_json: bool,
    timeout_s: float | None,
    no_input: bool = False,
    quiet: bool = False,
) -> None:
    """Follow a task to its end and end the command with the code that tells it."""
    from shared.shapes import task_json
    from supervisor.cli.follow import Follower

    watcher = RunWatcher(client, as_json=as_json, quiet=quiet, timeout_s=timeout_s, no_input=no_input)
    task = Follower(client, session_id, watcher).follow()
    if as_json:
        print_json({"task": task_json(task)})
    elif not quiet:
        console().print(ending_line(task), markup=False)
    end(EXIT_OF_STATE[task.final_status] if watcher.code is None else watcher.code)


def ending_line(task: TaskRow, *, hint: bool = True) -> str:
    """Return how a task stands, for people, and (`hint`) how to look at it."""
    verdict = f" ({task.verdict})" if task.verdict else ""
    why = f": {task.error_message}" if task.error_message else ""
    took = "" if task.total_time is None else f" in {task.total_time:.1f} s"
    look = f"; stepwell show {task.session_id[:8]}" if hint else ""
    return f"{task.final_status}{verdict}{why} — {task.total_steps} steps{took}{look}"
