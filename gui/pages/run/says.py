"""What RUN says of a step beside its action: for the list, the tabs, and screen readers.

Functions of a row; they hold no state. `run-says` is their context in the catalogues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gui import words
from gui.action_words import said
from shared.messages import Actor, Outcome

if TYPE_CHECKING:
    from shared.messages import StepRow

translate = QCoreApplication.translate  # by this name lupdate finds the texts


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


def is_failure(row: StepRow) -> bool:
    """Tell whether a step did not do what it was meant to do."""
    return row.outcome in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_EXECUTED)


def no_picture(why: str) -> str:
    """Return why there is no picture to be seen."""
    if not why:
        return translate("run-says", "No picture was recorded here.")
    return translate("run-says", "No picture: %1").replace("%1", words.one_line(why))
