"""`stepwell backup create | list | restore`: verified copies of the store, in the home or in a folder elsewhere.

The work is the daemon's verb `backup` (persistence_daemon/backup_verb.py), beside a running Stepwell or with none.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from supervisor.cli.output import HomeOption, JsonOption, console, home_of, print_json
from supervisor.cli.tasks import moment
from supervisor.cli.verb import Bar, Line, facts, run_verb

app = typer.Typer(no_args_is_help=True, help="Verified copies of the store. Example:  stepwell backup create --to DIR")

ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="A folder outside the home, with the pictures, instead of its own."),
]


@app.command()
def create(to: ToOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take a backup, verify it, list it. Example:  stepwell backup create --to /mnt/stick/stepwell"""
    _show("create", to, home, as_json=as_json)


@app.command("list")
def list_backups(to: ToOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the backups that can be restored, oldest first. Example:  stepwell backup list"""
    _show("list", to, home, as_json=as_json)


@app.command()
def restore(
    backup: Annotated[str, typer.Argument(metavar="BACKUP|latest", help="A backup's name, its beginning, or latest.")],
    place: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="A folder that `backup create --to` made.")
    ] = None,
    until: Annotated[
        str, typer.Option(metavar="SEQ|TIME", help="Go on in the event log up to this event or time, not to its end.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in the store's place, with nothing running. Example:  stepwell backup restore latest --from DIR"""
    arguments = _arguments("restore", place, home)
    if until:
        arguments += ["--until-seq", until] if until.isdecimal() else ["--until-time", moment(until)]
    result = _verb([*arguments, f"--backup={backup}"], [], as_json=as_json)
    if as_json:
        print_json(facts(result))
        return
    told = f"restored {result['backup']} and {result['events_applied']} events behind it: event {result['seq']}"
    console().print(told, markup=False)
    if result["kept"]:
        console().print(f"the store that was there lies in {result['kept']}", markup=False)


def _show(act: str, place: Path | None, home: Path | None, *, as_json: bool) -> None:
    """Run the verb, and show the backups that it tells of."""
    backups: list[Line] = []
    result = _verb(_arguments(act, place, home), backups, as_json=as_json)
    if as_json:
        print_json({"items": backups, **facts(result)})
        return
    for backup in backups:
        console().print(_line(backup), markup=False)
    if not backups:
        console().print("no backups: stepwell backup create")


def _arguments(act: str, place: Path | None, home: Path | None) -> list[str]:
    arguments = ["backup", act, "--home", str(home_of(home).root)]
    return arguments if place is None else [*arguments, "--to", str(place.expanduser().absolute())]


def _verb(arguments: list[str], backups: list[Line], *, as_json: bool) -> Line:
    """Run the verb, keep the backups that it tells of, tell its warnings, and return its result."""
    bar = Bar(wanted=not as_json)

    def warn(line: Line) -> None:
        print(f"stepwell: {line['message']}", file=sys.stderr, flush=True)

    tell = {"progress": bar.progress, "backup": lambda line: backups.append(facts(line)), "warning": warn}
    return run_verb(arguments, tell, bar.close)


def _line(backup: Line) -> str:
    pictures = "holds its pictures" if backup["holds_pictures"] else "names its pictures, which lie in the home"
    counted = f"{backup['tasks']} tasks, {backup['steps']} steps, {backup['pictures']} pictures"
    size = f"{backup['size_bytes'] / 1e6:.1f} MB"
    return (
        f"{backup['name']}  {backup['at']}  event {backup['seq']}  {size}  ({counted}; {pictures}; {backup['reason']})"
    )
