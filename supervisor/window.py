"""A window of one's own: `stepwell gui`, beside the supervisor's.

Such a window is a child of the command, not of the supervisor: the command holds its life-line, and when the command
ends, however it ends, the window does too. Called by the command line.
"""

from __future__ import annotations

import secrets
import select
import signal
from typing import TYPE_CHECKING, Final

from shared.child_config import ChildConfig
from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.identity import new_incarnation
from shared.messages import Role
from shared.posix import send_signal
from shared.settings import load_settings
from shared.spawn import SpawnedChild, spawn_child
from shared.window_libraries import LIBRARY_MISSING
from supervisor.display import has_display
from supervisor.last_words import last_printed, last_words
from supervisor.plan import WINDOW_QUIT_S

if TYPE_CHECKING:
    from shared.messages import ProcessList
    from shared.paths import Home

_KEPT: Final = 5  # windows whose logs are kept; each has a name of its own


def show_window(home: Home, running: ProcessList) -> None:
    """Show a window of the Stepwell that runs in `home`, and return when it was closed; Ctrl-C closes it.

    StepwellError when there is no display, when a library is missing, and when the window died.
    """
    if not has_display():
        sentence = "there is no display to show a window on: neither DISPLAY nor WAYLAND_DISPLAY is set"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="everything can be done on the command line")
    name = f"{Role.GUI}-{secrets.token_hex(4)}"
    _thin_logs(home)
    child = spawn_child("gui", window_config(home, running, name))
    try:
        code = _wait(child)
    finally:
        child.close()
    if code == LIBRARY_MISSING:
        raise BadInputError(ErrorCode.BAD_REQUEST, last_printed(home.logs, name) or "the window cannot be shown here")
    if code != 0:
        why = last_words(home.logs, name) or f"it ended with code {code}"
        raise StepwellError(ErrorCode.INTERNAL, f"the window died: {why}", remedy=f"see `stepwell logs {name}`")


def window_config(home: Home, running: ProcessList, name: str) -> ChildConfig:
    """Return the configuration of a window that is not the supervisor's child."""
    settings = load_settings(home.settings_file)
    return ChildConfig(
        name=name,
        incarnation=new_incarnation(),
        home=str(home.root),
        start_id=running.start_id,
        demo=running.demo,
        adb_server_port=settings.adb_server_port,
        settings=settings,
    )


def _wait(child: SpawnedChild) -> int:
    """Return the window's exit code; Ctrl-C closes it, a second one does not wait."""
    try:
        return child.process.wait()
    except KeyboardInterrupt:
        _close(child)
        return 0


def _close(child: SpawnedChild) -> None:
    send_signal(child.pidfd, signal.SIGTERM)
    try:
        select.select([child.pidfd], [], [], WINDOW_QUIT_S)
    finally:
        send_signal(child.pidfd, signal.SIGKILL)
        child.process.wait()


def _thin_logs(home: Home) -> None:
    """Remove the logs of all windows of earlier commands but the newest ones."""
    files = [path for path in home.logs.glob(f"{Role.GUI}-*") if path.is_file()]
    newest: dict[str, float] = {}
    for path in files:
        name = path.name.partition(".")[0]
        newest[name] = max(newest.get(name, 0.0), path.stat().st_mtime)
    kept = sorted(newest, key=lambda name: newest[name])[-_KEPT:]
    for path in files:
        if path.name.partition(".")[0] not in kept:
            path.unlink(missing_ok=True)
