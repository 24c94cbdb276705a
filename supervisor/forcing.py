"""Ending a worker by force: written down first, durably, so that its task's end says why. Called by supervisor.py.

The mark lies beside the worker's outbox; the daemon reads it when it takes the dead worker's lock. A worker that a
person kills in the demo gets none: its task is CRASHED, as after any kill.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from shared.errors import ErrorCode
from shared.faultpoints import reach
from shared.logs import get_logger
from shared.messages import Done, ErrorInfo, ExpectStop, Forced, ForceReason, ForceStop, KillWorker, Message, Role
from shared.posix import write_durably
from supervisor.policy import Force

if TYPE_CHECKING:
    from shared.paths import Home
    from supervisor.process import ManagedChild


class Forcing:
    """The supervisor's hard hand, for the workers of one home."""

    def __init__(self, home: Home, *, demo: bool) -> None:
        self._home = home
        self._demo = demo

    def force(self, child: ManagedChild, verdict: Force) -> None:
        """Write down durably that this worker is ended by force, and why; then end it."""
        self._mark(child, verdict)
        get_logger().warning("worker ended by force", child=str(child.identity), kind=verdict.kind, why=verdict.reason)
        child.kill()

    def mark_shut_down(self, child: ManagedChild) -> None:
        """Say that the task of a worker that did not end when asked to is stopped by force, not crashed."""
        beat = child.vitals.heartbeat
        session_id = beat.session_id if beat else None
        self._mark(child, Force(ForceReason.STOP, "Stepwell was shut down", session_id))

    def expect_stop(self, child: ManagedChild | None, request: ExpectStop) -> Message:
        """Remember that a person stops the task of this worker, whatever becomes of the worker."""
        meant = _meant(child, request)
        if isinstance(meant, ErrorInfo):
            return meant
        meant.stop_asked = request
        get_logger().info("a person stops the task of a worker", child=str(meant.identity), task=request.session_id)
        return Done()

    def force_stop(self, child: ManagedChild | None, request: ForceStop) -> Message:
        """Answer the wish to end a worker that does not react to a stop."""
        meant = _meant(child, request)
        if isinstance(meant, ErrorInfo):
            return meant
        reason = request.reason or "it did not react to a stop"
        self.force(meant, Force(ForceReason.STOP, reason, request.session_id, request.by or "a person"))
        return Done()

    def kill_worker(self, child: ManagedChild | None, request: KillWorker) -> Message:
        """Answer the wish to see what a kill -9 does: only in a demo."""
        if not self._demo:
            sentence = "a worker is killed on request in a demo only"
            return ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence, detail="stop its task: stepwell stop")
        meant = _meant(child, request)
        if isinstance(meant, ErrorInfo):
            return meant
        get_logger().warning("worker killed, to see what becomes of its task", child=str(meant.identity))
        meant.kill()
        return Done()

    def _mark(self, child: ManagedChild, verdict: Force) -> None:
        if child.identity is None:
            return
        mark = Forced(
            incarnation=child.identity.incarnation,
            session_id=verdict.session_id,
            kind=verdict.kind,
            reason=verdict.reason[:4096],
            by=verdict.by[:4096],
            at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
        try:
            write_durably(self._home.forced_mark(child.identity), msgspec.json.encode(mark))
        except OSError as error:  # the device must be freed all the same; the task ends as CRASHED then
            get_logger().error("the mark of a forced end could not be written", error=str(error))
        reach("supervisor.forced_written")


def _meant(child: ManagedChild | None, request: ExpectStop | ForceStop | KillWorker) -> ManagedChild | ErrorInfo:
    """Return `child` when it is the worker that is meant, and lives, with the task that is meant; else why not."""
    if child is None or child.spec.role != Role.WORKER:
        return ErrorInfo(code=ErrorCode.UNKNOWN_PROCESS, message=f"no worker is called {request.worker}")
    if child.identity is None or child.identity.incarnation != request.incarnation or child.pidfd is None:
        return ErrorInfo(code=ErrorCode.STALE, message=f"{request.worker} has been restarted since")
    beat = child.vitals.heartbeat
    task = None if isinstance(request, KillWorker) else request.session_id
    if task is not None and beat is not None and beat.session_id not in (None, task):
        return ErrorInfo(code=ErrorCode.STALE, message=f"{request.worker} runs another task by now")
    return child
