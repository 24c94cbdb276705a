"""`stepwell status` and `stepwell devices`: what runs, how the store is, who waits for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.messages import Role
from shared.posix import lock_holder
from shared.shapes import plain, wait_json
from supervisor.cli.output import PROGRAM, HomeOption, JsonOption, console, device_named, end, print_json
from supervisor.cli.run import one_line
from supervisor.cli.tasks import connect
from supervisor.cli.wait_text import wait_line

if TYPE_CHECKING:
    from shared.messages import DeviceRow, OpenWait, ProcessList, StoreStatus
    from shared.paths import Home

DeviceArgument = Annotated[
    str, typer.Argument(metavar="DEVICE", help="The phone's serial; see `stepwell devices`.", callback=device_named)
]
devices_app = typer.Typer(
    help="The phones that Stepwell knows, and their queues; without a command they are listed."
    " Example:  stepwell devices --json",
    invoke_without_command=True,
)


def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the processes, the store and the queue. Example:  stepwell status --json"""
    from shared.errors import StepwellError

    client = connect(home)
    processes = client.processes()
    waits: tuple[OpenWait, ...] = ()
    try:
        store: StoreStatus | None = client.store()
        waits = client.waits().items
    except StepwellError as error:
        store, away = None, error.message
    else:
        away = ""
    if as_json:
        print_json(status_json(client.home, processes, store, waits))
        return
    print_status(client.home, processes, store, away, waits)


def status_json(
    home: Home, processes: ProcessList, store: StoreStatus | None, waits: tuple[OpenWait, ...]
) -> dict[str, Any]:
    """Return the shape that scripts rely on; null stands for what the daemon does not tell."""
    found: dict[str, Any] = {
        "home": str(home.root),
        "demo": processes.demo,
        "start_id": processes.start_id,
        "processes": [supervisor_json(home, processes), *(plain(row) for row in processes.items)],
        "store": None,
        "queue": None,
        "waiting": None,
    }
    if store is not None:
        queue = {"tasks": store.tasks, "held": store.held, "set_aside": store.set_aside}
        found["store"] = {name: value for name, value in plain(store).items() if name not in queue}
        found["queue"] = queue
        found["waiting"] = [wait_json(one.wait) | {"device_id": one.task.device_id} for one in waits]
    return found


def supervisor_json(home: Home, processes: ProcessList) -> dict[str, Any]:
    """Return the supervisor as it tells of itself; nobody counts how often it was started (null)."""
    return {
        "name": str(Role.SUPERVISOR),
        "role": str(Role.SUPERVISOR),
        "pid": lock_holder(home.lock("supervisor")),
        "state": processes.state,
        "restarts": None,
        "uptime_s": processes.uptime_s,
    }


def print_status(
    home: Home, processes: ProcessList, store: StoreStatus | None, away: str, waits: tuple[OpenWait, ...]
) -> None:
    """Print the same for people."""
    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(f"home {home.root}" + (" (DEMO)" if processes.demo else ""), markup=False)
    table = Table(box=None, pad_edge=False)
    for title in ("process", "state", "pid", "restarts", "up", "device", ""):
        table.add_column(title, justify="right" if title in ("pid", "restarts", "up") else "left")
    for row in (supervisor_json(home, processes), *(plain(row) for row in processes.items)):
        up = "" if row["uptime_s"] is None else f"{row['uptime_s']:.0f} s"
        pid, restarts = ("" if row[name] is None else str(row[name]) for name in ("pid", "restarts"))
        device, detail = (escape(row.get(name) or "") for name in ("device_id", "detail"))
        table.add_row(row["name"], row["state"], pid, restarts, up, device, detail)
    out.print(table)
    if store is None:
        out.print(f"store: does not answer ({away})", markup=False, style="bold red")
        return
    commit = "" if store.commit_ms_p50 is None else f", commit p50 {store.commit_ms_p50:.1f} ms"
    out.print(f"store {store.path}: seq {store.seq}, {store.size_bytes / 1e6:.1f} MB{commit}", markup=False)
    counted = ", ".join(f"{count} {state}" for state, count in sorted(store.tasks.items())) or "none yet"
    held = f"; {store.held} held" if store.held else ""
    out.print(f"tasks: {counted}{held}", markup=False)
    for one in waits:
        line = f"{one.task.session_id[:8]} on {one.task.device_id} {wait_line(one.wait)}"
        out.print(one_line(line, 300), markup=False, style="bold yellow")
    for alert in store.alerts:
        out.print(f"! {alert}", markup=False, style="bold yellow")


@devices_app.callback()
def devices(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the phones that Stepwell knows. Example:  stepwell devices --json"""
    if context.invoked_subcommand is None:
        list_devices(home, as_json)


@devices_app.command("list")
def list_devices(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the phones that Stepwell knows. Example:  stepwell devices list"""
    found = connect(home).devices().items
    if as_json:
        print_json({"items": [plain(row) for row in found]})
    elif not found:
        sentence = "no device has been seen yet; connect a phone with USB debugging on"
        console().print(f"{sentence}, then `{PROGRAM} doctor`", markup=False)
    else:
        print_devices(found)


def print_devices(rows: tuple[DeviceRow, ...]) -> None:
    """Print devices for people."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("device", "model", "Android", "address", "worker", "waiting", "held"):
        table.add_column(title)
    for row in rows:
        cells = (row.device_id, row.model, row.android, row.address, row.worker or "", str(row.waiting), row.held)
        table.add_row(*(escape(cell) for cell in cells))
    console().print(table)


@devices_app.command()
def hold(
    device: DeviceArgument,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks.")] = "held by a person",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let no waiting task begin on a phone. Example:  stepwell devices hold R58M123"""
    connect(home).hold(device, reason)
    if as_json:
        print_json({"device_id": device, "held": reason})
    end(0)


@devices_app.command()
def release(device: DeviceArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let a phone's queue go on, and with it the tasks that are held for it or for any phone.

    Example:  stepwell devices release R58M123
    """
    connect(home).release(device)
    if as_json:
        print_json({"device_id": device, "held": ""})
    end(0)
