"""Turns the raw parameters of a call into an action: which names it takes, and what their values mean.

Pure; raises only `BadParameter`, with a sentence for the model. Called only by `reply_parser.py`.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from shared.settings import WAIT_ACTION_MAX_S
from worker.agents.actions import ACTION_CLASSES, COORDINATE_MAX, Action, ActionName, Finish, Point
from worker.agents.call_reader import Kind, Value, read_point

_REQUIRED: Final[dict[ActionName, tuple[str, ...]]] = {
    ActionName.LAUNCH: ("app",),
    ActionName.TAP: ("element",),
    ActionName.TYPE: ("text",),
    ActionName.SWIPE: ("start", "end"),
    ActionName.LONG_PRESS: ("element",),
    ActionName.DOUBLE_TAP: ("element",),
    ActionName.BACK: (),
    ActionName.HOME: (),
    ActionName.WAIT: ("duration",),
    ActionName.TAKE_OVER: ("message",),
    ActionName.INTERACT: (),
    ActionName.NOTE: ("message",),
    ActionName.CALL_API: ("instruction",),
    ActionName.FINISH: ("message",),
}
_OPTIONAL: Final[dict[ActionName, tuple[str, ...]]] = {
    ActionName.TAP: ("message",),
    ActionName.INTERACT: ("message",),
    ActionName.FINISH: ("success",),
}
_POINTS: Final = frozenset({"element", "start", "end"})
_OTHER_SPELLINGS: Final = {"typename": ActionName.TYPE}
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")
_DURATION: Final = re.compile(r"\s*+([0-9.]{1,12}+)\s*+([a-z秒分钟毫]{0,12}+)\s*+", re.IGNORECASE)
_UNITS: Final = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1.0),
    **dict.fromkeys(("ms", "millisecond", "milliseconds", "毫秒"), 0.001),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60.0),
}
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0"})


class BadParameter(Exception):  # noqa: N818 - a fact about a reply, told to the model
    """The action is unknown, lacks a parameter, has one too many, or one whose value makes no sense."""


def build_action(function: str, params: dict[str, Value]) -> tuple[Action, tuple[str, ...]]:
    """Return the action that the call asks for, and notes about what was corrected; raise `BadParameter`."""
    name = ActionName.FINISH if function == "finish" else _action_name(params)
    given = {key: value for key, value in params.items() if function == "finish" or key != "action"}
    _check_names(name, given)
    if name is ActionName.FINISH:
        return _finish(given), ()
    notes: list[str] = []
    fields: dict[str, object] = {}
    for key, value in given.items():
        if key in _POINTS:
            fields[key] = _point(key, value, notes)
        elif key == "duration":
            fields["seconds"] = _seconds(value.text, notes)
        else:
            fields[key] = _text(key, value)
    return msgspec.convert(fields | {"action": name.value}, ACTION_CLASSES[name]), tuple(notes)


def _action_name(params: dict[str, Value]) -> ActionName:
    written = params["action"].text
    plain = re.sub(r"[\s_-]+", "", written[:64]).lower()
    if plain in _OTHER_SPELLINGS:
        return _OTHER_SPELLINGS[plain]
    for name in ActionName:
        if name is not ActionName.FINISH and name.replace(" ", "").replace("_", "").lower() == plain:
            return name
    known = ", ".join(name for name in ActionName if name is not ActionName.FINISH)
    raise BadParameter(f"there is no action “{written[:64]}”; the actions are {known}, and finish(message=…)")


def _check_names(name: ActionName, given: dict[str, Value]) -> None:
    required, optional = _REQUIRED[name], _OPTIONAL.get(name, ())
    missing = [key for key in required if key not in given]
    extra = [key for key in given if key not in required and key not in optional]
    if missing:
        raise BadParameter(f"{name} needs {' and '.join(missing)}")
    if extra:
        takes = ", ".join((*required, *optional)) or "no parameter"
        raise BadParameter(f"{name} has no parameter {' or '.join(extra)}; it takes {takes}")


def _finish(given: dict[str, Value]) -> Finish:
    message = _text("message", given["message"])
    if "success" not in given:
        return Finish(message=message)
    said = given["success"].text.strip().lower()
    if said not in _YES | _NO:
        raise BadParameter(f"finish: success must be true or false, not “{said[:32]}”")
    return Finish(message=message, gave_up=said in _NO)


def _text(key: str, value: Value) -> str:
    if value.kind is Kind.POINT:
        raise BadParameter(f"{key} must be a quoted text, not a point")
    return value.text


def _point(key: str, value: Value, notes: list[str]) -> Point:
    written = value.text if value.kind is Kind.POINT else read_point(value.text)
    if written is None:
        raise BadParameter(f"{key} must be a point [x, y] with numbers from 0 to {COORDINATE_MAX}")
    x, y = (_coordinate(key, part, notes) for part in written.split(","))
    return x, y


def _coordinate(key: str, written: str, notes: list[str]) -> int:
    if not _NUMBER.fullmatch(written):
        raise BadParameter(f"{key} must be a point [x, y]; “{written}” is not a number")
    rounded = round(float(written))
    inside = min(max(rounded, 0), COORDINATE_MAX)
    if inside != rounded:
        notes.append(f"{key}: {written} lies outside 0 to {COORDINATE_MAX} and was taken as {inside}")
    return inside


def _seconds(written: str, notes: list[str]) -> float:
    match = _DURATION.fullmatch(written[:64])
    unit = _UNITS.get(match.group(2).lower()) if match else None
    if match is None or unit is None or not _NUMBER.fullmatch(match.group(1)):
        raise BadParameter(f'duration must be like "3 seconds", not “{written[:64]}”')
    seconds = round(float(match.group(1)) * unit, 3)
    if seconds > WAIT_ACTION_MAX_S:
        notes.append(f"duration: {written[:64]} is longer than {WAIT_ACTION_MAX_S:g} seconds and was taken as that")
    return min(seconds, WAIT_ACTION_MAX_S)
