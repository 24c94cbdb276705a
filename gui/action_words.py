"""What a step does, in a person's words and the window's language: `Tap (540, 288)`, `Type “milk”`, `Open Settings`.

Functions of a row; they hold no state. `actions` is their context in the catalogues. An action whose name is not known
is said as its agent wrote it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from gui import words
from gui.marks import mark_of, name_of

if TYPE_CHECKING:
    from shared.messages import StepRow

translate = QCoreApplication.translate  # by this name lupdate finds the texts


def said(row: StepRow) -> str:
    """Return a step's action on one line."""
    value = words.decoded(row.action)
    phrase = _phrases().get(name_of(row.action))
    if phrase is None or not isinstance(value, dict):
        return _as_written(row, value) or translate("actions", "no action")
    return phrase.replace("%1", _about(value) or _where(row)).strip()


def _phrases() -> dict[str, str]:
    return {
        "tap": translate("actions", "Tap %1"),
        "double_tap": translate("actions", "Double tap %1"),
        "long_press": translate("actions", "Long press %1"),
        "swipe": translate("actions", "Swipe %1"),
        "type": translate("actions", "Type “%1”"),
        "launch": translate("actions", "Open %1"),
        "back": translate("actions", "Press Back"),
        "home": translate("actions", "Press Home"),
        "key": translate("actions", "Press %1"),
        "wait": translate("actions", "Wait %1"),
        "take_over": translate("actions", "Ask a person to take over: %1"),
        "interact": translate("actions", "Ask a person: %1"),
        "note": translate("actions", "Note: %1"),
        "call_api": translate("actions", "Call: %1"),
        "expect_text": translate("actions", "Expect the text “%1”"),
        "fail": translate("actions", "Give up: %1"),
        "finish": translate("actions", "Finish: %1"),
    }


def _where(row: StepRow) -> str:
    mark = mark_of(row.action, row.action_params)
    points = [] if mark is None else [point for point in (mark.start, mark.end) if point is not None]
    return " → ".join(f"({point[0]:g}, {point[1]:g})" for point in points)


def _about(value: dict[str, Any]) -> str:
    for key in ("text", "app", "message", "instruction", "value"):
        if isinstance(value.get(key), str):
            return words.one_line(value[key], 120)
    for key in ("seconds", "value"):
        if isinstance(value.get(key), int | float):
            return words.short_seconds(float(value[key]))
    return ""


def _as_written(row: StepRow, value: Any) -> str:
    if not isinstance(value, dict):
        return words.one_line(row.action)
    name = str(value.get("action") or value.get("_metadata") or "")
    rest = [words.one_line(_short(item)) for key, item in value.items() if key not in ("action", "_metadata")]
    return " ".join(part for part in (name, ", ".join(part for part in rest if part)) if part)


def _short(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value}”" if value else ""
    if isinstance(value, list) and all(isinstance(item, int | float) for item in value):
        return "(" + ", ".join(str(item) for item in value) + ")"
    return "" if value is None or isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
