"""How a parent starts a child, and keeps it up to date; the child's own side is child.py.

The parent writes the `ChildConfig` into the life-line and keeps the write end open for as long as it lives. A newer
configuration goes the same way, and never waits for a child that does not read. Called by the supervisor, by
`stepwell gui` and by the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Final

from shared.child_config import LIFELINE, ChildConfig, frame_of
from shared.logs import get_logger
from shared.paths import Home

_STDERR_BYTES: Final = 1 << 20


class SpawnedChild:
    """The parent's handle of a child: its process, a pidfd that stands for exactly it, and the life-line."""

    def __init__(self, process: subprocess.Popen[bytes], lifeline: int) -> None:
        self.process = process
        self.pid = process.pid
        self.pidfd = os.pidfd_open(process.pid)
        self.lifeline = lifeline
        self._leaving = b""  # the rest of a frame of which a part has left: it must go first, or nothing can be read
        self._waiting = b""  # the newest frame; an older one that has not begun to leave is of no use to anybody

    def hand_over(self, config: ChildConfig) -> None:
        """Give the child a newer configuration; what does not fit into the pipe now leaves by `pump`."""
        self._waiting = frame_of(config)
        self.pump()

    def pump(self) -> None:
        """Write what is left of a configuration, as far as the pipe takes it without waiting."""
        while self._leaving or self._waiting:
            if not self._leaving:
                self._leaving, self._waiting = self._waiting, b""
            try:
                self._leaving = self._leaving[os.write(self.lifeline, self._leaving) :]
            except BlockingIOError:
                return
            except BrokenPipeError:  # it has ended; its pidfd tells
                self._leaving = self._waiting = b""

    def close(self) -> None:
        """Let go of the descriptors; a child that still lives sees its parent's death."""
        os.close(self.lifeline)
        os.close(self.pidfd)


def spawn_child(module: str, config: ChildConfig, *, extra_env: dict[str, str] | None = None) -> SpawnedChild:
    """Start `python -P -m module` in a session of its own, in its home, with its stderr in logs/<name>.stderr.

    `-P`, and a working directory that holds no code, keep a stranger's `shared/` folder out of its imports.
    """
    home = Home(Path(config.home))
    frame = frame_of(config)
    read_end, write_end = os.pipe()
    try:
        with _stderr_file(home.logs / f"{config.name}.stderr") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", module],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                pass_fds=(read_end,),
                cwd=home.root,
                env=_clean_environment(config) | {LIFELINE: str(read_end)} | (extra_env or {}),
                start_new_session=True,
            )
    except OSError:
        os.close(write_end)
        raise
    finally:
        os.close(read_end)
    _write_first(write_end, frame, config.name)
    os.set_blocking(write_end, False)
    return SpawnedChild(process, write_end)


def _stderr_file(path: Path) -> IO[bytes]:
    mode = "wb" if path.exists() and path.stat().st_size > _STDERR_BYTES else "ab"
    return path.open(mode)


def _clean_environment(config: ChildConfig) -> dict[str, str]:
    """Return this process's environment without any key, and with UTF-8 whatever the locale."""
    named = {profile.api_key_env for profile in config.settings.models.values()} | {"STEPWELL_API_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in named}
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def _write_first(write_end: int, frame: bytes, name: str) -> None:
    """Write the first configuration, which the child reads before all else; one that died at once is noticed later."""
    view = memoryview(frame)
    try:
        while view:
            view = view[os.write(write_end, view) :]
    except BrokenPipeError:
        get_logger().warning("a child ended before it had read its configuration", name=name)
