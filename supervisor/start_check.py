"""Whether a start is of any use, by the rows of what was started. Pure; called by supervisor.py and runner.py.

A real Stepwell works on as long as it has the store and a worker: a phone may be plugged in later. The demo brings its
phone along, so that whatever of it is missing at the start will be missing for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import ErrorCode, StepwellError
from shared.messages import Role
from supervisor.process import ChildState

if TYPE_CHECKING:
    from shared.messages import ProcessRow

ADB: Final = "adb"  # its name and its role
_NEEDED_BY_ALL: Final = frozenset({str(Role.DAEMON)})
_NEEDED_BY_DEMO: Final = _NEEDED_BY_ALL | {ADB, Role.PHONE, Role.MODEL}


def cannot_work(rows: list[ProcessRow], *, demo: bool) -> list[ProcessRow]:
    """Return the processes that have failed and without which no worker need be started."""
    needed = _NEEDED_BY_DEMO if demo else _NEEDED_BY_ALL
    return [row for row in rows if row.role in needed and row.state == ChildState.FAILED]


def failed_to_start(
    rows: list[ProcessRow], refused: frozenset[str] = frozenset(), demo_serial: str = ""
) -> StepwellError | None:
    """Return why Stepwell is of no use as it was started; None when it is.

    `refused` are the children that the home itself keeps from working. `demo_serial`: the serial of the demo's phone,
    which the worker names when it holds it; '' when it is no demo.
    """
    workers = [row for row in rows if row.role == Role.WORKER]
    lost = [row for row in workers if row.state == ChildState.FAILED]
    fatal = cannot_work(rows, demo=bool(demo_serial)) or (lost if len(lost) == len(workers) else [])
    if fatal:
        row = fatal[0]
        code = ErrorCode.BAD_HOME if row.name in refused else ErrorCode.NOT_RUNNING
        return _useless(row, f"{row.name} did not start: {row.detail or 'it said nothing'}", code)
    without_phone = [row for row in workers if demo_serial not in row.detail]
    if without_phone:
        row = without_phone[0]
        return _useless(row, f"{row.name} has no phone: {row.detail or 'it said nothing'}")
    return None


def _useless(row: ProcessRow, sentence: str, code: ErrorCode = ErrorCode.NOT_RUNNING) -> StepwellError:
    return StepwellError(code, sentence, remedy=where_to_look(row))


def where_to_look(row: ProcessRow) -> str:
    """Return what tells more of a process that has failed; adb is not ours and keeps no log."""
    return "see `stepwell doctor`" if row.role == ADB else f"see `stepwell logs {row.name}` and `stepwell doctor`"
