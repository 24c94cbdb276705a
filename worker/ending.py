"""How a task ends: from what its agent did to the one transition that says so. Pure; called by the executor.

A success is only what the agent itself reports; a limit, a silent return and every error are failures; after a stop
was asked for the task is STOPPED, and what the agent reported meanwhile stays in the reason.
"""

from __future__ import annotations

from msgspec import Struct

from shared.errors import StepwellError
from shared.messages import Verdict
from shared.task_state import TaskEvent
from worker.errors import (
    AgentFailed,
    Denied,
    DeviceError,
    LimitReached,
    NoOpenStep,
    RecordRefused,
    StopRequested,
    Unanswered,
)

_EXPECTED = (
    AgentFailed,
    Denied,
    DeviceError,
    LimitReached,
    NoOpenStep,
    RecordRefused,
    StepwellError,
    Unanswered,
)  # their sentences say all


class Report(Struct, frozen=True):
    """What the agent did at last: returned a sentence, returned nothing, or raised."""

    sentence: str | None = None
    error: BaseException | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the agent reports success."""
        return self.error is None and self.sentence is not None


class Check(Struct, frozen=True):
    """What a look at the screen said about the text that a task expects. `passed` None: nothing was expected."""

    passed: bool | None = None
    sentence: str = ""


class Ending(Struct, frozen=True):
    """The transition that ends the task."""

    event: TaskEvent
    reason: str
    verdict: Verdict | None = None


def reason_of(report: Report) -> str:
    """Return in a sentence how the agent ended."""
    if report.error is None:
        return report.sentence if report.sentence is not None else "the agent ended without saying how"
    if isinstance(report.error, _EXPECTED):
        return str(report.error) or type(report.error).__name__
    return f"the agent broke: {type(report.error).__name__}: {report.error}"


def ending_of(report: Report, check: Check, *, stopped: str | None, orphaned: bool) -> Ending:
    """Return how the task ends. `stopped` is the reason of a stop, None when none was asked for."""
    if orphaned:
        return Ending(TaskEvent.WORKER_DIED, "supervisor died")
    if stopped is not None:
        return Ending(TaskEvent.STOPPED, _stopped_reason(report, stopped))
    if not report.succeeded:
        return Ending(TaskEvent.FAILED, reason_of(report))
    if check.passed is False:
        return Ending(TaskEvent.FAILED, check.sentence)
    verdict = Verdict.CHECKED if check.passed else Verdict.REPORTED
    return Ending(TaskEvent.SUCCEEDED, report.sentence or "", verdict)


def _stopped_reason(report: Report, stopped: str) -> str:
    why = stopped or "stopped"
    if isinstance(report.error, StopRequested):
        return why
    if report.succeeded:
        return f"{why}; meanwhile the agent reported success: {report.sentence}"
    return f"{why}; meanwhile: {reason_of(report)}"
