"""How a task ends, whoever ends it: its open step is closed, the transition stands, the device is held when it must be.

In that order, in one transaction. Called by the validation of records, by the burial of dead workers, and by what
refuses a record for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence_daemon.apply_steps import DAEMON_OUTCOME
from shared.messages import DeviceHeld, FinishStep, Outcome, Picture, StateChanged, StepFinished, Verdict
from shared.task_state import TaskEvent, TaskState, advance, is_final

if TYPE_CHECKING:
    from persistence_daemon.facts import TaskFacts
    from persistence_daemon.transaction import Transaction

_CRASHES_THAT_HOLD: Final = 2  # in a row on one device: then its queue is held whatever the policy
_CLOSED_BECAUSE: Final = {
    Outcome.UNKNOWN: "the worker did not report what became of this action; it may have happened",
    Outcome.NOT_EXECUTED: "the intent was never acknowledged, so the device was not touched",
}


def close_open_step(tx: Transaction, facts: TaskFacts, outcome: Outcome) -> None:
    """Close the open step, if there is one, with what the daemon concludes."""
    if facts.open_step is None:
        return
    step = FinishStep(
        session_id=facts.session_id,
        step_num=facts.open_step,
        outcome=outcome,
        message=_CLOSED_BECAUSE[outcome],
    )
    tx.emit(StepFinished(step=step, by=DAEMON_OUTCOME), str(tx.policy.daemon))


def change_state(
    tx: Transaction,
    facts: TaskFacts,
    event: TaskEvent,
    *,
    reason: str,
    by: str,
    sender: str,
    open_step: Outcome = Outcome.UNKNOWN,
    verdict: Verdict | None = None,
    elapsed_s: float | None = None,
    picture: Picture | None = None,
    picture_path: str | None = None,
    picture_missing: str = "",
    request_digest: str = "",
) -> int:
    """Let `event` happen to the task and return its seq; IllegalTransition, with nothing written, when it cannot.

    An ending closes the open step as `open_step` before, and holds the device after, where the rules say so.
    """
    from_state = facts.final_status
    to_state = advance(from_state, event)
    if is_final(to_state):
        close_open_step(tx, facts, open_step)
    if to_state is TaskState.SUCCESS and verdict is None:
        verdict = Verdict.REPORTED
    seq = tx.emit(
        StateChanged(
            session_id=facts.session_id,
            from_state=from_state,
            to_state=to_state,
            event=event,
            reason=reason,
            by=by,
            verdict=verdict,
            elapsed_s=elapsed_s,
            picture=picture,
            picture_path=picture_path,
            picture_missing=picture_missing,
            request_digest=request_digest,
        ),
        sender,
    )
    if is_final(to_state):
        hold_when_needed(tx, facts)
    return seq


def hold_when_needed(tx: Transaction, facts: TaskFacts) -> None:
    """Hold the queue of the task's device after a crash or an unknown outcome, as the policy and the count say."""
    if facts.device_id is None:
        return
    reason = _why_hold(facts)
    if not reason:
        return
    row = tx.row("SELECT held, crashes FROM devices WHERE device_id = ?", (facts.device_id,))
    held, crashes = row if row is not None else ("", 0)
    often = facts.final_status is TaskState.CRASHED and int(str(crashes)) >= _CRASHES_THAT_HOLD
    if held or (tx.policy.resume_queue and not often):
        return
    if often:
        reason = f"{crashes} tasks in a row crashed on it; {reason}"
    tx.emit(DeviceHeld(device_id=facts.device_id, reason=reason, by="stepwell"), str(tx.policy.daemon))


def _why_hold(facts: TaskFacts) -> str:
    if facts.final_status is TaskState.CRASHED:
        return f"task {facts.session_id[:8]} crashed: {facts.error_message or 'its worker died'}"[:1000]
    if facts.unknown_step is not None:
        return f"what step {facts.unknown_step} of task {facts.session_id[:8]} did is unknown"
    return ""
