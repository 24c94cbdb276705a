"""What a person sees of a task that is being followed, and what Ctrl-C, `--timeout` and `--no-input` do to it.

Used by `run`, `wait` and `demo`, which differ in how a step is shown. It acts with the daemon away too: a stop goes to
the worker itself.
"""

from __future__ import annotations

import signal
import sys
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared.errors import StepwellError
from shared.messages import Role
from shared.shapes import step_json
from shared.task_state import TaskState, is_final
from supervisor.cli.asking import PersonAtTerminal
from supervisor.cli.follow import AWAY, Enough
from supervisor.cli.output import (
    EXIT_LEFT_RUNNING,
    EXIT_OF_STATE,
    EXIT_TIMEOUT,
    EXIT_WAITS_FOR_PERSON,
    as_called,
    console,
    print_json,
)
from supervisor.cli.run import step_line
from supervisor.process import ChildState
from supervisor.start_check import where_to_look

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.messages import StepRow, TaskRow
    from supervisor.client import Client

_HELD_HINT_S: Final = 1.0  # a task that has not begun by then is told why
_REASON: Final = "Ctrl-C"


class CtrlC(StrEnum):
    """What Ctrl-C does to the task that is watched: as the first one tells of the second."""

    STOPS = "Ctrl-C again leaves the task running"
    STOPS_IN_DEMO = "Ctrl-C again ends the demo at once"
    NOTHING = ""  # the watching ends at the first one


class Interrupts:
    """Counts Ctrl-C instead of dying of it; what each of them does, its owner decides."""

    def __init__(self) -> None:
        self.count = 0
        signal.signal(signal.SIGINT, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.count += 1


class RunWatcher:
    """Prints what `run` and `wait` show, and decides when they have seen enough."""

    def __init__(
        self,
        client: Client,
        *,
        as_json: bool,
        quiet: bool,
        timeout_s: float | None,
        no_input: bool,
        ctrl_c: CtrlC = CtrlC.STOPS,
    ) -> None:
        self.code: int | None = None
        self.session_id = ""  # of the task, where it is known before the store was asked
        self._client = client
        self._as_json = as_json
        self._quiet = quiet
        self._no_input = no_input
        self._ctrl_c = ctrl_c
        self._began = time.monotonic()
        self._timeout_s = timeout_s
        self._interrupts = Interrupts()
        self._seen = 0  # how many Ctrl-C `look` took notice of
        self._stop_said = False
        self._stop_asked = False
        self._hinted = False
        self._away = False
        self._person = PersonAtTerminal(client, as_json=as_json)
        self._console = None if as_json else console()

    def step(self, row: StepRow) -> None:
        """Print a step."""
        if self._quiet:
            return
        if self._as_json:
            print_json(step_json(row))
        elif self._console is not None:
            self._console.print(step_line(row), markup=False)

    def look(self, task: TaskRow | None, open_step: StepRow | None) -> bool:
        """Ask for a stop at Ctrl-C; end at the last one, at the time-out, and where only a person could go on."""
        del open_step
        if task is not None and is_final(task.final_status):
            return True
        self._seen = self._interrupts.count
        if self._seen and self._ctrl_c is CtrlC.NOTHING:
            self.code = EXIT_LEFT_RUNNING
            return False
        if self._seen and not self._stop_asked:
            self._say_stopping()
            self._stop_asked = self._done(lambda: self._stop(task))
        if self._interrupts.count > 1:
            self.code = EXIT_LEFT_RUNNING
        elif self._timed_out():
            self.code = EXIT_TIMEOUT
        elif task is not None:
            self._look_why_it_waits(task)
        return self.code is None

    def is_pressed(self) -> bool:
        """Tell whether there was another Ctrl-C, or the time is over."""
        return self._interrupts.count > self._seen or self._timed_out()

    def store_away(self) -> None:
        """Say that the daemon does not answer; the watching goes on."""
        self._away = True
        self._say("the store does not answer; waiting for it …")

    def store_back(self) -> None:
        """Say that the daemon answers again."""
        self._away = False
        self._say("the store is back")

    def exit_code(self, task: TaskRow | None) -> int:
        """Return the code that tells how the watching ended; `task` is as it was seen last."""
        if self.code is not None or task is None:
            return EXIT_TIMEOUT if self.code is None else self.code
        return EXIT_OF_STATE[task.final_status]

    def _timed_out(self) -> bool:
        return self._timeout_s is not None and time.monotonic() - self._began > self._timeout_s

    def _stop(self, task: TaskRow | None) -> bool:
        """Stop the task: at its worker, with the store away too. False while that one is not known."""
        if task is not None and task.final_status is not TaskState.CREATED:
            self._client.stop(task, _REASON)
            return True
        session_id = self.session_id if task is None else task.session_id
        if session_id and self._client.stop_unseen(session_id, _REASON) is not None:
            return True  # it has begun since it was seen last
        if task is None or self._away:
            return False
        self._client.stop(task, _REASON)
        return True

    def _look_why_it_waits(self, task: TaskRow) -> None:
        if self._no_input and task.waiting_for is not None:
            self.code = EXIT_WAITS_FOR_PERSON
        elif task.final_status is TaskState.RUNNING:
            self._done(lambda: self._look_at_person(task))
        elif task.final_status is TaskState.CREATED and time.monotonic() - self._began > _HELD_HINT_S:
            self._hint(task)

    def _look_at_person(self, task: TaskRow) -> bool:
        if not (self._quiet or self._away):
            self._person.look(task)
        return True

    def _hint(self, task: TaskRow) -> None:
        def say() -> bool:
            self._say(as_called(why_waiting(self._client, task)))
            return True

        if not self._away and not self._hinted:
            self._hinted = self._done(say)

    def _done(self, act: Callable[[], bool]) -> bool:
        """Do what needs the other processes; False when it has to be tried again, because they are away or busy."""
        try:
            return act()
        except Enough:  # another Ctrl-C came first, or the time is over
            return False
        except StepwellError as error:
            if error.code not in AWAY:
                raise
            return False

    def _say_stopping(self) -> None:
        if not self._stop_said:
            self._stop_said = True
            self._say(f"stopping … ({self._ctrl_c})")

    def _say(self, sentence: str) -> None:
        print(f"stepwell: {sentence}", file=sys.stderr, flush=True)


def why_waiting(client: Client, task: TaskRow) -> str:
    """Return why a task has not begun, and what lets it."""
    if task.held:
        return f"the task is held: {task.held}. Let it go on: stepwell devices release DEVICE"
    held = [row for row in client.devices().items if row.held and task.device_id in (None, row.device_id)]
    if held:
        return f"device {held[0].device_id} is held: {held[0].held}. stepwell devices release {held[0].device_id}"
    return _why_no_phone(client) or "the task waits for a free device; `stepwell status` shows which there are"


def _why_no_phone(client: Client) -> str:
    """Return why no phone is there to wait for; '' when a worker holds one."""
    rows = [row for row in client.processes().items if row.role != Role.GUI]
    for row in rows:
        if row.state == ChildState.FAILED:
            return f"the task waits, and {row.name} has failed: {row.detail}; {where_to_look(row)}"
    if any(row.worker for row in client.devices().items):
        return ""
    workers = "; ".join(f"{row.name}: {row.detail}" for row in rows if row.role == Role.WORKER)
    return f"the task waits, and no worker has a phone ({workers}); `stepwell doctor` names what is missing"
