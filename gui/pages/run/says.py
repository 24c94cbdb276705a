"""What a step does, in a person's words: for the list, the caption below the screen, and screen readers.

Functions of a row; they hold no state. `run-says` is their context in the catalogues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from gui import words
from gui.pages.run.marks import mark_of, name_of
from shared.messages import Actor, Outcome

if TYPE_CHECKING:
    from shared.messages import StepRow

translate = QCoreApplication.translate  # by this name lupdate finds the texts


def said(row: StepRow) -> str:
    """Return a step's action on one line: `Tap (540, 288)`, `Type “milk”`, `Open Settings`."""
    value = words.decoded(row.action)
    phrase = _phrases().get(name_of(row.action))
    if phrase is None or not isinstance(value, dict):
        return words.action_word(row) or translate("run-says", "no action")
    return phrase.replace("%1", _about(value) or _where(row)).strip()


def spoken(row: StepRow) -> str:
    """Return a step in a sentence for a screen reader."""
    number = translate("run-says", "Step %1").replace("%1", str(row.step_num))
    return ", ".join(part for part in (number, said(row), words.outcome_word(row.outcome), *remarks(row)) if part)


def remarks(row: StepRow) -> list[str]:
    """Return what is unusual about a step: late, a person's act, judged."""
    found = [translate("run-says", "late")] if row.late else []
    found += [actor_word(row.actor)] if row.actor is not Actor.AGENT else []
    if row.user_label is not None:
        right = translate("run-says", "judged right")
        found.append(right if row.user_label == "right" else translate("run-says", "judged wrong"))
    return found


def actor_word(actor: Actor) -> str:
    """Return who decided on an action."""
    known = {
        Actor.AGENT: translate("run-says", "the agent"),
        Actor.PERSON: translate("run-says", "a person"),
        Actor.STEPWELL: translate("run-says", "Stepwell"),
    }
    return known[actor]


def took(value: float | None) -> str:
    """Return a duration, in milliseconds when it is short; '' when it is not known."""
    if value is None or value >= 1:
        return words.seconds(value)
    return translate("run-says", "%1 ms").replace("%1", str(round(value * 1000)))


def is_failure(row: StepRow) -> bool:
    """Tell whether a step did not do what it was meant to do."""
    return row.outcome in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_EXECUTED)


def no_picture(why: str) -> str:
    """Return why there is no picture to be seen."""
    if not why:
        return translate("run-says", "No picture was recorded here.")
    return translate("run-says", "No picture: %1").replace("%1", words.one_line(why))


def _phrases() -> dict[str, str]:
    return {
        "tap": translate("run-says", "Tap %1"),
        "double_tap": translate("run-says", "Double tap %1"),
        "long_press": translate("run-says", "Long press %1"),
        "swipe": translate("run-says", "Swipe %1"),
        "type": translate("run-says", "Type “%1”"),
        "launch": translate("run-says", "Open %1"),
        "back": translate("run-says", "Press Back"),
        "home": translate("run-says", "Press Home"),
        "key": translate("run-says", "Press %1"),
        "wait": translate("run-says", "Wait %1"),
        "take_over": translate("run-says", "Ask a person to take over: %1"),
        "interact": translate("run-says", "Ask a person: %1"),
        "note": translate("run-says", "Note: %1"),
        "call_api": translate("run-says", "Call: %1"),
        "expect_text": translate("run-says", "Expect the text “%1”"),
        "fail": translate("run-says", "Give up: %1"),
        "finish": translate("run-says", "Finish: %1"),
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
            return took(float(value[key]))
    return ""
