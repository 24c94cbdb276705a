"""What the daemon remembers of the tasks it is writing to: their rows, read once and written back once a commit.

A step of a running task needs its task's state, owner, newest step and totals. Reading and updating the row for each
record would cost as much as the record. So apply.py changes these facts, validation reads them — and thereby sees the
transaction's own state — and `flush` writes each changed row once, before the COMMIT. After a rollback everything is
forgotten. Used by apply.py only; must not decide anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.task_state import CLAIMED_STATES, FINAL_STATES, TaskState

if TYPE_CHECKING:
    import apsw

_KEPT_MAX: Final = 2048  # tasks remembered after a commit; more are read again when needed
_TOKENS_MAX: Final = 1 << 53  # a total stops here, so that it is exact and fits whatever a model claims (0002.sql)

_COLUMNS: Final = (
    "session_id, created_seq, final_status, total_steps, total_time, error_message, device_id, updated_at, updated_seq,"
    " verdict, claimed_by, incarnation, claim, held, waiting_for, waiting_seq, waiting_deadline,"
    " closing_screenshot_path, closing_screenshot_digest, closing_missing, started_at, ended_at, open_step,"
    " unknown_step, agent, prompt_tokens, completion_tokens"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM tasks WHERE session_id = ?"  # noqa: S608 - our own column names
_UPDATE_TOTALS: Final = (
    "UPDATE tasks SET total_steps = ?, total_time = ?, updated_at = ?, updated_seq = ?, open_step = ?,"
    " unknown_step = ?, prompt_tokens = ?, completion_tokens = ? WHERE created_seq = ?"
)
_UPDATE_ALL: Final = (
    "UPDATE tasks SET total_steps = ?, total_time = ?, updated_at = ?, updated_seq = ?, open_step = ?,"
    " unknown_step = ?, prompt_tokens = ?, completion_tokens = ?, final_status = ?, error_message = ?, device_id = ?,"
    " verdict = ?, claimed_by = ?, incarnation = ?, claim = ?, held = ?, waiting_for = ?, waiting_seq = ?,"
    " waiting_deadline = ?, closing_screenshot_path = ?, closing_screenshot_digest = ?, closing_missing = ?,"
    " started_at = ?, ended_at = ? WHERE created_seq = ?"
)


class TaskFacts:
    """A row of `tasks` in memory. Attributes are its columns."""

    __slots__ = (
        "agent",
        "changed",
        "claim",
        "claimed_by",
        "closing_missing",
        "closing_screenshot_digest",
        "closing_screenshot_path",
        "completion_tokens",
        "created_seq",
        "device_id",
        "ended_at",
        "error_message",
        "final_status",
        "held",
        "incarnation",
        "open_step",
        "prompt_tokens",
        "session_id",
        "started_at",
        "state_changed",
        "total_steps",
        "total_time",
        "unknown_step",
        "updated_at",
        "updated_seq",
        "verdict",
        "waiting_deadline",
        "waiting_for",
        "waiting_seq",
    )

    def __init__(self, row: tuple[object, ...]) -> None:
        (
            self.session_id,
            self.created_seq,
            status,
            self.total_steps,
            self.total_time,
            self.error_message,
            self.device_id,
            self.updated_at,
            self.updated_seq,
            self.verdict,
            self.claimed_by,
            self.incarnation,
            self.claim,
            self.held,
            self.waiting_for,
            self.waiting_seq,
            self.waiting_deadline,
            self.closing_screenshot_path,
            self.closing_screenshot_digest,
            self.closing_missing,
            self.started_at,
            self.ended_at,
            self.open_step,
            self.unknown_step,
            self.agent,
            self.prompt_tokens,
            self.completion_tokens,
        ) = row  # type: ignore[assignment]
        self.final_status = TaskState(str(status))
        self.changed = False
        self.state_changed = False

    session_id: str
    created_seq: int
    final_status: TaskState
    total_steps: int
    total_time: float | None
    error_message: str | None
    device_id: str | None
    updated_at: str
    updated_seq: int
    verdict: str | None
    claimed_by: str | None
    incarnation: str | None
    claim: int | None
    held: str
    waiting_for: str | None
    waiting_seq: int | None
    waiting_deadline: str | None
    closing_screenshot_path: str | None
    closing_screenshot_digest: str | None
    closing_missing: str
    started_at: str | None
    ended_at: str | None
    open_step: int | None
    unknown_step: int | None
    agent: str
    prompt_tokens: int
    completion_tokens: int

    @property
    def is_final(self) -> bool:
        """Whether the task has ended."""
        return self.final_status in FINAL_STATES

    @property
    def is_claimed(self) -> bool:
        """Whether a worker runs it, or should."""
        return self.final_status in CLAIMED_STATES

    def saw_elapsed(self, elapsed_s: float | None) -> None:
        """Take a record's elapsed time into the total: the greatest counts, so that late records do not lower it."""
        if elapsed_s is not None and elapsed_s > (self.total_time or 0.0):
            self.total_time = elapsed_s

    def add_tokens(self, prompt: int | None, completion: int | None) -> None:
        """Take a step's tokens into the totals."""
        self.prompt_tokens = min(self.prompt_tokens + (prompt or 0), _TOKENS_MAX)
        self.completion_tokens = min(self.completion_tokens + (completion or 0), _TOKENS_MAX)


class FactsCache:
    """The remembered tasks of one writing connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._facts: dict[str, TaskFacts] = {}
        self._changed: list[TaskFacts] = []

    def get(self, session_id: str) -> TaskFacts | None:
        """Return the task as the transaction sees it, or None when there is none."""
        facts = self._facts.get(session_id)
        if facts is None:
            row = self._connection.execute(_SELECT, (session_id,)).get
            if row is None:
                return None
            facts = self._facts[session_id] = TaskFacts(row)
        return facts

    def touch(self, facts: TaskFacts, seq: int, updated_at: str, *, state_changed: bool = False) -> None:
        """Note that `facts` were changed by event `seq`; `state_changed`: more than totals."""
        facts.updated_seq = seq
        facts.updated_at = updated_at
        if not facts.changed:
            facts.changed = True
            self._changed.append(facts)
        facts.state_changed = facts.state_changed or state_changed

    def flush(self) -> None:
        """Write every changed row; must come before a COMMIT and before any SQL that reads `tasks`."""
        for facts in self._changed:
            totals = (
                facts.total_steps,
                facts.total_time,
                facts.updated_at,
                facts.updated_seq,
                facts.open_step,
                facts.unknown_step,
                facts.prompt_tokens,
                facts.completion_tokens,
            )
            if facts.state_changed:
                self._connection.execute(_UPDATE_ALL, (*totals, *_rest(facts), facts.created_seq))
            else:
                self._connection.execute(_UPDATE_TOTALS, (*totals, facts.created_seq))
            facts.changed = facts.state_changed = False
        self._changed.clear()
        if len(self._facts) > _KEPT_MAX:
            self._facts.clear()

    def forget_task(self, session_id: str) -> None:
        """Forget a task whose row is deleted in this transaction; call `flush` before."""
        self._facts.pop(session_id, None)

    def forget(self) -> None:
        """Forget everything: after a rollback, or after SQL has changed `tasks` behind these facts."""
        self._facts.clear()
        self._changed.clear()


def count_task(connection: apsw.Connection, from_state: str | None, to_state: str | None) -> None:
    """Count a task that comes to a state (None: it is deleted) from another one (None: it is new)."""
    for state, more in ((from_state, -1), (to_state, 1)):
        if state is not None:
            connection.execute("UPDATE task_counts SET tasks = tasks + ? WHERE final_status = ?", (more, state))


def _rest(facts: TaskFacts) -> tuple[str | int | float | None, ...]:
    return (
        facts.final_status,
        facts.error_message,
        facts.device_id,
        facts.verdict,
        facts.claimed_by,
        facts.incarnation,
        facts.claim,
        facts.held,
        facts.waiting_for,
        facts.waiting_seq,
        facts.waiting_deadline,
        facts.closing_screenshot_path,
        facts.closing_screenshot_digest,
        facts.closing_missing,
        facts.started_at,
        facts.ended_at,
    )
