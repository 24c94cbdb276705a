"""How `stepwell demo` shows its task: a live table where there is a terminal, else a line a step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from shared.shapes import decoded
from shared.task_state import TaskState, is_final
from supervisor.cli.run import action_text, counted, one_line, step_line, step_time
from supervisor.cli.watcher import CtrlC, RunWatcher

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.table import Table

    from shared.messages import StepRow, TaskRow
    from supervisor.client import Client

_THINKING: Final = 70  # characters of it that the table shows
_OTHER_LINES: Final = 4  # how many earlier steps, the table's head, what goes on, a note: the newest step is never cut


class LiveWatcher(RunWatcher):
    """Shows a task's steps as a live table: thinking, action, outcome, time; below it what is going on now."""

    def __init__(self, client: Client, live: Live) -> None:
        super().__init__(client, as_json=False, quiet=True, timeout_s=None, no_input=False, ctrl_c=CtrlC.STOPS_IN_DEMO)
        self._live = live
        self._rows: list[StepRow] = []
        self._note = ""

    def step(self, row: StepRow) -> None:
        """Add a step that is committed with its outcome."""
        self._rows.append(row)

    def look(self, task: TaskRow | None, open_step: StepRow | None) -> bool:
        """Draw what is true now."""
        self._live.update(self._drawn(task, open_step), refresh=True)
        return super().look(task, open_step)

    def _say(self, sentence: str) -> None:
        self._note = sentence

    def _drawn(self, task: TaskRow | None, open_step: StepRow | None) -> Group:
        from rich.console import Group
        from rich.text import Text

        rows = [*self._rows, *([open_step] if open_step else [])]
        hidden = max(0, len(rows) - max(1, self._live.console.height - _OTHER_LINES))
        above = [Text(f"… {counted(hidden, 'earlier step')}", style="dim")] if hidden else []
        note = "" if task is not None and is_final(task.final_status) else self._note
        progress = Text(self._progress(task), style="cyan")
        return Group(*above, step_table(rows[hidden:]), progress, Text(note, style="yellow"))

    def _progress(self, task: TaskRow | None) -> str:
        done = f"{counted(len(self._rows), 'step')} committed"
        waited = time.monotonic() - self._began
        if task is not None and is_final(task.final_status):
            return f"{done} · {task.final_status} · {waited:.0f} s"
        spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(waited * 10) % 10]
        state = TaskState.CREATED if task is None else task.final_status
        return f"{spinner} {done} · {state} · {waited:.0f} s · Ctrl-C stops the task"


def step_table(rows: list[StepRow]) -> Table:
    """Return the steps so far as a table."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("step", justify="right", min_width=4)
    table.add_column("thinking", no_wrap=True, overflow="ellipsis", ratio=3)
    table.add_column("action", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("outcome", no_wrap=True, min_width=8)
    table.add_column("time", justify="right", no_wrap=True, min_width=6)
    for row in rows:
        outcome = {"done": "[green]done[/]", None: "[cyan]…[/]"}.get(row.outcome, f"[red]{row.outcome}[/]")
        action = escape(action_text(decoded(row.action)))
        table.add_row(str(row.step_num), escape(one_line(row.thinking, _THINKING)), action, outcome, step_time(row))
    return table


def plain_line(row: StepRow) -> str:
    """Return a step on one line, with its thinking, for where there is no terminal."""
    return f"{step_line(row)}  | {one_line(row.thinking, _THINKING)}" if row.thinking else step_line(row)


class PlainWatcher(RunWatcher):
    """Prints a line a step."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, as_json=False, quiet=False, timeout_s=None, no_input=False, ctrl_c=CtrlC.STOPS_IN_DEMO)

    def step(self, row: StepRow) -> None:
        """Print a step that is committed with its outcome."""
        print(plain_line(row), flush=True)
