"""`stepwell backup create | list`: verified copies of the store, in the home or in a folder elsewhere.

The work is the daemon's verb `backup` (persistence_daemon/backup_verb.py), beside a running Stepwell or with none.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from supervisor.cli.output import HomeOption, JsonOption, console, home_of, print_json
from supervisor.cli.verb import Bar, Line, facts, run_verb

app = typer.Typer(no_args_is_help=True, help="Verified copies of the store. Example:  stepwell backup create --to DIR")

ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="A folder outside the home, with the pictures, instead of its own."),
]


@app.command()
def create(to: ToOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take a backup, verify it, list it. Example:  stepwell backup create --to /mnt/stick/stepwell"""
    _run("create", to, home, as_json=as_json)


@app.command("list")
def list_backups(to: ToOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the backups that can be restored, oldest first. Example:  stepwell backup list"""
    _run("list", to, home, as_json=as_json)


def _run(act: str, place: Path | None, home: Path | None, *, as_json: bool) -> None:
    arguments = ["backup", act, "--home", str(home_of(home).root)]
    if place is not None:
        arguments += ["--to", str(place.expanduser().absolute())]
    tell_run(arguments, as_json=as_json)


def tell_run(arguments: list[str], *, as_json: bool) -> None:
    """Run the verb, and show what it says."""
    backups: list[Line] = []
    bar = Bar(wanted=not as_json)

    def warn(line: Line) -> None:
        print(f"stepwell: {line['message']}", file=sys.stderr, flush=True)

    tell = {"progress": bar.progress, "backup": lambda line: backups.append(facts(line)), "warning": warn}
    result = run_verb(arguments, tell, bar.close)
    if as_json:
        print_json({"items": backups, **facts(result)})
        return
    for backup in backups:
        console().print(_line(backup), markup=False)
    if not backups:
        console().print("no backups: stepwell backup create")


def _line(backup: Line) -> str:
    pictures = "holds its pictures" if backup["holds_pictures"] else "names its pictures, which lie in the home"
    counted = f"{backup['tasks']} tasks, {backup['steps']} steps, {backup['pictures']} pictures"
    size = f"{backup['size_bytes'] / 1e6:.1f} MB"
    return (
        f"{backup['name']}  {backup['at']}  event {backup['seq']}  {size}  ({counted}; {pictures}; {backup['reason']})"
    )
