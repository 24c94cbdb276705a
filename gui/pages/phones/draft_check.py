"""Whether what was typed into the task input can be queued: the task that it means, or the field that is wrong.

Pure: settings come in, nothing is asked. What only a worker can judge (a script) is judged when it is queued. Called by
task_input.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from PySide6.QtCore import QCoreApplication

from shared.errors import BadInputError, ErrorCode
from shared.messages import NewTask

if TYPE_CHECKING:
    from gui.state import Draft
    from shared.messages import ErrorInfo
    from shared.settings import Settings

FieldName = Literal["text", "script", "model", "max_steps", "time_limit_s", "expect_text", ""]

TEXT_MAX: Final = 1 << 16  # the protocol's limits of a task's fields; a longer one would be refused as a whole
SCRIPT_MAX: Final = 1 << 17
LINE_MAX: Final = 4096
STEPS_MAX: Final = 100_000
TIME_MAX_S: Final = 1e7
SCRIPT_AGENT: Final = "script"
translate = QCoreApplication.translate


class Fault(Struct, frozen=True):
    """What is wrong with a field, in a sentence; '' is the task as a whole."""

    field: FieldName
    sentence: str


def agent_of(draft: Draft, settings: Settings) -> str:
    """Return the agent that a draft means."""
    return draft.agent or settings.task.agent


def needs_model(agent: str) -> bool:
    """Tell whether an agent asks a model; only the scripted one surely does not."""
    return agent != SCRIPT_AGENT


def faults(draft: Draft, settings: Settings, *, demo: bool) -> list[Fault]:
    """Return everything that is wrong, in the order of the fields."""
    is_script = agent_of(draft, settings) == SCRIPT_AGENT
    found = [
        ("text", _text(draft.text)),
        ("script", _script(draft.script) if is_script else ""),
        ("model", "" if is_script else _model(draft.model, settings, demo=demo)),
        ("max_steps", _max_steps(draft.max_steps)),
        ("time_limit_s", _time_limit(draft.time_limit_s)),
        ("expect_text", _expect_text(draft.expect_text)),
    ]
    return [Fault(name, sentence) for name, sentence in found if sentence]  # type: ignore[arg-type]


def new_task(draft: Draft, settings: Settings, session_id: str, device_id: str | None) -> NewTask:
    """Return the task that a draft without faults means."""
    agent = agent_of(draft, settings)
    limit = float(draft.time_limit_s) if draft.time_limit_s.strip() else settings.task.time_limit_s
    return NewTask(
        session_id=session_id,
        task_description=_storable(draft.text.strip()),
        user_id=settings.task.user,
        agent=agent,
        device_id=device_id,
        model=(draft.model or settings.task.model) if needs_model(agent) else "",
        max_steps=int(draft.max_steps) if draft.max_steps.strip() else settings.task.max_steps,
        time_limit_s=limit,
        expect_text=_storable(draft.expect_text.strip()),
        script=_storable(draft.script) if agent == SCRIPT_AGENT else "",
    )


def field_of(error: ErrorInfo, agent: str) -> FieldName:
    """Return the field that a worker's refusal is about."""
    if error.code is ErrorCode.UNKNOWN_MODEL:
        return "model"
    if error.code is ErrorCode.BAD_REQUEST and agent == SCRIPT_AGENT:
        return "script"
    return ""


def _text(text: str) -> str:
    if not text.strip():
        return translate("task", "Say what is to be done.")
    if _size(text) > TEXT_MAX:
        size = f"{_size(text) / 1024:.0f}"
        return translate("task", "The text has %1 KiB; at most 64 KiB can be queued.").replace("%1", size)
    return ""


def _size(text: str) -> int:
    return len(text.strip().encode("utf-8", "surrogatepass"))


def _storable(text: str) -> str:
    """Return a text without halves of characters, which no message can carry; a pasted one may hold some."""
    return text.encode("utf-8", "replace").decode()


def _script(script: str) -> str:
    if not script.strip():
        return translate("task", "Write the script, a YAML list of actions, or choose a file.")
    if len(script) > SCRIPT_MAX:
        return translate("task", "The script is too long: at most 131,072 characters.")
    return ""


def _model(name: str, settings: Settings, *, demo: bool) -> str:
    if demo and name in ("", "default"):
        return ""  # the demo brings its own model
    try:
        settings.profile(name)
    except BadInputError:
        wanted = name or settings.task.model
        if wanted:
            return translate("task", "There is no model profile “%1”.").replace("%1", wanted)
        if settings.models:
            return translate("task", "Choose a model profile.")
        return translate("task", "No model profile is set up yet: add one in Settings.")
    return ""


def _max_steps(typed: str) -> str:
    if not typed.strip():
        return ""
    good = typed.strip().isascii() and typed.strip().isdigit() and len(typed.strip()) <= len(str(STEPS_MAX))
    if good and 1 <= int(typed) <= STEPS_MAX:
        return ""
    return translate("task", "A whole number from 1 to 100,000.")


def _time_limit(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        good = 0 < float(typed) <= TIME_MAX_S
    except ValueError:
        good = False
    return "" if good else translate("task", "A number of seconds above 0.")


def _expect_text(typed: str) -> str:
    if len(typed.strip()) > LINE_MAX:
        return translate("task", "At most 4,096 characters.")
    return ""
