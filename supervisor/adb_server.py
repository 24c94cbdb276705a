"""The adb server: the one that runs already, or one of our own as a child, so that it ends with us.

What it sees is asked by shared/adb_host.py. Must not import adbutils, whose bundled program it only looks up; devices
themselves are the worker's business.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adb_host import LOOPBACK
from shared.spawn import SpawnedChild

if TYPE_CHECKING:
    from shared.paths import Home


def find_adb() -> Path | None:
    """Return the adb program: ADBUTILS_ADB_PATH, else the one that adbutils carries, else the one on PATH."""
    named = os.environ.get("ADBUTILS_ADB_PATH")
    if named:
        return Path(named)
    package = importlib.util.find_spec("adbutils")
    for folder in (package.submodule_search_locations or ()) if package else ():
        bundled = Path(folder) / "binaries" / "adb"
        if bundled.is_file():
            return bundled
    found = shutil.which("adb")
    return Path(found) if found else None


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def spawn_server(home: Home, adb: Path, port: int, *, demo: bool, hidden: frozenset[str]) -> SpawnedChild:
    """Start `adb nodaemon server` on `port`, in a session of its own, ended by the kernel when this process ends.

    `hidden` names the variables with keys, which it must not see.
    """
    with (home.logs / "adb.stderr").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "supervisor.adb_exec",
                str(os.getpid()),
                str(adb),
                "-P",
                str(port),
                "nodaemon",
                "server",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.root,
            env=_environment(home, hidden, demo=demo),
            start_new_session=True,
        )
    return SpawnedChild(process, os.open(os.devnull, os.O_RDONLY))


def _environment(home: Home, hidden: frozenset[str], *, demo: bool) -> dict[str, str]:
    """Return adb's environment. The demo's server sees no real phone, announces nothing, and keeps its key at home."""
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    if not demo:
        return kept
    own = home.run / "adb"
    own.mkdir(mode=0o700, exist_ok=True)
    return kept | {"HOME": str(own), "ADB_USB": "0", "ADB_EMU": "0", "ADB_MDNS": "0"}
