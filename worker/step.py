"""One step as an agent holds it, and how what an agent gives becomes the record of an intent.

`Step` is the object of `with context.step(…)`: entering makes the intent durable, leaving the outcome, also when the
block raises. The record's maker is pure but for the picture's thumbnail. Used by context.py only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import msgspec
from msgspec import Struct

from shared.faultpoints import reach
from shared.messages import Actor, BeginStep, FinishStep, Outcome
from worker.pictures import NotAPicture, look_at
from worker.storable import (
    ANALYSIS_BYTES,
    REPLY_BYTES,
    THINKING_BYTES,
    storable_count,
    storable_json,
    storable_line,
    storable_seconds,
    storable_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from worker.context import TaskContext

Json: TypeAlias = "Mapping[str, object] | str"


class ModelUsage(Struct, frozen=True):
    """What a step cost at the model; None where it is not known."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    time_to_first_token_s: float | None = None
    model_time_s: float | None = None


NO_USAGE: Final = ModelUsage()


class Step:
    """A step: `number` is set when it is entered; `message` and `outcome` may be set by the agent meanwhile."""

    def __init__(self, context: TaskContext, record: Callable[[int], BeginStep], screenshot: bytes) -> None:
        self._context = context
        self.record = record
        self.screenshot = screenshot
        self.number = 0
        self.message = ""
        self.outcome: Outcome | None = None
        self.ended: Outcome | None = None
        self.begun_at: float | None = None
        self.intent: BeginStep | None = None  # as it was recorded

    def __enter__(self) -> Self:
        self._context.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reach("worker.after_action")
        self.ended, sentence = self._context.outcome_of(self, error)
        self._context.finish(self, self.ended, sentence)

    def not_executed(self, message: str) -> None:
        """Say that the action was not carried out, and why."""
        self.outcome = Outcome.NOT_EXECUTED
        self.message = message


def begin_record(
    session_id: str,
    number: int,
    *,
    thumbnail_of: Callable[[bytes], bytes],
    screenshot: bytes | None,
    screenshot_missing: str,
    screenshot_analysis: str,
    thinking: str,
    reply: str,
    action: Json,
    action_params: Json,
    current_app: str,
    actor: Actor,
    usage: ModelUsage,
    elapsed_s: float,
) -> BeginStep:
    """Return the record of an intent, storable whatever the agent gave."""
    picture, missing, thumbnail = None, screenshot_missing, b""
    if screenshot:
        try:
            picture = look_at(screenshot)
            thumbnail = thumbnail_of(screenshot)
        except NotAPicture as error:
            missing = f"the screenshot cannot be stored: {error}"
    return BeginStep(
        session_id=session_id,
        step_num=number,
        picture=picture,
        picture_missing="" if picture else storable_line(missing or "the agent gave none"),
        thumbnail=thumbnail,
        screenshot_analysis=storable_text(screenshot_analysis, ANALYSIS_BYTES),
        thinking=storable_text(thinking, THINKING_BYTES),
        reply=storable_text(reply, REPLY_BYTES),
        action=storable_json(as_json(action)),
        action_params=storable_json(as_json(action_params)),
        current_app=storable_line(current_app),
        actor=actor,
        prompt_tokens=storable_count(usage.prompt_tokens),
        completion_tokens=storable_count(usage.completion_tokens),
        time_to_first_token_s=storable_seconds(usage.time_to_first_token_s),
        model_time_s=storable_seconds(usage.model_time_s),
        started_at=utc_now(),
        elapsed_s=elapsed_s,
    )


def recorded_step(
    session_id: str, number: int, given: Mapping[str, object], elapsed_s: float
) -> tuple[BeginStep, FinishStep]:
    """Return intent and outcome of a step that is over already (`context.record_many`)."""
    text = {key: str(given.get(key, "")) for key in ("thinking", "reply", "screenshot_analysis", "message")}
    begin = BeginStep(
        session_id=session_id,
        step_num=number,
        picture_missing="recorded without a picture",
        screenshot_analysis=storable_text(text["screenshot_analysis"], ANALYSIS_BYTES),
        thinking=storable_text(text["thinking"], THINKING_BYTES),
        reply=storable_text(text["reply"], REPLY_BYTES),
        action=storable_json(as_json(given.get("action", ""))),
        action_params=storable_json(as_json(given.get("action_params", ""))),
        started_at=utc_now(),
        elapsed_s=elapsed_s,
    )
    finish = FinishStep(
        session_id=session_id,
        step_num=number,
        outcome=Outcome(str(given.get("outcome", Outcome.DONE))),
        message=storable_text(text["message"]),
        elapsed_s=elapsed_s,
    )
    return begin, finish


def as_json(value: object) -> str:
    """Return `value` as JSON text; text is taken for JSON already when it is an object, else quoted as one."""
    if isinstance(value, str):
        return value if not value or value.startswith("{") else _encode({"action": value})
    return _encode(value)


def _encode(value: object) -> str:
    try:
        return msgspec.json.encode(value, enc_hook=repr).decode()
    except (TypeError, ValueError, UnicodeEncodeError, RecursionError) as error:
        return msgspec.json.encode({"not_json": ascii(value)[:1000], "error": str(error)[:200]}).decode()


def utc_now() -> str:
    """Return the time for people: UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
