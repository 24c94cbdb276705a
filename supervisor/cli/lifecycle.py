"""`stepwell up` and `down`: keep everything running, and bring it down in order. `demo` is in demo.py."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.shapes import plain
from supervisor.cli.demo import demo
from supervisor.cli.output import PROGRAM, HomeOption, JsonOption, console, home_of, print_json

if TYPE_CHECKING:
    from shared.messages import ProcessRow
    from shared.paths import Home
    from supervisor.options import StartOptions

_DOWN_S: Final = 40.0  # workers, helpers and the daemon may each take their whole time
_POLL_S: Final = 0.05

SeedOption = Annotated[int | None, typer.Option(help="Demo: the simulated phone's starting state.", metavar="N")]
LanguageOption = Annotated[
    Literal["en", "zh"] | None,
    typer.Option(help="Demo: the language of the phone, the model and, this time, the window."),
]
FastOption = Annotated[bool, typer.Option("--fast", help="Demo: the scripted model does not wait between replies.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file and `demo` to the command line."""
    for command in (up, demo, down):
        app.command()(command)


def up(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="With a simulated phone and a scripted model.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Without the window.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is ready; `down` ends it.")] = False,
    device: Annotated[
        list[str] | None, typer.Option(help="A worker for this device (PLUG-IN://ADDRESS: not adb's).")
    ] = None,
    all_devices: Annotated[
        bool, typer.Option("--all-devices", help="A worker for every device that adb sees.")
    ] = False,
    resume_queue: Annotated[
        bool,
        typer.Option("--resume-queue", help="Let tasks that waited before this start go on by themselves."),
    ] = False,
    fast: FastOption = False,
    seed: SeedOption = None,
    language: LanguageOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep everything running until `stepwell down` or Ctrl-C. Example:  stepwell up --all-devices --detach"""
    from supervisor.display import has_display
    from supervisor.homes import find_home
    from supervisor.options import StartOptions

    place = find_home(home, demo=demo)
    options = StartOptions(
        demo=demo,
        devices=tuple(device or ()),
        all_devices=all_devices,
        resume_queue=resume_queue,
        fast=fast,
        seed=seed,
        language=language or "",
        window_language=language or "",
        window=not headless and has_display(),
    )
    if detach:
        _detach(place, options, as_json=as_json)
        return
    if not headless and not options.window and not as_json:
        console(stderr=True).print("there is no display: running headless", markup=False)
    _keep_running(place, options, as_json=as_json)


def down(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Bring everything down in order; a running task is stopped and recorded. Example:  stepwell down"""
    from supervisor.client import Client

    place = home_of(home)
    client = Client(place)
    client.shut_down("stepwell down")
    client.close()
    _wait_until_down(place)
    if as_json:
        print_json({"home": str(place.root), "running": False})
    else:
        console().print(f"Stepwell is down; the record is in {place.root}", markup=False)


def _keep_running(home: Home, options: StartOptions, *, as_json: bool) -> None:
    from supervisor.runner import supervise

    def changed(row: ProcessRow) -> None:
        if as_json:
            print_json({"process": plain(row)})
        else:
            detail = f": {row.detail}" if row.detail else ""
            console().print(f"{row.name:<10} {row.state}{detail}", markup=False)

    def started(rows: list[ProcessRow]) -> None:
        if as_json:
            print_json({"home": str(home.root), "running": True, "processes": [plain(row) for row in rows]})
        else:
            console().print(f"Stepwell runs in {home.root}; Ctrl-C or `{PROGRAM} down` ends it", markup=False)

    supervise(home, options, on_change=changed, on_started=started)


def _detach(home: Home, options: StartOptions, *, as_json: bool) -> None:
    from supervisor.client import Client
    from supervisor.launch import start_detached

    if start_detached(home, options) is None:
        sentence = f"Stepwell already runs in {home.root}"
        raise StepwellError(ErrorCode.HOME_IN_USE, sentence, remedy="see `stepwell status`")
    client = Client(home)
    rows = client.processes().items
    client.close()
    if as_json:
        print_json({"home": str(home.root), "running": True, "processes": [plain(row) for row in rows]})
    else:
        console().print(f"Stepwell runs in {home.root}; `{PROGRAM} down` ends it", markup=False)


def _wait_until_down(home: Home) -> None:
    from supervisor.client import is_running

    until = time.monotonic() + _DOWN_S
    while is_running(home):
        if time.monotonic() > until:
            sentence = f"Stepwell has not ended within {_DOWN_S:g} s"
            raise NotReachableError(ErrorCode.NOT_RUNNING, sentence, remedy="see `stepwell logs supervisor`")
        time.sleep(_POLL_S)
