"""What `run` does when its task waits for a person: asks at a terminal, tells how to answer elsewhere.

The question is printed once and the line is read when it is there, so that an answer from elsewhere, a deadline and
Ctrl-C are noticed meanwhile. A line counts only when it was typed after its question stood there: nothing is read
ahead, and what was typed before is thrown away. Used by watcher.py.
"""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING, Final

from shared.errors import StepwellError
from shared.messages import Decision, WaitingFor
from shared.posix import forget_typed, may_read_terminal
from shared.shapes import wait_json
from supervisor.cli.output import print_json
from supervisor.cli.run import one_line
from supervisor.cli.wait_text import how_to_answer, wait_line

if TYPE_CHECKING:
    from shared.messages import TaskRow, WaitRow
    from supervisor.client import Client

_LONGEST: Final = 500
_LINE_BYTES: Final = 4096  # a terminal gives one line at a time, and no longer one
_PROMPTS: Final = {
    WaitingFor.CONFIRM: "Allow it? [y/N] ",
    WaitingFor.TAKE_OVER: "Press Enter when you are through: ",
    WaitingFor.ANSWER: "Answer: ",
    WaitingFor.PAUSED: "Press Enter to let it go on: ",
}
_YES: Final = frozenset({"y", "yes", "是", "好"})


class PersonAtTerminal:
    """Tells of each wait once, and takes a line for an answer where there is a terminal."""

    def __init__(self, client: Client, *, as_json: bool) -> None:
        self._client = client
        self._as_json = as_json
        self._asks = not as_json and sys.stdin.isatty() and sys.stderr.isatty()
        self._told: WaitRow | None = None
        self._open = False
        self._prompted = False

    def look(self, task: TaskRow) -> None:
        """Ask what a task waits for, or take note that it waits no more; StepwellError when the store is away."""
        if task.waiting_seq is None:
            self._is_over()
        elif self._told is None or self._told.seq != task.waiting_seq:
            waits = self._client.task(task.session_id).waits
            wait = next((one for one in waits if one.seq == task.waiting_seq), None)
            if wait is not None and wait.decision is None:
                self._tell(wait)
        elif self._open:
            self._take_line(task, self._told)

    def _tell(self, wait: WaitRow) -> None:
        self._told, self._open, self._prompted = wait, True, False
        if self._as_json:
            print_json({"waiting": wait_json(wait)})
            return
        self._say(f"the task {one_line(wait_line(wait), _LONGEST)}\n")
        if self._may_read():
            self._prompt(wait)
        else:
            self._say(f"{how_to_answer(wait)}\n")

    def _prompt(self, wait: WaitRow) -> None:
        forget_typed(sys.stdin.fileno())  # before this question was seen: it is an answer to another one, or to none
        self._prompted = True
        self._say(_PROMPTS[wait.waiting_for])

    def _may_read(self) -> bool:
        return self._asks and may_read_terminal(sys.stdin.fileno())

    def _take_line(self, task: TaskRow, wait: WaitRow) -> None:
        if not self._may_read():
            return
        if not self._prompted:  # the command has come back to the foreground
            self._prompt(wait)
            return
        if not select.select([sys.stdin.fileno()], [], [], 0)[0]:
            return
        line = _line()
        if line is None:  # the terminal is gone: others may answer
            self._asks = False
            self._say(f"\n{how_to_answer(wait)}\n")
            return
        decision, text = decision_of(wait.waiting_for, line)
        if decision is None:
            self._say(_PROMPTS[wait.waiting_for])
            return
        self._open = False
        try:
            self._client.answer(task, wait, decision, text)
        except StepwellError as error:
            self._say(f"{error.message}\n")

    def _is_over(self) -> None:
        if self._open and self._prompted:
            self._say("(it waits no more)\n")
        self._open = False

    def _say(self, text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)


def _line() -> str | None:
    """Return the line that was typed, None when the terminal is gone. Python's stream would read ahead."""
    try:
        typed = os.read(sys.stdin.fileno(), _LINE_BYTES)
    except OSError:
        return None
    return typed.decode(errors="replace").strip() if typed else None


def decision_of(kind: WaitingFor, line: str) -> tuple[Decision | None, str]:
    """Return what a typed line means; None when it is no answer. Nothing but a clear yes approves."""
    if kind is WaitingFor.CONFIRM:
        return (Decision.APPROVED, "") if line.casefold() in _YES else (Decision.DENIED, "")
    if kind is WaitingFor.ANSWER:
        return (Decision.ANSWERED, line) if line else (None, "")
    return Decision.RESUMED, ""
