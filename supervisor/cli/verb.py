"""Running a verb of the persistence daemon as a command: in a process of its own that speaks JSON lines.

Each line's `kind` says who is told of it; the last one is `result`, or `error`. Ctrl-C ends the verb, which leaves
nothing half-done, and is waited for. Called by the commands whose work needs the daemon's libraries.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shared.errors import ErrorCode, StepwellError
from supervisor.cli.output import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.progress import Progress

Line = dict[str, Any]
_MODULE: Final = ("-P", "-m", "persistence_daemon")
_END_S: Final = 20.0  # what is half-done is removed; a slow disk may take a while
_LAST_WORDS: Final = 300


def run_verb(arguments: list[str], tell: Mapping[str, Callable[[Line], None]], close: Callable[[], None]) -> Line:
    """Run the verb, hand each line to the one in `tell` of its kind, and return the `result`; raise its error.

    `close` ends what is shown, however the verb ended. At Ctrl-C the verb is ended and waited for; KeyboardInterrupt.
    """
    verb = subprocess.Popen(
        [sys.executable, *_MODULE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(sys.prefix),  # a folder without code keeps strangers' modules out
        env=os.environ | {"PYTHONUTF8": "1"},
        start_new_session=True,  # Ctrl-C reaches only us
    )
    try:
        last: Line = {}
        for last in _lines(verb):
            if last["kind"] in tell:
                tell[last["kind"]](last)
        _, said = verb.communicate()
    except BaseException:
        _end(verb)
        raise
    finally:
        close()
    if last.get("kind") == "result":
        return last
    raise _failure(last, said.decode("utf-8", "replace"), arguments[0])


def facts(line: Line) -> Line:
    """Return what a line says, without its kind."""
    return {name: value for name, value in line.items() if name != "kind"}


class Bar:
    """A progress bar on a terminal's stderr, nothing elsewhere; is told lines of the kind `progress`."""

    def __init__(self, *, wanted: bool = True) -> None:
        self._progress: Progress | None = None
        if wanted and sys.stderr.isatty():
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (TextColumn("{task.description}"), BarColumn())
            self._progress = Progress(*columns, console=console(stderr=True), transient=True)
            self._task = self._progress.add_task("", total=None)
            self._progress.start()

    def progress(self, line: Line) -> None:
        """Show how far it is."""
        if self._progress is not None:
            done, total = line["done"], max(line["done"], line["total"])
            self._progress.update(self._task, description=line["what"], completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()


def _end(verb: subprocess.Popen[bytes]) -> None:
    """Ask the verb to end and wait for it; one that does not end is killed, and leaves what it had begun."""
    verb.terminate()
    try:
        verb.communicate(timeout=_END_S)
    except subprocess.TimeoutExpired:
        verb.kill()
        verb.communicate()
        print("stepwell: it did not end and was killed; a .tmp of what it wrote may be left", file=sys.stderr)


def _lines(verb: subprocess.Popen[bytes]) -> Iterator[Line]:
    assert verb.stdout is not None  # noqa: S101 - it was asked for
    for raw in verb.stdout:
        yield json.loads(raw)


def _failure(last: Line, said: str, name: str) -> StepwellError:
    """Return what the verb failed with; when it ended without a word, with the last of its stderr."""
    if last.get("kind") == "error":
        return StepwellError(ErrorCode(last["code"]), last["message"], remedy=last["remedy"])
    words = (said.strip().splitlines() or ["it ended without a word"])[-1][:_LAST_WORDS]
    return StepwellError(ErrorCode.INTERNAL, f"the {name} ended: {words}", remedy="nothing half-done was kept")
