"""What a rerun plays: the steps of a record, with the hash of the screen that each of them saw. Pure.

It travels as JSON in the task's `script`, so that the record of the rerun is whole without the other one. What cannot
be played again stands in the plan as the sentence with which the rerun ends there: a step of unknown outcome, which
nothing repeats, and what no action of Stepwell's own describes. Steps that did nothing to the phone are left out.
Written by the command line, read by the worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from shared.errors import BadInputError, ErrorCode
from shared.messages import Outcome
from shared.screen_hash import HEX_DIGITS
from shared.shapes import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.messages import StepRow

AGENT: Final = "rerun"
PLAN_MAX: Final = 1 << 20  # characters; a task's `script` has no more
_SAY_ONLY: Final = frozenset({"note", "call_api", "finish", "fail", "interact", "expect_text", "assert", "wait_until"})
_OURS: Final = ("tap", "double_tap", "long_press", "swipe", "type", "key", "launch", "wait")
_KINDS: Final = dict(zip(_OURS, _OURS, strict=True)) | {"type_name": "type", "back": "key", "home": "key"}
Hash = Annotated[str, Meta(pattern=rf"\A(?:[0-9a-f]{{{HEX_DIGITS}}})?\Z")]


class PlannedStep(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One step. `screen`: the hash of the picture before it, '' when there was none; `size` of that picture.

    `stop`: it is not played; the rerun ends with this sentence. `confirm`: it was sensitive; a person is asked again.
    """

    step: int
    kind: str = ""
    params: dict[str, Any] = {}
    screen: Hash = ""
    size: tuple[int, int] | None = None
    confirm: str = ""
    stop: str = ""


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole rerun. `limit`: the distance of two screens from which on it stops."""

    rerun_of: str
    limit: Annotated[float, Meta(ge=0.0, le=1.0)]
    steps: Annotated[tuple[PlannedStep, ...], Meta(min_length=1)]


def plan_of(
    session_id: str,
    rows: Iterable[StepRow],
    limit: float,
    look: Callable[[StepRow], tuple[str, tuple[int, int]] | None],
) -> Plan:
    """Return the plan of a record; `look` returns the hash and size of a step's picture, None when there is none.

    BadInputError BAD_REQUEST when nothing in the record can be played again.
    """
    steps = [planned for row in rows if (planned := _planned(row, look)) is not None]
    if not any(step.kind for step in steps):
        sentence = f"task {session_id} did nothing to a phone that could be done again"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="see `stepwell show`")
    return Plan(session_id, limit, tuple(steps))


def plan_text(plan: Plan) -> str:
    """Return the form in which a task carries it; BadInputError TOO_LARGE when no task can."""
    text = msgspec.json.encode(plan).decode()
    if len(text) > PLAN_MAX:
        sentence = f"the record has {len(plan.steps):,} steps, more than one rerun can carry"
        raise BadInputError(ErrorCode.TOO_LARGE, sentence, remedy="rerun a shorter task")
    return text


def read_plan(text: str) -> Plan:
    """Return the plan that a task carries; BadInputError BAD_REQUEST when it carries none."""
    try:
        return msgspec.json.decode(text, type=Plan)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        sentence = f"the task carries no plan of a rerun: {error}"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="queue it by `stepwell rerun`") from None


def _planned(row: StepRow, look: Callable[[StepRow], tuple[str, tuple[int, int]] | None]) -> PlannedStep | None:
    action, params = decoded(row.action), decoded(row.action_params)
    name = str(action.get("action", "")) if isinstance(action, dict) else ""
    if row.outcome is None or row.outcome is Outcome.UNKNOWN:
        why = f"step {row.step_num} ({name or 'no action'}) may have happened, wholly or in part, and is not repeated"
        return PlannedStep(row.step_num, stop=why)
    if row.outcome is not Outcome.DONE:  # it failed, or was not executed: there is nothing to repeat
        return None
    folded = name.strip().lower().replace(" ", "_")
    if folded in _SAY_ONLY:
        return None
    kind = _KINDS.get(folded)
    if kind is None or not isinstance(params, dict):
        why = f"step {row.step_num} ({name or 'no action'}) is nothing that Stepwell could do again"
        return PlannedStep(row.step_num, stop=why)
    seen = look(row)
    message = action.get("message") if isinstance(action, dict) else None
    return PlannedStep(
        row.step_num,
        kind,
        params,
        screen=seen[0] if seen else "",
        size=seen[1] if seen else None,
        confirm=message if isinstance(message, str) else "",
    )
