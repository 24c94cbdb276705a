"""The log of what the phone was told: one JSON line before a command is carried out, one when it is done.

Written straight through to the file, so that it is whole whoever is killed. Times are CLOCK_MONOTONIC, which all
processes of a machine share: a test can say what came before what. Used by `services`.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CommandLog:
    """Counts and records commands. Without a file it only counts."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else path.open("ab", buffering=0)
        self._lock = threading.Lock()
        self.commands = 0
        self.mutating = 0

    def begin(self, command: str, service: str, *, mutating: bool) -> int:
        """Record a command that is about to be carried out; return its number, from 1."""
        with self._lock:
            self.commands += 1
            self.mutating += mutating
            number = self.commands
            self._write({"n": number, "command": command, "service": service, "mutating": mutating})
        return number

    def end(self, number: int, exit_code: int) -> None:
        """Record that a command was carried out, with its exit code."""
        with self._lock:
            self._write({"n": number, "finished": True, "exit": exit_code})

    def note(self, text: str) -> None:
        """Record something that is no command: how the phone started, that it went away."""
        with self._lock:
            self._write({"note": text})

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self, entry: dict[str, str | int | bool]) -> None:
        if self._file is not None:
            line = json.dumps({"t_monotonic_ns": time.monotonic_ns(), **entry}, ensure_ascii=True)
            self._file.write(line.encode() + b"\n")
