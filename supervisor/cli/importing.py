"""`stepwell import`: the history of the older program that Stepwell grew out of (Open-AutoGLM-GUI's `tasks.db`).

The work is the daemon's verb `import` (persistence_daemon/importing/verb.py), with nothing running; this file shows how
far it is and tells in the end what came in and what was not as it should be.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from supervisor.cli.output import HomeOption, JsonOption, console, home_of, print_json
from supervisor.cli.run import counted
from supervisor.cli.verb import Bar, Line, facts, run_verb

_NAMED: Final = 5  # of each kind of notice; --json has all
_TOLD: Final = {
    "disagreement": "total_steps disagrees with the rows",
    "torn": "torn bytes in backups of tasks; the files stay as they are",
    "screenshot": "screenshots that are named and cannot be had",
    "known": "known tasks that have changed there",
    "deleted": "tasks that were deleted here",
    "left_out": "left out",
}


def import_store(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The older program's logs/tasks.db.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do; change nothing.")] = False,
    utc_offset: Annotated[
        str, typer.Option(metavar="+HH:MM", help="Of the older program's local times, instead of this machine's zone.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring an older program's history in: all of it or nothing. Example:  stepwell import logs/tasks.db --dry-run

    The file is only read. Screenshots and per-task backups beside it come along. What is here already is recognised,
    so it can be repeated. Stepwell must be down, but for --dry-run.
    """
    file = path.expanduser().absolute()
    arguments = ["import", "--home", str(home_of(home).root), f"--file={file}", f"--utc-offset={utc_offset}"]
    notices: list[Line] = []
    bar = Bar(wanted=not as_json)

    def warn(line: Line) -> None:
        print(f"stepwell: {line['message']}", file=sys.stderr, flush=True)

    tell = {"progress": bar.progress, "notice": lambda line: notices.append(facts(line)), "warning": warn}
    result = run_verb(arguments + ["--dry-run"] * dry_run, tell, bar.close)
    if as_json:
        print_json({**facts(result), "notices": notices})
    else:
        _tell(result, notices)


def _tell(result: Line, notices: list[Line]) -> None:
    out = console()
    for sentence in _sentences(result):
        out.print(sentence, markup=False)
    for how, number in result["repairs"].items():
        out.print(f"repaired: {how} ({number})", markup=False)
    for what, told in _TOLD.items():
        found = [notice for notice in notices if notice["what"] == what]
        if found:
            out.print(f"{told} ({len(found)}):", markup=False)
        for notice in found[:_NAMED]:
            out.print(f"  {_where(notice)}{notice['sentence']}", markup=False)
        if len(found) > _NAMED:
            out.print(f"  … and {len(found) - _NAMED} more; --json names them all", markup=False)


def _sentences(result: Line) -> list[str]:
    """Return what came in, and what was here already, for people."""
    verb = "would import" if result["dry_run"] else "imported"
    pictures = counted(result["screenshots"], "screenshot")
    told = [
        (
            f"{verb} {counted(result['tasks'], 'task')} with {counted(result['steps'], 'step')} and {pictures}"
            f" from {result['source']}"
        )
    ]
    more = {
        "tasks_made": "of them made for steps whose task is not there",
        "steps_from_backups": "steps of them stand only in backups of tasks",
        "screenshots_missing": "screenshots are missing there",
        "rows": "rows of other tables kept whole",
        "tasks_known": "tasks were here already and stay as they are",
        "tasks_deleted": "tasks were deleted here and are not brought back",
        "rows_known": "rows of other tables were here already",
    }
    return told + [f"  {result[name]} {words}" for name, words in more.items() if result[name]]


def _where(notice: Line) -> str:
    """Return which task and step a notice is about."""
    if notice["session_id"] is None:
        return ""
    step = notice.get("step_num")
    return f"{notice['session_id']}{'' if step is None else f' step {step}'}: "
