"""An outside program while it runs, as the `command` agent holds it: its lines, its stderr, its end.

Nothing waits without looking at the task: every wait calls `check`, which raises when the task is to end. The program
is started and ended by a keeper (keeper.py), which also ends it when this process is killed. What it says on stderr
goes to the log, bounded, and its last words into the reason when it dies. Used by session.py.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.logs import get_logger
from worker.agents.command.lines import LineSplitter
from worker.errors import AgentFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.outside_program import Program

STDOUT_MAX: Final = 64 << 20  # bytes of one run; each line costs Stepwell work, a flood must end
_PIECE: Final = 1 << 16
_LOOK_S: Final = 0.05  # between two looks at the task; a stop takes effect that fast
_ANSWER_S: Final = 10.0  # a program that does not read its answers for so long is given up
_KEEPER_S: Final = 10.0  # the keeper needs one second; longer when the program has hundreds of processes
_LOGGED_LINES: Final = 500  # of stderr
_LOGGED_CHARS: Final = 500  # of each line
_LAST_WORDS: Final = 300


class _Ended(Struct, frozen=True):
    """What the keeper tells at last. `exit`: the exit status, negative for a signal; None: it was never started."""

    exit: int | None = None
    error: str = ""


class OutsideProgram:
    """One run of a program. Made by `start`; to be ended by `end`, whatever happens."""

    def __init__(self, program: Program, check: Callable[[], None]) -> None:
        self._name = str(program)
        self.check = check
        self._lines: list[bytes | None] = []
        self._splitter = LineSplitter()
        self._received = 0
        self._ended: _Ended | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="stepwell-command-"))
        lifeline, self._lifeline = os.pipe()
        self._status, status = os.pipe()
        try:
            self._keeper = _start_keeper(program, self.folder, lifeline, status)
        finally:
            os.close(lifeline)
            os.close(status)
        assert self._keeper.stdin and self._keeper.stdout and self._keeper.stderr  # noqa: S101, PT018 - asked for
        self._stdin: IO[bytes] = self._keeper.stdin
        self._stdout: IO[bytes] = self._keeper.stdout
        os.set_blocking(self._stdin.fileno(), False)
        self._stderr = _StderrReader(self._keeper.stderr)
        self._stderr.start()

    def next_line(self) -> bytes | None:
        """Return the next line; None for one that was too long. AgentFailed when the program has ended instead."""
        while not self._lines:
            self.check()
            ready, _, _ = select.select([self._stdout], [], [], _LOOK_S)
            if ready:
                self._take(os.read(self._stdout.fileno(), _PIECE))
        return self._lines.pop(0)

    def answer(self, line: bytes) -> None:
        """Write a line; a program that has ended is found out by reading. AgentFailed when it does not read."""
        end = time.monotonic() + _ANSWER_S
        while line:
            self.check()
            if time.monotonic() > end:
                raise AgentFailed(f"the program {self._name} has not read its answers for {_ANSWER_S:g} s")
            _, ready, _ = select.select([], [self._stdin], [], _LOOK_S)
            try:
                line = line[os.write(self._stdin.fileno(), line) :] if ready else line
            except BlockingIOError:
                continue
            except BrokenPipeError:
                return

    def end(self, farewell: bytes) -> None:
        """Say farewell, close the program's stdin, and return when nothing of the program is left."""
        try:
            os.write(self._stdin.fileno(), farewell)  # if it fits; a program that does not read needs no farewell
        except (BlockingIOError, BrokenPipeError):
            get_logger().debug("the program did not hear the farewell", program=self._name)
        self._stdin.close()
        ended = self._await_end()
        self._stdout.close()
        get_logger().info("the program has ended", program=self._name, exit=ended.exit, error=ended.error)

    def _take(self, piece: bytes) -> None:
        if not piece:
            raise AgentFailed(self._how_it_ended())
        self._received += len(piece)
        if self._received > STDOUT_MAX:
            raise AgentFailed(f"the program {self._name} has written more than {STDOUT_MAX:,} bytes")
        self._lines += self._splitter.feed(piece)

    def _how_it_ended(self) -> str:
        """Return in a sentence how the program ended; it has closed its stdout, and may live on without it."""
        ended = self._await_end()
        if ended.exit is None:
            return f"the program {self._name} cannot be started: {ended.error}"
        how = ended.error or (f"exit status {ended.exit}" if ended.exit >= 0 else f"signal {-ended.exit}")
        words = self._stderr.last_words() or self._splitter.rest[-_LAST_WORDS:].decode(errors="replace").strip()
        said = f"; its last words: {words}" if words else ""
        return f"the program {self._name} ended without finish or fail ({how}){said}"

    def _await_end(self) -> _Ended:
        """Let the keeper end the program, and return how it ended."""
        if self._ended is not None:
            return self._ended
        os.close(self._lifeline)
        try:
            self._keeper.wait(_KEEPER_S)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
            get_logger().error("the keeper of a program did not end and was killed", program=self._name)
        told = os.read(self._status, _PIECE)
        os.close(self._status)
        # A keeper that was killed tells nothing; then the program's children may still hold its stderr open.
        self._ended = msgspec.json.decode(told, type=_Ended) if told else _Ended(exit=-9, error="its keeper was killed")
        if told:
            self._stderr.join()
        return self._ended


def _start_keeper(program: Program, folder: Path, lifeline: int, status: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "worker.agents.command.keeper"),
            *(str(lifeline), str(status), str(folder), program.directory, *program.argv),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=(lifeline, status),
        start_new_session=True,
    )


class _StderrReader:
    """Reads a program's stderr to its end, so that it never blocks there; logs its beginning, keeps its end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._logged = 0
        self._last = b""
        self._thread = threading.Thread(target=self._run, name="stderr", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def join(self) -> None:
        """Return when the stream has ended."""
        self._thread.join()

    def last_words(self) -> str:
        """Return the last lines, on one line."""
        return " ".join(self._last.decode(errors="replace").split())[-_LAST_WORDS:]

    def _run(self) -> None:
        rest = b""
        while piece := self._stream.read(_PIECE):
            self._last = (self._last + piece)[-4 * _LAST_WORDS :]
            *lines, rest = (rest + piece).split(b"\n")
            rest = rest[:_PIECE]
            for line in lines:
                self._log(line)
        if rest:
            self._log(rest)
        self._stream.close()

    def _log(self, line: bytes) -> None:
        self._logged += 1
        if self._logged <= _LOGGED_LINES:
            get_logger().info("stderr of the program", said=line[:_LOGGED_CHARS].decode(errors="replace"))
        elif self._logged == _LOGGED_LINES + 1:
            get_logger().warning("the program's further stderr is not logged", after_lines=_LOGGED_LINES)
