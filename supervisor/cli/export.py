"""`stepwell export`: runs as folders or .zip files to look at, hand on and read. Works with nothing running.

The work is done by the daemon's verb in a process of its own, which speaks JSON lines (persistence_daemon/export/
verb.py lists them); this file starts it, shows how far it is, and tells how it ended. Ctrl-C ends the verb, which
leaves nothing half-done.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Protocol

import typer

from shared.errors import BadInputError, ErrorCode
from shared.task_state import TaskState
from supervisor.cli.output import HomeOption, JsonOption, console, end, home_of, print_json
from supervisor.cli.tasks import moment
from supervisor.cli.verb import Line, facts, run_verb

if TYPE_CHECKING:
    from rich.progress import Progress

_NAMED: Final = 5  # missing screenshots that are named; the report names them all


def export(
    task_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[TASK_ID]...", help="Ids, their unique beginnings, or @last.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every run, or those that fit --state and --since.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Where to: a folder, or a name that ends in .zip; for several, their folder."
        ),
    ] = None,
    as_zip: Annotated[bool, typer.Option("--zip", help="A .zip for each run instead of a folder.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier export at the same place.")
    ] = False,
    state: Annotated[
        TaskState | None, typer.Option(help="With --all: only runs in this state.", case_sensitive=False)
    ] = None,
    since: Annotated[str, typer.Option(help="With --all: only runs queued since a time, or for so long: 2h, 3d.")] = "",
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="The report's language, instead of that of the settings.")
    ] = None,
    legacy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The whole store as a file for programs written for the older tasks.db."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export runs: a report to look at, with its pictures, and files for programs. Example:  stepwell export @last"""
    _check_choice(legacy, task_ids, everything=everything, chosen=bool(state or since), more=to or as_zip or language)
    place = home_of(home)
    options: dict[str, str | Path | None] = {
        "--home": place.root,
        "--folder": Path.cwd(),
        "--to": None if to is None else to.expanduser().absolute(),
        "--legacy": None if legacy is None else legacy.expanduser().absolute(),
        "--state": state,
        "--since": moment(since),
        "--language": language,
    }
    arguments = [text for name, value in options.items() if value for text in (name, str(value))]
    flags = {"--all": everything, "--zip": as_zip, "--overwrite": overwrite}
    arguments += [name for name, wanted in flags.items() if wanted]
    watcher = _JsonWatcher() if as_json else _Terminal() if sys.stderr.isatty() else _Plain()
    end(run_export([*arguments, "--", *(task_ids or ())], watcher))


def _check_choice(
    legacy: Path | None, task_ids: list[str] | None, *, everything: bool, chosen: bool, more: Path | str | bool | None
) -> None:
    """Refuse options that do not go together; BadInputError. `more`: any that only exports of runs have."""
    sentence = ""
    if chosen and not everything:
        sentence = "--state and --since choose among --all"
    elif legacy is not None and (task_ids or everything or more):
        sentence = "--legacy writes the whole store and goes with --overwrite alone"
    elif legacy is None and bool(task_ids) == everything:
        sentence = "name one: TASK_ID, --all, or --legacy FILE"
    if sentence:
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="see export --help")


class Watcher(Protocol):
    """Is told what the verb does."""

    def progress(self, line: Line) -> None:
        """Show how many steps of a run are done."""

    def exported(self, line: Line) -> None:
        """Take note of a run that is exported, and durable."""

    def warning(self, line: Line) -> None:
        """Tell what a person should know."""

    def result(self, line: Line) -> None:
        """Tell that everything is exported."""

    def close(self) -> None:
        """End what is shown: the verb has ended, well or not."""


def run_export(arguments: list[str], watcher: Watcher) -> int:
    """Run the verb and tell `watcher` what it says; return 0, or raise what it failed with."""
    tell = {"progress": watcher.progress, "exported": watcher.exported, "warning": watcher.warning}
    watcher.result(run_verb(["export", *arguments], tell, watcher.close))
    return 0


class _JsonWatcher:
    """Prints a line for all that happens, and one object at the end."""

    def __init__(self) -> None:
        self._items: list[Line] = []

    def progress(self, line: Line) -> None:
        print_json({"progress": facts(line)})

    def exported(self, line: Line) -> None:
        self._items.append(facts(line))

    def warning(self, line: Line) -> None:
        print_json({"warning": line["message"]})

    def result(self, line: Line) -> None:
        print_json({"items": self._items, **facts(line)})

    def close(self) -> None:
        """Nothing stays open."""


class _Plain:
    """Says for each run where it lies now."""

    def progress(self, line: Line) -> None:
        """Without a terminal there is no bar."""

    def exported(self, line: Line) -> None:
        counted = f"{line['steps']} steps, {line['pictures']} pictures, {line['bytes'] / 1e6:.1f} MB"
        console().print(f"{line['path']}  ({counted})", markup=False)
        if line["left_out"]:
            missing = ", ".join(line["left_out"][:_NAMED]) + (" …" if len(line["left_out"]) > _NAMED else "")
            self.warning({"message": f"{len(line['left_out'])} screenshots are missing or damaged: {missing}"})

    def warning(self, line: Line) -> None:
        print(f"stepwell: {line['message']}", file=sys.stderr, flush=True)

    def result(self, line: Line) -> None:
        if not line["runs"]:
            console().print("no runs that fit")

    def close(self) -> None:
        """Nothing stays open."""


class _Terminal(_Plain):
    """The same, with a bar while a run is read."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar: Progress = Progress(*columns, console=console(stderr=True), transient=True)
        self._task = self._bar.add_task("reading", total=None)
        self._bar.start()

    def progress(self, line: Line) -> None:
        of = f" ({line['run']} of {line['runs']})" if line["runs"] > 1 else ""
        told = f"{line['session_id'][:8] or 'reading'}{of}"
        self._bar.update(self._task, description=told, completed=line["done"], total=max(line["done"], line["total"]))

    def close(self) -> None:
        self._bar.stop()
