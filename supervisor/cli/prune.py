"""`stepwell prune`: old tasks go, with their steps and pictures.

What goes is found by the daemon's verb `prune` (persistence_daemon/prune_verb.py); each task is then deleted by the
daemon, as `rm` does. With nothing running, the store alone is started for as long as the command takes.
"""

from __future__ import annotations

import re
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.errors import BadInputError, ErrorCode
from shared.identity import quoted
from supervisor.cli.output import HomeOption, JsonOption, console, home_of, print_json
from supervisor.cli.run import one_line
from supervisor.cli.tasks import UNITS, connect_to_read
from supervisor.cli.verb import Bar, Line, facts, run_verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from supervisor.client import Client

_AGE: Final = re.compile(r"(\d{1,9})([smhdw])\Z")
_NAMED: Final = 10  # tasks that are named before a person is asked; the rest are counted
_LOOK_S: Final = 0.1
_STUCK_S: Final = 30.0  # nothing more was taken away for so long: something holds it up, which the log names
IN_BACKUPS: Final = "Backups keep what was deleted until they are thinned."


def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="How long ago they ended at least: 90d, 12w, 36h.")
    ],
    keep_failed: Annotated[bool, typer.Option("--keep-failed", help="Keep tasks that failed or crashed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete tasks that ended long ago, with their steps and pictures. Backups keep them until they are thinned.

    Example:  stepwell prune --older-than 90d --keep-failed --dry-run
    """
    arguments = ["prune", "--home", str(home_of(home).root), "--before", before(older_than, datetime.now(UTC))]
    found: list[Line] = []
    tell = {"task": lambda line: found.append(facts(line))}
    sums = facts(run_verb([*arguments, "--keep-failed"] if keep_failed else arguments, tell, lambda: None))
    if found and not dry_run:
        if not yes:
            _confirm(found, sums)
        _delete(connect_to_read(home), [str(task["session_id"]) for task in found], as_json=as_json)
    if as_json:
        print_json({"dry_run": dry_run, **sums, "items": found})
        return
    if dry_run:
        for task in found:
            console().print(_line(task), markup=False)
    done = "would go" if dry_run else "are deleted"
    console().print(f"{_counted(sums)} {done}" if found else "no task is that old", markup=False)
    if found:
        console().print(IN_BACKUPS)


def before(age: str, now: datetime) -> str:
    """Return the time that lies `age` before `now`, as ISO 8601; BadInputError when it is no age."""
    found = _AGE.match(age)
    try:
        if found is not None:
            return (now - timedelta(**{UNITS[found[2]]: int(found[1])})).isoformat()
    except OverflowError:  # before the calendar begins
        pass
    raise BadInputError(ErrorCode.BAD_REQUEST, f"{quoted(age)} is no age", remedy="write 90d, 12w or 36h")


def wait_until_gone(client: Client, bar: Bar) -> None:
    """Wait until the rows and pictures of all that was deleted are off the disk."""
    if left := wait_for_none("taking away", lambda: client.tidy().deleted_left, bar):
        print(f"stepwell: {left} deleted tasks are still being taken away: see stepwell logs", file=sys.stderr)


def wait_for_none(what: str, left_now: Callable[[], int], bar: Bar) -> int:
    """Wait until `left_now` is 0 and show how far it is; return what is left when nothing moves any more."""
    first = left = left_now()
    changed = time.monotonic()
    while left and time.monotonic() - changed < _STUCK_S:
        bar.progress({"what": what, "done": first - left, "total": first})
        time.sleep(_LOOK_S)
        before_that, left = left, left_now()
        if left != before_that:
            first, changed = max(first, left), time.monotonic()
    return left


def _delete(client: Client, session_ids: list[str], *, as_json: bool) -> None:
    bar = Bar(wanted=not as_json)
    try:
        for number, session_id in enumerate(session_ids, 1):
            client.delete(session_id)
            bar.progress({"what": "deleting", "done": number, "total": len(session_ids)})
        wait_until_gone(client, bar)
    finally:
        bar.close()


def _confirm(found: list[Line], sums: Line) -> None:
    """Let a person at a terminal agree; BadInputError where nobody can be asked, typer.Abort when they do not."""
    if not sys.stdin.isatty():
        sentence = f"{_counted(sums)} would be deleted for good, and nobody can be asked here"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="look by --dry-run, then say so with --yes")
    for task in found[:_NAMED]:
        typer.echo(f"  {_line(task)}", err=True)
    if len(found) > _NAMED:
        typer.echo(f"  … and {len(found) - _NAMED} more", err=True)
    typer.confirm(f"Delete {_counted(sums)}, with the pictures? {IN_BACKUPS}", abort=True, err=True)


def _counted(sums: Line) -> str:
    return f"{sums['tasks']} tasks with {sums['steps']} steps, about {sums['bytes'] / 1e6:.1f} MB,"


def _line(task: Line) -> str:
    text = one_line(task["task_description"], 60)
    return f"{task['session_id'][:8]}  {task['state']}  {task['ended_at']}  {task['steps']} steps  {text}"
