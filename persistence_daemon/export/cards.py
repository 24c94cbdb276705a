"""A step as the report shows it: masked rows in, words and shortened texts out. Pure. Called by report.py, run.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.export.actions import Mark, action_words, mark_of
from shared.messages import NoteRow, StepRow
from shared.shapes import decoded

if TYPE_CHECKING:
    from persistence_daemon.export.words import Words

_LONG: Final = 400  # characters of thinking that stand open; more is folded
_MOST: Final = 6000  # characters of one text in the report; the whole of it stands in steps.jsonl


class Shot(Struct, frozen=True):
    """A picture in the report, or (`name` '') why there is none. `href` is relative to the report."""

    name: str
    width: int = 0
    height: int = 0
    missing: str = ""

    @property
    def href(self) -> str:
        """Where the picture lies, as a link; '' when there is none."""
        return f"screenshots/{self.name}" if self.name else ""


class ShownStep(Struct, frozen=True, kw_only=True):
    """One masked step, with the pictures before and after its action, and its notes."""

    row: StepRow
    before: Shot
    after: Shot
    notes: Sequence[NoteRow]


class Card(Struct, frozen=True, kw_only=True):
    """What the template shows of a step. `tone` names its colour."""

    step: ShownStep
    action: str
    outcome: str
    tone: str
    mark: Mark | None
    thinking: str
    folded: bool
    message: str
    seen: str
    figures: str
    is_unknown: bool


def card_of(step: ShownStep, words: Words, *, unknown_step: int | None) -> Card:
    """Return the card of a step. `unknown_step`: the one of the task whose action may have half happened."""
    row = step.row
    action, params = decoded(row.action), decoded(row.action_params)
    outcome = str(row.outcome or "open")
    return Card(
        step=step,
        action=action_words(action, params, words.actions) or words.no_action,
        outcome=words.outcomes[outcome],
        tone=outcome,
        mark=mark_of(action, params, (step.before.width, step.before.height)),
        thinking=shortened(row.thinking, words),
        folded=len(row.thinking) > _LONG,
        message=shortened(row.message, words),
        seen=shortened(row.screenshot_analysis, words),
        figures=_figures(row, words),
        is_unknown=outcome == "unknown" or row.step_num == unknown_step,
    )


def shortened(text: str, words: Words) -> str:
    """Return as much of a text as the report shows, and where the rest stands."""
    return text if len(text) <= _MOST else f"{text[:_MOST]}{words.cut}"


def seconds(value: float | None) -> str:
    """Return a duration for people, '' when it is unknown."""
    if value is None:
        return ""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def moment(text: str | None) -> str:
    """Return a stored time of UTC to the second, '' when there is none."""
    return (text or "").replace("T", " ")[:19]


def _figures(row: StepRow, words: Words) -> str:
    """Return times and tokens on one line; what is unknown is left out."""
    parts = [moment(row.started_at)[11:], seconds(row.execution_time)]
    timed = (
        (words.model_time, row.model_time_s),
        (words.first_token, row.time_to_first_token_s),
        (words.device_time, row.device_time_s),
    )
    parts += [f"{name} {seconds(value)}" for name, value in timed if value is not None]
    if row.prompt_tokens is not None or row.completion_tokens is not None:
        counted = f"{row.prompt_tokens or 0:,} {words.tokens_in} / {row.completion_tokens or 0:,} {words.tokens_out}"
        parts.append(f"{words.tokens} {counted}")
    return " · ".join(part for part in parts if part)
