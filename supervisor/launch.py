"""Starting a supervisor that is not this process: detached (`run`, `up --detach`), or tied to this one (`demo`).

The new process tells through a pipe when everything is started, or why it is not: no sleeping, no sentence to parse.
A tied one also holds the read end of a second pipe, and brings everything down when that says end-of-file: however
the command ends, nothing is left running.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.errors import ErrorCode, StepwellError
from shared.standard_streams import STDERR
from supervisor.options import StartOptions

if TYPE_CHECKING:
    from shared.paths import Home

STARTED_FD: Final = "STEPWELL_STARTED_FD"  # write end: the new supervisor's report
PARENT_FD: Final = "STEPWELL_PARENT_FD"  # read end: end-of-file when the command that started it is gone
_REPORT_BYTES: Final = 1 << 16
_END_S: Final = 40.0  # workers, helpers and the daemon may each take their whole time


class Report(Struct, frozen=True, kw_only=True):
    """How a start went; `code` '' means well."""

    code: str = ""
    message: str = ""
    remedy: str = ""


class Launched:
    """A supervisor that this process started."""

    def __init__(self, process: subprocess.Popen[bytes], tie: int | None) -> None:
        self.process = process
        self._tie = tie

    def end(self) -> None:
        """Let a tied supervisor see that we have done with it, and wait until everything has ended."""
        if self._tie is not None:
            os.close(self._tie)
            self._tie = None
        self.process.wait(timeout=_END_S)


def start_detached(home: Home, options: StartOptions | None = None, *, tied: bool = False) -> Launched | None:
    """Start Stepwell in `home` and return when everything is started; None when another start came first.

    Without `options` it is started as the home asks for: a demo's home as the demo.
    Raises StepwellError with the reason when it could not be started; nothing is left running then.
    """
    report_read, report_write = os.pipe()
    tie_read, tie_write = os.pipe() if tied else (None, None)
    passed = [report_write] if tie_read is None else [report_write, tie_read]
    environment = os.environ | {"PYTHONUTF8": "1", STARTED_FD: str(report_write)}
    environment |= {} if tie_read is None else {PARENT_FD: str(tie_read)}
    wanted = options or StartOptions(demo=home.demo_mark.exists())
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "supervisor.background", str(home.root), msgspec.json.encode(wanted).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=STDERR,  # ours until it has a log folder: why it could not even begin stands there
        pass_fds=passed,
        cwd="/",
        env=environment,
        start_new_session=True,
    )
    for descriptor in passed:
        os.close(descriptor)
    report = _read_report(report_read)
    if not report.code:
        return Launched(process, tie_write)
    process.wait()
    if tie_write is not None:
        os.close(tie_write)
    if report.code == ErrorCode.HOME_IN_USE and not tied:
        return None
    raise StepwellError(ErrorCode(report.code), report.message, remedy=report.remedy)


def report_start(error: StepwellError | None) -> bool:
    """Tell the command that started this supervisor how it went; False when there is none, or it was told before."""
    descriptor = os.environ.pop(STARTED_FD, "")
    if not descriptor.isdecimal():
        return False
    report = Report() if error is None else Report(code=error.code, message=error.message, remedy=error.remedy)
    with os.fdopen(int(descriptor), "wb", buffering=0) as pipe:
        try:
            pipe.write(msgspec.json.encode(report)[:_REPORT_BYTES])
        except BrokenPipeError:
            return False  # it did not wait for the answer
    return True


def is_detached() -> bool:
    """Tell whether this supervisor was started by `start_detached`, so that it has no terminal of its own."""
    return STARTED_FD in os.environ


def parent_descriptor() -> int | None:
    """Return the descriptor that ends with the command that this supervisor is tied to; None when it is not."""
    descriptor = os.environ.pop(PARENT_FD, "")
    if not descriptor.isdecimal():
        return None
    os.set_inheritable(int(descriptor), False)
    return int(descriptor)


def _read_report(descriptor: int) -> Report:
    with os.fdopen(descriptor, "rb") as pipe:
        said = pipe.read(_REPORT_BYTES)
    try:
        return msgspec.json.decode(said, type=Report)
    except msgspec.MsgspecError:
        return Report(
            code=ErrorCode.NOT_RUNNING,
            message="Stepwell ended while it was starting",
            remedy="its last words stand above, or in logs/supervisor.stderr in its home",
        )
