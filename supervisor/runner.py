"""One life of a supervisor, from the home's check to the last child's end. Called by `stepwell up` and background.py.

In this order, so that a refusal leaves nothing behind: the home and its lock, the settings and keys, whoever an
earlier supervisor left behind, then the children.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shared.logs import configure_logs, get_logger, mask_values
from shared.posix import in_the_way
from shared.settings import load_settings
from supervisor.demo import DemoPlan, serial_of
from supervisor.homes import end_former_holders, open_home
from supervisor.launch import is_detached, parent_descriptor, report_start
from supervisor.plan import RealPlan, StoreOnlyPlan
from supervisor.start_check import failed_to_start
from supervisor.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.errors import StepwellError
    from shared.messages import ProcessRow
    from shared.paths import Home
    from shared.settings import Settings
    from supervisor.options import StartOptions
    from supervisor.plan import Base


class Life:
    """What the supervisor's callbacks remember: whether the start went well."""

    def __init__(self, on_started: Callable[[list[ProcessRow]], None], demo_serial: str) -> None:
        self.supervisor: Supervisor | None = None
        self.error: StepwellError | None = None
        self._on_started = on_started
        self._demo_serial = demo_serial

    def started(self, rows: list[ProcessRow]) -> None:
        """Everything was started: say so, or bring it down again when it is of no use."""
        if self.supervisor is not None:
            self.supervisor.mark_home()
            self.error = failed_to_start(rows, self.supervisor.refused(), self._demo_serial)
            if self.error is not None:
                self.supervisor.stop("it could not be started")
                return
        report_start(None)
        self._on_started(rows)


def supervise(
    home: Home,
    options: StartOptions,
    *,
    on_change: Callable[[ProcessRow], None] = lambda _row: None,
    on_started: Callable[[list[ProcessRow]], None] = lambda _rows: None,
) -> None:
    """Bring everything up, keep it running until it is asked to end, and bring it down.

    Raises StepwellError when it cannot be started (BAD_HOME, HOME_IN_USE, BAD_SETTINGS, NOT_RUNNING with the child's
    last words); nothing runs then.
    """
    lock = open_home(home, demo=options.demo)
    try:
        if is_detached():
            _print_to(home)
        settings = load_settings(home.settings_file)
        configure_logs(home.logs, "supervisor", settings.log_level)
        get_logger().info("started", home=str(home.root), demo=options.demo)
        end_former_holders(home)
        plan = _plan(home, settings, options)
        mask_values(set(plan.keys.values()))
        life = Life(on_started, serial_of(home) if options.demo else "")
        life.supervisor = Supervisor(
            home,
            settings,
            plan,
            demo=options.demo,
            on_change=on_change,
            on_started=life.started,
            parent=parent_descriptor(),
        )
        life.supervisor.run()
    finally:
        lock.release()
    if life.error is not None:
        raise life.error


def _plan(home: Home, settings: Settings, options: StartOptions) -> Base:
    if options.store_only:
        return StoreOnlyPlan(home, settings, options, settings.adb_server_port)
    return DemoPlan(home, settings, options) if options.demo else RealPlan(home, settings, options)


def _print_to(home: Home) -> None:
    """Send what would be printed to the log folder: a detached supervisor must not write to a terminal it left."""
    path = home.logs / "supervisor.stderr"
    if path.is_dir():
        raise in_the_way(path)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
