"""All commands, one file per group, and the one place in which errors are told. Loaded by `supervisor.cli:main`.

Start-up is kept short: what a command needs beyond typer is imported when the command runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from shared.errors import BadInputError, ErrorCode, StepwellError
from supervisor.cli import lifecycle
from supervisor.cli.closing import output_lost
from supervisor.cli.gui import gui
from supervisor.cli.output import exit_code, tell_error

# typer carries its own click or uses the installed one, by its version; its public exception leads to the right one.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_SHOW_A_WINDOW: Final = ("up", "demo", "gui")  # by commands that load little, so that it is there within a second


def make_app(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line; when the first of `arguments` is a command that shows a window, with little besides."""
    app = typer.Typer(
        name="stepwell",
        help="A control room for AI agents that operate phones. Begin with:  stepwell demo",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    lifecycle.register(app)
    if arguments and arguments[0] in _SHOW_A_WINDOW:
        app.command()(gui)
    else:
        _register_others(app)
    return app


def _register_others(app: typer.Typer) -> None:
    from supervisor.cli import backup
    from supervisor.cli.continuing import continue_task
    from supervisor.cli.doctor import doctor
    from supervisor.cli.export import export
    from supervisor.cli.importing import import_store
    from supervisor.cli.judge import label, rm
    from supervisor.cli.logs import logs
    from supervisor.cli.persons import answer, approve, deny, pause, resume
    from supervisor.cli.prune import prune
    from supervisor.cli.rerun import rerun
    from supervisor.cli.run import run
    from supervisor.cli.status import devices_app, status
    from supervisor.cli.stop import stop
    from supervisor.cli.tasks import show, tasks, wait
    from supervisor.cli.vacuum import vacuum
    from supervisor.cli.verify import verify
    from supervisor.cli.watch import watch

    of_tasks = (run, rerun, stop, tasks, show, wait, watch, label, rm, export)
    of_persons = (pause, resume, approve, deny, answer)
    of_the_store = (prune, vacuum, verify)
    for command in (*of_tasks, *of_persons, *of_the_store, status, gui, logs, doctor):
        app.command()(command)
    app.command("import")(import_store)
    app.command("continue")(continue_task)
    app.add_typer(devices_app, name="devices")
    app.add_typer(backup.app, name="backup")


def _print_version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata

        print(f"stepwell {importlib.metadata.version('stepwell')}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Run agents on phones, and keep a record that survives every crash. Begin with:  stepwell demo"""
    del version


def run_command_line() -> int:
    """Run the command that argv names and return its exit code; the edge at which every error becomes one sentence.

    Raises BrokenPipeError when whoever read the output has gone.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")  # whatever the locale
    as_json = "--json" in sys.argv[1:]
    try:
        code = make_app(sys.argv[1:])(standalone_mode=False)
    except StepwellError as error:
        tell_error(error, as_json=as_json)
        return exit_code(error)
    except UsageError as error:
        tell_error(BadInputError(ErrorCode.BAD_REQUEST, _told(error), remedy="see --help"), as_json=as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        raise
    except OSError as error:
        fault = _fault(error)
        tell_error(fault, as_json=as_json)
        return exit_code(fault)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # rich and typer end with 1 then
            raise BrokenPipeError from None
        raise
    return code if isinstance(code, int) else 0


def _fault(error: OSError) -> StepwellError:
    """Return what the system refused where nobody had thought of it; what names no file was printed."""
    sentence = f"{error.filename}: {error.strerror}" if error.filename else output_lost(error)
    return StepwellError(ErrorCode.INTERNAL, sentence)


def _told(error: Exception) -> str:
    """Return a usage error in its own words."""
    told = getattr(error, "format_message", None)
    return str(told()) if callable(told) else str(error)
