"""What an agent gets besides its task and its device: steps, notes, waiting, and when to end.

    with context.step(screenshot=png, thinking=…, action=…) as step:   # the intent is durable when the block is entered
        device.tap(x, y)                                                # only now is the device touched
        step.message = "…"                                              # the outcome is durable when the block is left

Everything that comes from the agent is made storable first. Between steps, and out of every wait, `StopRequested` and
`LimitReached` are raised; an agent lets them pass. Used by agents, from the agent's thread; `abandon` by the executor.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING

from shared.faultpoints import reach
from shared.messages import Actor, AddNote, FinishStep, Outcome, StepNum, TaskRow
from worker.errors import Denied, LimitReached, OutOfTask, StopRequested, Unanswered
from worker.live import LiveView, Phase
from worker.persons import Persons
from worker.step import NO_USAGE, Json, ModelUsage, Step, begin_record, recorded_step
from worker.storable import storable_seconds, storable_text
from worker.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared.messages import BeginStep
    from shared.settings import ModelProfile, Settings
    from worker.former import FormerRun
    from worker.pictures import Thumbnails
    from worker.step_buffer import Parcel, StepBuffer
    from worker.step_gate import StepGate
    from worker.waits import Store


class TaskContext:
    """One per task. `stop` is set when the task is to end; `live` is for agents that tell what they are at."""

    def __init__(
        self,
        *,
        task: TaskRow,
        buffer: StepBuffer,
        store: Store,
        gate: StepGate,
        thumbnails: Thumbnails,
        settings: Settings,
        api_keys: Mapping[str, str],
    ) -> None:
        self.task = task
        self.settings = settings  # those of the task's beginning: newer ones are for the next task
        self.stop = threading.Event()
        self.step_num = 0
        self.live = LiveView()
        self.former: FormerRun | None = None  # the record of the task that this one continues
        self.expected: tuple[str, ...] = ()  # on the screen at the end, beside what the task names
        self.waits = Waits(store, self.stop, self.live)
        self._persons = Persons(task.session_id, settings.people, self.waits, gate, self.live)
        self._buffer = buffer
        self._gate = gate
        self._thumbnails = thumbnails
        self._api_keys = api_keys
        self._claimed_at = time.monotonic()
        self._closing = threading.Lock()  # of the open step: by the agent, or by the executor that abandons it
        self._open: Step | None = None
        self._persons_steps = 0
        self._waited_before = 0.0  # for persons, when the open step began

    # --- for agents ------------------------------------------------------------------------------------------------

    def step(
        self,
        *,
        screenshot: bytes | None = None,
        screenshot_missing: str = "",
        screenshot_analysis: str = "",
        thinking: str = "",
        reply: str = "",
        action: Json = "",
        action_params: Json = "",
        current_app: str = "",
        actor: Actor = Actor.AGENT,
        usage: ModelUsage = NO_USAGE,
    ) -> Step:
        """Return the next step, to be entered by `with`; nothing is sent before that."""
        return Step(
            self,
            lambda number: begin_record(
                self.task.session_id,
                number,
                thumbnail_of=self._thumbnails.of,
                screenshot=screenshot,
                screenshot_missing=screenshot_missing,
                screenshot_analysis=screenshot_analysis,
                thinking=thinking,
                reply=reply,
                action=action,
                action_params=action_params,
                current_app=current_app,
                actor=actor,
                usage=usage,
                elapsed_s=self.elapsed_s,
            ),
            screenshot or b"",
        )

    def record_many(self, steps: Iterable[Mapping[str, object]]) -> None:
        """Record steps that are over already, many at a time; returns when all are acknowledged.

        Each is a mapping with `action`, and perhaps `thinking`, `message`, `outcome`, `action_params`, `reply`,
        `screenshot_analysis`. For a fast agent that touches no device.
        """
        self._no_step_is_open()
        self._wait_for_store()
        unchecked: deque[Parcel] = deque()
        for given in steps:
            self._check_before_step()
            self.step_num += 1
            if not self._buffer.wait_room(self.stop.is_set):
                raise StopRequested("stopped")
            pair = recorded_step(self.task.session_id, self.step_num, given, self.elapsed_s)
            unchecked.append(self._buffer.put(*pair, alone=False))
            while unchecked and unchecked[0].acknowledged:
                unchecked.popleft().check()
        self._wait_for_store()
        for parcel in unchecked:
            parcel.check()

    def note(self, text: str, step_num: StepNum | None = None) -> None:
        """Keep a text with the task: with the open step, with the step named, or beside them all."""
        number = step_num or (self._open.number if self._open else None)
        note = AddNote(
            session_id=self.task.session_id, note_id=uuid.uuid4().hex, text=storable_text(text), step_num=number
        )
        self._buffer.wait_durable(self._buffer.put(note))

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until a stop or the time limit."""
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            limit = self._time_left()
            self.stop.wait(left if limit is None else min(left, max(0.0, limit)))
            self.check()

    def check(self) -> None:
        """Raise StopRequested or LimitReached when the task is to end; to be called in every long wait."""
        if self.stop.is_set():
            raise StopRequested("stopped")
        left = self._time_left()
        if left is not None and left <= 0:
            raise LimitReached(f"time limit ({self.task.time_limit_s:g} s) reached")

    def confirm(self, question: str, action: Json = "") -> None:
        """Return when a person has approved the open step's very action, or between steps `action`.

        The approval is committed then. Raises Denied or Unanswered, and whatever the agent does with that, nothing
        reaches the phone in this step any more. With the policy `never` it returns at once.
        """
        self._persons.confirm(question, self._intent, action)

    def take_over(self, reason: str) -> None:
        """Let a person do what the agent cannot; return when they are through. To be called between steps.

        The screen may be another one then: look afresh. Raises Denied or Unanswered.
        """
        self._no_step_is_open()
        self._persons.take_over(reason)

    def ask(self, question: str, choices: Sequence[str] = ()) -> str:
        """Return a person's answer: free text, also where `choices` are offered. Raises Denied or Unanswered."""
        return self._persons.ask(question, choices, self._intent)

    def rest_if_asked(self) -> bool:
        """Rest here when a person has paused the task, until it is resumed; tell whether it did: look afresh then.

        Each step does so before it begins; an agent that decides by what it saw calls it before it decides.
        """
        if not self.waits.pause_asked:
            return False
        self._no_step_is_open()
        self._persons.rest()
        return True

    def expect(self, texts: Sequence[str]) -> None:
        """Let the task succeed only when the screen shows these texts at its end, beside those it names itself."""
        self.expected = (*self.expected, *texts)

    def model_profile(self) -> tuple[ModelProfile, str]:
        """Return the task's model profile and its key ('' for none); BadInputError when there is no such profile."""
        name, profile = self.settings.profile(self.task.model)
        return profile, self._api_keys.get(name, "")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the task was claimed, waiting for persons included."""
        return time.monotonic() - self._claimed_at

    # --- for the step (step.py) ------------------------------------------------------------------------------------

    def begin(self, step: Step) -> None:
        """Make the intent durable, then open the gate. A step that a stop overtakes is closed as not executed."""
        self._no_step_is_open()
        by_person = self.waits.standing is not None
        if not by_person:
            self.rest_if_asked()
            self._check_before_step()
        self._wait_for_store()
        reach("worker.before_intent")
        step.number = self.step_num + 1
        self._persons_steps += by_person
        step.intent = record = step.record(step.number)
        parcel = self._buffer.put(record, picture=step.screenshot if record.picture else b"")
        self.step_num = step.number
        self._open = step
        reach("worker.after_intent_sent")
        acknowledged = self._buffer.wait_acknowledged(parcel, self.stop.is_set)
        reach("worker.intent_acked")
        if not acknowledged or self.stop.is_set():
            self.finish(step, Outcome.NOT_EXECUTED, "stopped before it was executed")
            raise StopRequested("stopped")
        step.begun_at = time.monotonic()
        self._waited_before = self.waits.waited_s
        self._gate.open()
        self.live.enter(Phase.ACTING, step.number)

    def finish(self, step: Step, outcome: Outcome, message: str) -> None:
        """Make the outcome durable: acknowledged, or in the outbox. Only the first outcome of a step counts."""
        with self._closing:
            if self._open is not step:
                raise OutOfTask("the step was closed by Stepwell")
            self._gate.close()
            parcel = self._buffer.put(self._outcome(step, outcome, message))
            self._open = None
        self.live.enter(Phase.RESTING)
        reach("worker.outcome_sent")
        self._buffer.wait_durable(parcel)
        reach("worker.outcome_acked")

    def outcome_of(self, step: Step, error: BaseException | None) -> tuple[Outcome, str]:
        """Return how the open step ended, and a sentence about it."""
        gate = self._gate
        if gate.unknown:
            return Outcome.UNKNOWN, step.message or gate.unknown
        if error is None:
            return step.outcome or Outcome.DONE, step.message
        sentence = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if isinstance(error, StopRequested | LimitReached | Denied | Unanswered):
            sentence = str(error)
            if not gate.touched:
                return Outcome.NOT_EXECUTED, step.message or sentence
            return step.outcome or Outcome.FAILED, step.message or f"cut short: {sentence}"
        return Outcome.FAILED, "; ".join(part for part in (step.message, sentence) if part)

    # --- for the executor ------------------------------------------------------------------------------------------

    @property
    def open_step(self) -> Step | None:
        """The step whose outcome is not on its way yet."""
        return self._open

    def step_running_s(self) -> float | None:
        """Return how long the open step has been running, waiting for store or persons apart; None without one."""
        step = self._open
        return None if step is None else self._ran_s(step)

    def ask_to_end(self) -> None:
        """Let the agent end: every wait of its thread looks at once whether it should give up."""
        self.stop.set()
        self._buffer.wake()
        self.waits.wake()

    def abandon(self, message: str) -> None:
        """Take the task away from the agent: shut the gate and close the open step by what is known of it."""
        self._gate.shut(message)
        self.ask_to_end()
        with self._closing:
            if self._open is None:
                return
            touched = self._gate.touched
            outcome = Outcome.UNKNOWN if touched else Outcome.NOT_EXECUTED
            self._buffer.put(self._outcome(self._open, outcome, message))
            self._open = None

    def _outcome(self, step: Step, outcome: Outcome, message: str) -> FinishStep:
        ran = self._ran_s(step)
        return FinishStep(
            session_id=self.task.session_id,
            step_num=step.number,
            outcome=outcome,
            message=storable_text(message),
            execution_time=storable_seconds(ran),
            device_time_s=storable_seconds(self._gate.device_time_s if ran is not None else None),
            elapsed_s=self.elapsed_s,
        )

    def _ran_s(self, step: Step) -> float | None:
        if step.begun_at is None:
            return None
        return max(0.0, time.monotonic() - step.begun_at - (self.waits.waited_s - self._waited_before))

    @property
    def _intent(self) -> BeginStep | None:
        return None if self._open is None else self._open.intent

    def _no_step_is_open(self) -> None:
        if self._open is not None:
            raise RuntimeError(f"step {self._open.number} is still open; steps do not nest")

    def _check_before_step(self) -> None:
        self.check()
        if self.step_num - self._persons_steps >= self.task.max_steps:
            raise LimitReached(f"max steps ({self.task.max_steps}) reached")

    def _wait_for_store(self) -> None:
        if not self._buffer.wait_empty(self.stop.is_set):
            raise StopRequested("stopped")

    def _time_left(self) -> float | None:
        limit = self.task.time_limit_s
        return None if limit is None else limit - (self.elapsed_s - self.waits.waited_s)
