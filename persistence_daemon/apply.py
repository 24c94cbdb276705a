"""Events to rows: the one code path by which anything comes into the store.

Live writing, rolling the event log forward, rebuilding and restoring all call `Applier.apply`. It is deterministic:
the rows follow from the event and the rows before it alone; it never looks at the clock, makes an id or decides.
What may happen was decided by validate*.py before; here a missing row is a fault (`NotApplicable`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from persistence_daemon import apply_seldom
from persistence_daemon.apply_devices import NotApplicable
from persistence_daemon.apply_steps import StepRows
from persistence_daemon.apply_waits import end_wait
from persistence_daemon.digests import column_time, digest, task_digest
from persistence_daemon.facts import FactsCache, TaskFacts, count_task
from shared.messages import (
    Event,
    NoteAdded,
    Outcome,
    RecordSetAside,
    StateChanged,
    StepBegun,
    StepFinished,
    TaskCreated,
)
from shared.task_state import TaskState, is_final

if TYPE_CHECKING:
    import apsw

_INSERT_TASK: Final = (
    "INSERT INTO tasks (created_seq, session_id, user_id, timestamp, task_description, final_status, device_id,"
    " base_url, model_name, updated_at, agent, model, max_steps, time_limit_s, expect_text, script, updated_seq, held,"
    " submitted_by, request_digest, checks, continues, rerun_of)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_TRANSITION: Final = (
    "INSERT INTO transitions (seq, session_id, from_state, to_state, event, at, reason, by, request_digest)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# A note of a deleted task that is not swept yet (sweeper.py) is as good as gone, in a replay as it was in life.
_DROP_NOTE: Final = "DELETE FROM notes WHERE note_id = ? AND session_id IN (SELECT session_id FROM deletions)"


class Applier:
    """Writes events through one connection. The caller begins and commits, and calls `finish` before it commits."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.tasks = FactsCache(connection)
        self.steps = StepRows(connection)

    def apply(self, event: Event) -> None:
        """Write what `event` says; apsw.Error or NotApplicable when it cannot be, and then the caller rolls back."""
        body = event.body
        if type(body) is StepBegun:
            self._step_begun(event, body)
        elif type(body) is StepFinished:
            self._step_finished(event, body)
        elif type(body) is StateChanged:
            self._state_changed(event, body)
        elif type(body) is NoteAdded:
            self._note_added(event, body)
        elif type(body) is TaskCreated:
            self._task_created(event, body)
        else:
            self.steps.flush()
            apply_seldom.apply_seldom(self._connection, self.tasks, event)

    def finish(self, seq: int, timeline: str) -> None:
        """Write what `apply` has put off, and where the store now stands."""
        self.flush()
        self._connection.execute("UPDATE meta SET seq = ?, timeline = ? WHERE id = 1", (seq, timeline))

    def flush(self) -> None:
        """Write what `apply` has put off, so that SQL sees it."""
        self.steps.flush()
        self.tasks.flush()

    def forget(self) -> None:
        """Forget what was put off: the caller has rolled back."""
        self.steps.forget()
        self.tasks.forget()

    def set_aside(self, seq: int, at: str, body: RecordSetAside) -> None:
        """Keep a record that can never be applied."""
        apply_seldom.set_aside(self._connection, seq, at, body)

    def _task(self, session_id: str) -> TaskFacts:
        facts = self.tasks.get(session_id)
        if facts is None:
            raise NotApplicable(f"there is no task {session_id}")
        return facts

    def _step_begun(self, event: Event, body: StepBegun) -> None:
        step = body.step
        facts = self._task(step.session_id)
        self.steps.begin(event, body)
        facts.total_steps += 1
        facts.add_tokens(step.prompt_tokens, step.completion_tokens)
        facts.saw_elapsed(step.elapsed_s)
        if body.outcome is None:
            facts.open_step = step.step_num
        self.tasks.touch(facts, event.seq, column_time(event.at))

    def _step_finished(self, event: Event, body: StepFinished) -> None:
        step = body.step
        facts = self._task(step.session_id)
        self.steps.finish(event, body)
        facts.saw_elapsed(step.elapsed_s)
        if facts.open_step == step.step_num:
            facts.open_step = None
        if step.outcome is Outcome.UNKNOWN:
            facts.unknown_step = step.step_num
        elif facts.unknown_step == step.step_num:
            facts.unknown_step = None
        self.tasks.touch(facts, event.seq, column_time(event.at))

    def _state_changed(self, event: Event, body: StateChanged) -> None:
        facts = self._task(body.session_id)
        if facts.final_status is not body.from_state:
            raise NotApplicable(f"task {body.session_id} is {facts.final_status}, not {body.from_state}")
        request_digest = bytes.fromhex(body.request_digest) if body.request_digest else None
        self._transition(event, body.session_id, body.from_state, body.to_state, body, request_digest)
        facts.final_status = body.to_state
        facts.saw_elapsed(body.elapsed_s)
        if body.claim is not None:
            self._claimed(event, body, facts)
        end_wait(self._connection, event, facts)
        if is_final(body.to_state):
            self._ended(event, body, facts)
        self.tasks.touch(facts, event.seq, column_time(event.at), state_changed=True)

    def _claimed(self, event: Event, body: StateChanged, facts: TaskFacts) -> None:
        facts.claimed_by, facts.incarnation, facts.claim = body.claimed_by, body.incarnation, body.claim
        facts.device_id = body.device_id or facts.device_id
        facts.started_at = event.at
        self._connection.execute(
            "INSERT INTO claims VALUES (?, ?, ?, ?, ?) ON CONFLICT (incarnation) DO UPDATE"
            " SET claim = excluded.claim, session_id = excluded.session_id, seq = excluded.seq",
            (body.incarnation, body.claimed_by, body.claim, body.session_id, event.seq),
        )
        if facts.device_id is not None:
            self._connection.execute(
                "UPDATE devices SET last_task = ? WHERE device_id = ?", (body.session_id, facts.device_id)
            )

    def _ended(self, event: Event, body: StateChanged, facts: TaskFacts) -> None:
        facts.ended_at = event.at
        facts.held = ""
        facts.verdict = body.verdict
        facts.error_message = body.reason or None if body.to_state is not TaskState.SUCCESS else None
        facts.closing_screenshot_path = body.picture_path
        facts.closing_screenshot_digest = None if body.picture is None else body.picture.digest
        facts.closing_missing = body.picture_missing
        if body.from_state is not TaskState.CREATED and facts.device_id is not None:
            self._connection.execute(
                "UPDATE devices SET crashes = CASE WHEN ? THEN crashes + 1 ELSE 0 END WHERE device_id = ?",
                (body.to_state is TaskState.CRASHED, facts.device_id),
            )

    def _transition(
        self,
        event: Event,
        session_id: str,
        from_state: TaskState | None,
        to_state: TaskState,
        body: StateChanged | TaskCreated,
        request_digest: bytes | None,
    ) -> None:
        what, reason = ("created", "") if isinstance(body, TaskCreated) else (str(body.event), body.reason)
        by = body.by or event.by
        self._connection.execute(
            _INSERT_TRANSITION,
            (event.seq, session_id, from_state, to_state, what, event.at, reason, by, request_digest),
        )
        count_task(self._connection, from_state, to_state)

    def _task_created(self, event: Event, body: TaskCreated) -> None:
        task, at = body.task, column_time(event.at)
        self._connection.execute(
            _INSERT_TASK,
            (
                event.seq,
                task.session_id,
                task.user_id,
                at,
                task.task_description,
                TaskState.CREATED,
                task.device_id,
                body.base_url,
                body.model_name,
                at,
                task.agent,
                task.model,
                task.max_steps,
                task.time_limit_s,
                task.expect_text,
                task.script,
                event.seq,
                body.held,
                body.submitted_by,
                task_digest(task),
                msgspec.json.encode(task.checks).decode(),
                task.continues,
                task.rerun_of,
            ),
        )
        self._transition(event, task.session_id, None, TaskState.CREATED, body, None)

    def _note_added(self, event: Event, body: NoteAdded) -> None:
        note = body.note
        facts = self._task(note.session_id)
        self._connection.execute(_DROP_NOTE, (note.note_id,))
        self._connection.execute(
            "INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.seq,
                note.note_id,
                note.session_id,
                note.step_num,
                note.text,
                note.actor,
                event.at,
                body.late,
                digest(note),
            ),
        )
        self.tasks.touch(facts, event.seq, column_time(event.at))
