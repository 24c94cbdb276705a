"""Steps, to rows: an intent inserts one, its outcome completes it.

A row costs as much as all the rest of its record. So live writing puts the rows of new steps off (`puts_off`): an
outcome that comes in the same transaction joins its intent's row before that was ever written, and what is left at the
end goes in by one prepared statement. Whoever reads `steps` by SQL must `flush` before, and it must be done before a
COMMIT. SQLite's refusal of a row that was put off comes late, when nobody knows whose it is: so batch.py runs such a
batch again without. Called by apply.py only; after a rollback `forget`. Must not decide anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from persistence_daemon.apply_devices import NotApplicable
from persistence_daemon.digests import digest
from shared.messages import Event, Outcome, StepBegun, StepFinished

if TYPE_CHECKING:
    import apsw

# `outcome_by` of an outcome that the daemon concluded; a worker's word replaces it.
DAEMON_OUTCOME: Final = "daemon"

# NULL until known; an action that was not executed did not succeed.
_SUCCESS: Final = {Outcome.DONE: 1, Outcome.FAILED: 0, Outcome.NOT_EXECUTED: 0, Outcome.UNKNOWN: None}

_INTENT: Final = (
    "session_id, step_num, screenshot_path, screenshot_digest, screenshot_size, screenshot_width, screenshot_height,"
    " screenshot_missing, screenshot_analysis, action, action_params, thinking, reply, actor, current_app,"
    " prompt_tokens, completion_tokens, time_to_first_token_s, model_time_s, started_at, begun_seq, intent_digest"
)
_OUTCOME: Final = (
    "outcome, outcome_by, success, message, execution_time, device_time_s, late, finished_seq, outcome_digest"
)
_INTENT_COLUMNS: Final = len(_INTENT.split(", "))
_MARKS: Final = ", ".join("?" * len(f"{_INTENT}, {_OUTCOME}".split(", ")))
_INSERT: Final = f"INSERT INTO steps ({_INTENT}, {_OUTCOME}) VALUES ({_MARKS})"  # noqa: S608 - our own column names
_FINISH: Final = (
    "UPDATE steps SET outcome = ?, outcome_by = ?, success = ?, message = ?, execution_time = ?, device_time_s = ?,"
    " late = max(late, ?), finished_seq = ?, outcome_digest = ? WHERE session_id = ? AND step_num = ?"
)

_Row: TypeAlias = "tuple[str | int | float | bytes | None, ...]"


class StepRows:
    """The rows of `steps` as one connection writes them. `puts_off`: whether new ones may wait for `flush`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.puts_off = False
        self._connection = connection
        self._waiting: dict[tuple[str, int], _Row] = {}

    def begin(self, event: Event, body: StepBegun) -> None:
        """Write an intent."""
        key, row = (body.step.session_id, body.step.step_num), _begun(event, body)
        if not self.puts_off or key in self._waiting:
            self.flush()
            self._connection.execute(_INSERT, row)
        else:
            self._waiting[key] = row

    def finish(self, event: Event, body: StepFinished) -> None:
        """Write an outcome; NotApplicable when there is no such step."""
        key, outcome = (body.step.session_id, body.step.step_num), _finished(event, body)
        begun = self._waiting.get(key)
        if begun is not None and begun[_INTENT_COLUMNS] is None:  # it has no outcome yet
            self._waiting[key] = begun[:_INTENT_COLUMNS] + outcome
            return
        self.flush()
        self._connection.execute(_FINISH, outcome + key)
        if self._connection.changes() != 1:
            raise NotApplicable(f"task {key[0]} has no step {key[1]}")

    def flush(self) -> None:
        """Write the rows that were put off, in their order."""
        if len(self._waiting) == 1:  # an agent that takes one step at a time; `executemany` costs more than one row
            self._connection.execute(_INSERT, *self._waiting.values())
        elif self._waiting:
            self._connection.executemany(_INSERT, self._waiting.values())
        self._waiting.clear()

    def forget(self) -> None:
        """Forget the rows that were put off: the caller has rolled back."""
        self._waiting.clear()


def _begun(event: Event, body: StepBegun) -> _Row:
    step, picture = body.step, body.step.picture
    return (
        step.session_id,
        step.step_num,
        body.picture_path,
        None if picture is None else picture.digest,
        None if picture is None else picture.size_bytes,
        None if picture is None else picture.width,
        None if picture is None else picture.height,
        step.picture_missing,
        step.screenshot_analysis,
        step.action,
        step.action_params,
        step.thinking,
        step.reply,
        step.actor,
        step.current_app,
        step.prompt_tokens,
        step.completion_tokens,
        step.time_to_first_token_s,
        step.model_time_s,
        step.started_at,
        event.seq,
        digest(step),
        body.outcome,
        "" if body.outcome is None else DAEMON_OUTCOME,
        None if body.outcome is None else _SUCCESS[body.outcome],
        body.message,
        None,
        None,
        body.late,
        None if body.outcome is None else event.seq,
        None,
    )


def _finished(event: Event, body: StepFinished) -> _Row:
    step = body.step
    return (
        step.outcome,
        body.by,
        _SUCCESS[step.outcome],
        step.message,
        step.execution_time,
        step.device_time_s,
        body.late,
        event.seq,
        digest(step),
    )
