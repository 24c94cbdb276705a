"""What an agent asks of a person, and what their answer means for the open step.

Asks by waits.py and turns the committed decision into a return or an exception. While a yes is missing the gate lets
nothing through, whatever the agent makes of a no. Made and called by context.py, in the agent's thread.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from shared.messages import Decision, NewWait, WaitingFor
from worker.approval import action_digest
from worker.errors import Denied, StopRequested, Unanswered
from worker.live import Phase
from worker.step import Json, as_json
from worker.storable import storable_json, storable_line, storable_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.messages import BeginStep
    from shared.settings import People
    from worker.live import LiveView
    from worker.step_gate import StepGate
    from worker.waits import Waits

_CHOICES_MAX: Final = 100  # NewWait takes no more
_WISHES: Final = {WaitingFor.CONFIRM: "confirm", WaitingFor.TAKE_OVER: "take over", WaitingFor.ANSWER: "answer"}


class Persons:
    """One per task. `intent` is the open step's, None between steps."""

    def __init__(self, session_id: str, settings: People, waits: Waits, gate: StepGate, live: LiveView) -> None:
        self._session_id = session_id
        self._settings = settings
        self._waits = waits
        self._gate = gate
        self._live = live

    def confirm(self, question: str, intent: BeginStep | None, action: Json) -> None:
        """Return when the intent's very action (between steps: `action`) is approved, or nobody is ever asked."""
        if self._settings.confirm == "never":
            return
        shown = storable_json(as_json(action)) if intent is None else intent.action
        number, params = (None, "") if intent is None else (intent.step_num, intent.action_params)
        digest = action_digest(self._session_id, number, shown, params)
        self._gate.forbid("it needs a person's yes, and has none")
        self._wait(WaitingFor.CONFIRM, question, intent, action=shown, action_digest=digest)
        self._gate.allow()

    def take_over(self, reason: str) -> None:
        """Return when a person is through with what the agent cannot do."""
        self._wait(WaitingFor.TAKE_OVER, reason, None)

    def ask(self, question: str, choices: Sequence[str], intent: BeginStep | None) -> str:
        """Return a person's answer."""
        return self._wait(WaitingFor.ANSWER, question, intent, choices=choices)

    def rest(self) -> None:
        """Return when a person lets the paused task go on."""
        self._wait(WaitingFor.PAUSED, "", None)

    def _wait(
        self,
        kind: WaitingFor,
        question: str,
        intent: BeginStep | None,
        *,
        choices: Sequence[str] = (),
        action: str = "",
        action_digest: str | None = None,
    ) -> str:
        """Return the text of a person's yes; Denied, Unanswered or StopRequested otherwise."""
        patience_s = self._settings.answer_s
        new = NewWait(
            session_id=self._session_id,
            wait_id=uuid.uuid4().hex,
            waiting_for=kind,
            question=storable_text(question),
            choices=tuple(storable_line(choice) for choice in choices[:_CHOICES_MAX]),
            action=action,
            action_digest=action_digest,
            step_num=None if intent is None else intent.step_num,
            patience_s=None if kind is WaitingFor.PAUSED else patience_s,
        )
        try:
            state = self._waits.wait(new)
        finally:
            self._live.enter(Phase.RESTING if intent is None else Phase.ACTING, new.step_num)
        if state.decision is Decision.DENIED:
            raise Denied(state.text)
        if state.decision is Decision.EXPIRED:
            raise Unanswered(f"{_WISHES[kind]}: {question}", patience_s)
        if state.decision is Decision.ENDED:
            raise StopRequested("stopped")
        return state.text
