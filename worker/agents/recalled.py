"""What the phone agent's model is told first when its task continues another one: the record, and what is not sure.

Pure. Called by the phone agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from worker.former import NEWEST

if TYPE_CHECKING:
    from shared.messages import StepRow
    from shared.settings import Language
    from worker.former import FormerRun

HEAD: Final = "** Earlier Run **"  # as `** Screen Info **`: what follows is not the task's own text
_TEXT_CHARS: Final = 300  # of one step's action and of its message

_TOLD: Final[dict[str, dict[Language, str]]] = {
    "begun": {
        "en": "This task was begun before and ended {0}{1}. It has done {2} steps so far:",
        "zh": "这个任务之前已经开始，结果为 {0}{1}。到目前为止执行了 {2} 步：",
    },
    "newest": {"en": "(only the newest {0} are listed)", "zh": "（仅列出最近的 {0} 步）"},
    "half": {
        "en": "Step {0} may have happened, wholly or in part: {1}. Look at the screen first and find out whether it"
        " has, before you do it again.",
        "zh": "第 {0} 步可能已经执行，也可能只执行了一部分：{1}。请先查看界面，确认它是否已经生效，再决定是否重做。",
    },
    "on": {
        "en": "Go on from the screen as it is now; do not repeat what is done.",
        "zh": "请从当前界面继续；已完成的不要重复。",
    },
}


def recalled(former: FormerRun, language: Language) -> str:
    """Return the record of a former run in words for a model."""

    def told(what: str, *values: object) -> str:
        return _TOLD[what][language].format(*values)

    task = former.task
    why = f" ({task.error_message[:_TEXT_CHARS]})" if task.error_message else ""
    lines = [HEAD, told("begun", task.final_status, why, task.total_steps)]
    if task.total_steps > len(former.steps):
        lines.append(told("newest", min(NEWEST, len(former.steps))))
    lines += [_line(step) for step in former.steps]
    if former.half_done is not None:
        lines.append(told("half", former.half_done.step_num, _action(former.half_done)))
    lines.append(told("on"))
    return "\n".join(lines)


def note_of(former: FormerRun) -> str:
    """Return what is kept with the new task about the one that it continues."""
    half = former.half_done
    unsure = "" if half is None else f"; step {half.step_num} may have half happened: {_action(half)}"
    return f"continues task {former.task.session_id} ({former.task.final_status}){unsure}"


def _line(step: StepRow) -> str:
    said = f": {step.message[:_TEXT_CHARS]}" if step.message else ""
    by = " by a person" if step.actor == "person" else ""
    return f"{step.step_num}. {_action(step)}{by} — {step.outcome or 'unknown'}{said}"


def _action(step: StepRow) -> str:
    """Return an action on one line, `Tap element=[500, 120]`, or its text as it stands."""
    try:
        value = msgspec.json.decode(step.action)
    except msgspec.DecodeError:
        value = None
    if not isinstance(value, dict):
        return " ".join(step.action.split())[:_TEXT_CHARS] or "(no action)"
    rest = " ".join(f"{name}={part}" for name, part in value.items() if name != "action")
    return f"{value.get('action', '?')} {rest}".strip()[:_TEXT_CHARS]
